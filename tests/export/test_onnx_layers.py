"""Layers of every family: exported, run by ONNX Runtime, compared with `predict`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_table import MODELS
from onnx_running import assert_same, exported, random_weights

import lamina
from lamina import layers, ops

Maker = Callable[[], list[Any]]


def stack(shape: tuple, *made: Any, dtype: str = "float32") -> Maker:
    """The layers of a Sequential model; each is made when its test runs."""
    return lambda: [lamina.Input(shape, dtype=dtype), *(make() for make in made)]


def layer(name: str, *args: Any, **kwargs: Any) -> Callable[[], Any]:
    return lambda: getattr(layers, name)(*args, **kwargs)


ACTIVATIONS = (
    "elu celu exponential gelu glu hard_shrink hard_sigmoid hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus "
    "softsign sparse_plus sparse_sigmoid sparsemax squareplus tanh tanh_shrink hard_silu"
).split()

IMAGE, LINE, VOLUME = (9, 8, 4), (9, 4), (5, 6, 4, 2)

STACKS: dict[str, Maker] = {
    # --- dense ---
    "dense": stack((6,), layer("Dense", 5, "relu"), layer("Dense", 3, "softmax")),
    "dense on sequences": stack((4, 6), layer("Dense", 5, use_bias=False)),
    "einsum dense": stack(
        (4, 6), layer("EinsumDense", "abc,cde->abde", (None, 3, 2), bias_axes="e")
    ),
    "einsum dense in members": stack((3, 6), layer("EinsumDense", "bki,kio->bko", (3, 2))),
    # --- convolutions ---
    "conv 1d causal": stack(LINE, layer("Conv1D", 3, 3, padding="causal", dilation_rate=2)),
    "conv 1d valid": stack(LINE, layer("Conv1D", 3, 2, strides=2)),
    "conv 2d same": stack(
        IMAGE, layer("Conv2D", 6, 3, strides=2, padding="same", activation="relu")
    ),
    "conv 2d dilated": stack(IMAGE, layer("Conv2D", 6, (3, 2), dilation_rate=(2, 1))),
    "conv 2d groups": stack(IMAGE, layer("Conv2D", 6, 3, groups=2)),
    "conv 3d": stack(VOLUME, layer("Conv3D", 3, 2, padding="same")),
    "conv channels first": stack((4, 9, 8), layer("Conv2D", 3, 3, data_format="channels_first")),
    "depthwise": stack(IMAGE, layer("DepthwiseConv2D", 3, depth_multiplier=2, padding="same")),
    "separable": stack(IMAGE, layer("SeparableConv2D", 5, 3)),
    "transposed 1d": stack(LINE, layer("Conv1DTranspose", 3, 3, strides=2)),
    "transposed 2d same": stack(IMAGE, layer("Conv2DTranspose", 3, 3, strides=2, padding="same")),
    "transposed 2d padded": stack(
        IMAGE, layer("Conv2DTranspose", 3, 4, strides=3, output_padding=1)
    ),
    "transposed 3d": stack(VOLUME, layer("Conv3DTranspose", 2, 2)),
    # --- pooling ---
    "max pool 1d": stack(LINE, layer("MaxPooling1D", 2)),
    "max pool 2d": stack(IMAGE, layer("MaxPooling2D", 3, strides=2, padding="same")),
    "max pool 3d": stack(VOLUME, layer("MaxPooling3D", 2)),
    "average pool 2d": stack(IMAGE, layer("AveragePooling2D", 2)),
    "average pool 2d same": stack(IMAGE, layer("AveragePooling2D", 3, 2, padding="same")),
    "average pool 3d": stack(VOLUME, layer("AveragePooling3D", 2, padding="same")),
    "global max": stack(IMAGE, layer("GlobalMaxPooling2D")),
    "global average": stack(IMAGE, layer("GlobalAveragePooling2D", keepdims=True)),
    "adaptive pool": stack(LINE, layer("AdaptiveAveragePooling1D", 3)),
    # --- normalisation ---
    "batch normalisation": stack(IMAGE, layer("BatchNormalization")),
    "layer normalisation": stack(LINE, layer("LayerNormalization")),
    "group normalisation": stack(IMAGE, layer("GroupNormalization", 2)),
    "rms normalisation": stack(LINE, layer("RMSNormalization")),
    "unit normalisation": stack(LINE, layer("UnitNormalization")),
    "spectral normalisation": stack((6,), lambda: layers.SpectralNormalization(layers.Dense(3))),
    # --- sequences ---
    "embedding": stack((7,), layer("Embedding", 5, 3), dtype="int32"),
    "embedding with mask": stack(
        (7,), layer("Embedding", 5, 3, mask_zero=True), layer("LSTM", 4), dtype="int32"
    ),
    "simple rnn": stack((7, 3), layer("SimpleRNN", 4)),
    "lstm": stack((7, 3), layer("LSTM", 4, return_sequences=True), layer("LSTM", 3)),
    "lstm backwards": stack((7, 3), layer("LSTM", 4, go_backwards=True)),
    "lstm unrolled": stack((3, 3), layer("LSTM", 4, unroll=True)),
    "gru": stack((7, 3), layer("GRU", 4)),
    "gru reset before": stack((7, 3), layer("GRU", 4, reset_after=False, return_sequences=True)),
    "bidirectional": stack(
        (7, 3), lambda: layers.Bidirectional(layers.GRU(4, return_sequences=True))
    ),
    "stacked cells": stack(
        (5, 3), lambda: layers.RNN(layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(2)]))
    ),
    "convolutional lstm": stack((3, 6, 5, 2), layer("ConvLSTM2D", 3, 2)),
    "time distributed": stack((7, 3), lambda: layers.TimeDistributed(layers.Dense(2))),
    "masking": stack((7, 3), layer("Masking", 0.0), layer("SimpleRNN", 3)),
    # --- shapes ---
    "reshape": stack((6, 4), layer("Reshape", (3, -1)), layer("Permute", (2, 1)), layer("Flatten")),
    "repeat": stack((4,), layer("RepeatVector", 3)),
    "cropping and padding": stack(
        IMAGE, layer("Cropping2D", ((1, 2), (0, 1))), layer("ZeroPadding2D", (2, 1))
    ),
    "upsampling": stack(IMAGE, layer("UpSampling2D", 2)),
    "upsampling bilinear": stack(IMAGE, layer("UpSampling2D", 2, interpolation="bilinear")),
    # --- preprocessing ---
    "rescaling": stack((4,), layer("Rescaling", 0.5, offset=1)),
    "normalisation": stack((3,), layer("Normalization", mean=[1, 2, 3], variance=[4, 5, 6])),
    "discretisation": stack((4,), layer("Discretization", bin_boundaries=[-0.5, 0.0, 1.0])),
    "one hot": stack((1,), layer("CategoryEncoding", 5, output_mode="one_hot"), dtype="int32"),
    "multi hot": stack((3,), layer("CategoryEncoding", 5, output_mode="multi_hot"), dtype="int32"),
    "counts": stack((3,), layer("CategoryEncoding", 5, output_mode="count"), dtype="int64"),
    # --- what does nothing in inference ---
    "dropout": stack((4,), layer("Dropout", 0.5), layer("GaussianNoise", 1.0), layer("Dense", 2)),
    # --- activations with weights or settings ---
    "prelu": stack((4,), layer("PReLU")),
    "softmax layer": stack((4, 3), layer("Softmax", axis=1)),
}


@pytest.mark.parametrize("name", STACKS)
def test_layers(name: str, tmp_path: Path) -> None:
    model = lamina.Sequential(STACKS[name]())
    random_weights(model)
    assert_same(model, exported(model, tmp_path / "model.onnx"))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str, tmp_path: Path) -> None:
    model = lamina.Sequential([lamina.Input((3, 8)), layers.Activation(name)])
    assert_same(model, exported(model, tmp_path / "model.onnx"))


def cumulated(x: Any) -> Any:
    return ops.concatenate([ops.cumsum(x, 1), ops.cumprod(x, 1), ops.flip(x, 1)], 1)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "where": lambda x: ops.where(x > 0.3, x, -2 * x),
    "comparisons": lambda x: ops.cast((x > 0) == (x < 1), "int32"),
    "logic": lambda x: ops.logical_or(ops.logical_not(x > 0), ops.logical_and(x > 1, x < 2)),
    "rounding": lambda x: ops.floor(x) + ops.ceil(x) * 10 + ops.round(x) * 100,
    "remainder": lambda x: ops.mod(x, 0.7) + ops.floor_divide(x, 0.3),
    "integers": lambda x: ops.cast(x * 10, "int32") // 3 + ops.cast(x * 10, "int32") % 4,
    "reductions": lambda x: ops.stack(
        [ops.mean(x, 1), ops.var(x, 1), ops.max(x, 1), ops.prod(x, 1)]
    ),
    "any and all": lambda x: ops.stack([ops.any(x > 1, 1), ops.all(x > -1, 1)]),
    "argmax": lambda x: ops.argmax(x, axis=-1),
    "argmin": lambda x: ops.argmin(x, axis=1),
    "sort": lambda x: ops.sort(x, axis=1),
    "argsort": lambda x: ops.argsort(x, axis=-1),
    "top k": lambda x: ops.top_k(x, 3)[0],
    "top k places": lambda x: ops.top_k(x, 3)[1],
    "cumulated": cumulated,
    "one hot": lambda x: ops.one_hot(ops.argmax(x, axis=-1), 8),
    "take": lambda x: ops.take(x, [2, 0, -1], axis=1),
    "take along": lambda x: ops.take_along_axis(x, ops.argsort(x, axis=1), axis=1),
    "matmul": lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))),
    "einsum": lambda x: ops.einsum("bij,bkj,bi->bk", x, x, x[:, :, 0]),
    "softmax of all": lambda x: ops.softmax(x, axis=(1, 2)),
    "slices": lambda x: x[:, 1:, ::3],
    "batch in a formula": lambda x: x * ops.cast(ops.shape(x)[0], "float32"),
    "rows backwards": lambda x: ops.flip(x, 0),
    "batch merged": lambda x: ops.reshape(ops.reshape(x, (-1, 8)) * 2, (-1, 3, 8)),
    "rolled": lambda x: ops.roll(x, 2, axis=2),
    "logarithms": lambda x: ops.log1p(ops.abs(x)) + ops.expm1(x) + ops.logsumexp(x, 1, True),
    "angles": lambda x: ops.arctan2(x, x[:, :, ::-1]) + ops.sin(x) * ops.cosh(x),
    "scan": lambda x: ops.transpose(ops.associative_scan(ops.add, x, axis=1), (0, 2, 1)),
    "while": lambda x: ops.while_loop(
        lambda i, v: i < 5, lambda i, v: (i + 1, v * 1.5 + i), (0, x)
    )[1],
}


class Applied(layers.Layer):
    """A layer from a function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def call(self, inputs: Any) -> Any:
        return self.function(inputs)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str, tmp_path: Path) -> None:
    x = lamina.Input((3, 8))
    model = lamina.Model(x, Applied(FUNCTIONS[name])(x))
    assert_same(model, exported(model, tmp_path / "model.onnx"), batches=(2, 7))


@pytest.mark.parametrize("name", MODELS)
def test_models_of_the_file_tests(name: str, tmp_path: Path) -> None:
    """Every layer that goes into `.keras` files."""
    model = MODELS[name](lamina)
    random_weights(model)
    assert_same(model, exported(model, tmp_path / "model.onnx"))


def attention() -> lamina.Model:
    query, value = lamina.Input((5, 6), name="query"), lamina.Input((7, 6), name="value")
    return lamina.Model([query, value], layers.MultiHeadAttention(2, 3)(query, value))


def causal() -> lamina.Model:
    x = lamina.Input((5, 6), name="x")
    y = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True))
    return lamina.Model(x, y)


def additive() -> lamina.Model:
    query, value = lamina.Input((5, 6), name="query"), lamina.Input((7, 6), name="value")
    return lamina.Model([query, value], layers.AdditiveAttention()([query, value]))


def grouped() -> lamina.Model:
    x = lamina.Input((5, 6), name="x")
    return lamina.Model(x, layers.GroupQueryAttention(4, 4, 2)(x, x))


def merged() -> lamina.Model:
    a, b = lamina.Input((4,), name="a"), lamina.Input((4,), name="b")
    many = [layer([a, b]) for layer in (layers.Add(), layers.Multiply(), layers.Average())]
    many += [layers.Maximum()([a, b]), layers.Subtract()([a, b]), layers.Dot(1)([a, b])]
    return lamina.Model([a, b], layers.Concatenate()(many))


@pytest.mark.parametrize(
    "make", [attention, causal, additive, grouped, merged], ids=lambda f: f.__name__
)
def test_graphs(make: Callable[[], lamina.Model], tmp_path: Path) -> None:
    model = make()
    random_weights(model)
    assert_same(model, exported(model, tmp_path / "model.onnx"))


def test_weights_that_differ_give_another_answer(tmp_path: Path) -> None:
    """The comparison of these tests can fail."""
    model = lamina.Sequential([lamina.Input((4,)), layers.Dense(3)])
    session = exported(model, tmp_path / "model.onnx")
    assert_same(model, session)
    model.layers[0].bias.assign(np.array([0, 1e-3, 0], "float32"))
    with pytest.raises(AssertionError, match="Mismatched elements"):
        assert_same(model, session)
