"""One small model for every layer that goes into files, for loading across frameworks.

A row is a function of the framework's namespace (`keras` or `lamina`) that returns a model. Layers
that are given their values by `adapt` get them here by argument.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lamina

Builder = Callable[[Any], Any]
MODELS: dict[str, Builder] = {}


def _one(name: str, shape: tuple, make: Callable[[Any], Any], dtype: str = "float32") -> None:
    """A functional model of one layer."""

    def build(k: Any) -> Any:
        inputs = k.Input(shape, dtype=dtype, name="x")
        return k.Model(inputs, make(k.layers)(inputs), name="m")

    MODELS[name] = build


def _merge(name: str, make: Callable[[Any], Any]) -> None:
    def build(k: Any) -> Any:
        inputs = [k.Input((4,), name="a"), k.Input((4,), name="b")]
        return k.Model(inputs, make(k.layers)(inputs), name="m")

    MODELS[name] = build


def tanh_of(layers: Any) -> Any:
    """The activation function `tanh` of a framework, which a file names."""
    return layers.Activation("tanh").activation


VECTOR, SERIES, IMAGE, VOLUME = (4,), (6, 3), (8, 8, 3), (6, 6, 6, 2)

_one(
    "dense",
    VECTOR,
    lambda L: L.Dense(3, "relu", kernel_regularizer="l2", bias_constraint="non_neg"),
)
_one(
    "dense_initializers",
    VECTOR,
    lambda L: L.Dense(3, kernel_initializer="he_normal", use_bias=False),
)
for _name in ("relu", "tanh", "softmax", "selu", "gelu", "swish", "exponential", "hard_sigmoid"):
    _one(f"activation_{_name}", VECTOR, lambda L, n=_name: L.Activation(n))
_one("relu_layer", VECTOR, lambda L: L.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2))
_one("leaky_relu", VECTOR, lambda L: L.LeakyReLU(0.2))
_one("prelu", SERIES, lambda L: L.PReLU(shared_axes=[1]))
_one("elu", VECTOR, lambda L: L.ELU(0.7))
_one("softmax_layer", SERIES, lambda L: L.Softmax(axis=1))
_one("dropout", VECTOR, lambda L: L.Dropout(0.3, seed=3))
_one("gaussian_noise", VECTOR, lambda L: L.GaussianNoise(0.3))
_one("gaussian_dropout", VECTOR, lambda L: L.GaussianDropout(0.3))
_one("alpha_dropout", VECTOR, lambda L: L.AlphaDropout(0.3))
_one("spatial_dropout1d", SERIES, lambda L: L.SpatialDropout1D(0.3))
_one("spatial_dropout2d", IMAGE, lambda L: L.SpatialDropout2D(0.3))
_one("spatial_dropout3d", VOLUME, lambda L: L.SpatialDropout3D(0.3))
_one("flatten", IMAGE, lambda L: L.Flatten())
_one("reshape", SERIES, lambda L: L.Reshape((9, -1)))
_one("permute", SERIES, lambda L: L.Permute((2, 1)))
_one("repeat_vector", VECTOR, lambda L: L.RepeatVector(3))
_one("masking", SERIES, lambda L: L.Masking(0.5))
for _name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
    _merge(_name.lower(), lambda L, n=_name: getattr(L, n)())
_merge("concatenate", lambda L: L.Concatenate(axis=1))
_merge("dot", lambda L: L.Dot(axes=1, normalize=True))
_one("embedding", (5,), lambda L: L.Embedding(7, 3, mask_zero=True), "int32")
_one("batch_normalization", SERIES, lambda L: L.BatchNormalization(momentum=0.8))
_one("layer_normalization", SERIES, lambda L: L.LayerNormalization(axis=[1, 2]))
_one("group_normalization", (4, 4, 6), lambda L: L.GroupNormalization(3))
_one("unit_normalization", VECTOR, lambda L: L.UnitNormalization())
_one("rescaling", IMAGE, lambda L: L.Rescaling(1 / 255, offset=-0.5))
_one("normalization", VECTOR, lambda L: L.Normalization(mean=[1, 2, 3, 4], variance=[1, 1, 4, 4]))
_one("category_encoding", (3,), lambda L: L.CategoryEncoding(5, "multi_hot"), "int32")
_one("category_counts", (3,), lambda L: L.CategoryEncoding(5, "count"), "int32")
_one("discretization", VECTOR, lambda L: L.Discretization([0.0, 0.5, 1.0]))
_one("lambda_of_a_named_function", VECTOR, lambda L: L.Lambda(tanh_of(L)))
_one("conv1d", SERIES, lambda L: L.Conv1D(4, 3, padding="causal", dilation_rate=2))
_one("conv2d", IMAGE, lambda L: L.Conv2D(6, (3, 2), strides=2, padding="same", groups=3))
_one("conv3d", VOLUME, lambda L: L.Conv3D(3, 2))
for _rank, _shape in ((1, SERIES), (2, IMAGE), (3, VOLUME)):
    for _kind in ("MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling"):
        _class = f"{_kind}{_rank}D"
        _size = () if "Global" in _kind else (2,)
        _one(_class.lower(), _shape, lambda L, n=_class, s=_size: getattr(L, n)(*s))
    for _kind, _argument in (("ZeroPadding", 2), ("Cropping", 1), ("UpSampling", 2)):
        _class = f"{_kind}{_rank}D"
        _one(_class.lower(), _shape, lambda L, n=_class, a=_argument: getattr(L, n)(a))
_one("simple_rnn", SERIES, lambda L: L.SimpleRNN(4))
_one("lstm", SERIES, lambda L: L.LSTM(4, return_sequences=True, dropout=0.1))
_one("gru", SERIES, lambda L: L.GRU(4, go_backwards=True))
_one("gru_reset_before", SERIES, lambda L: L.GRU(4, reset_after=False))
_one("rnn_of_cells", SERIES, lambda L: L.RNN([L.LSTMCell(3), L.GRUCell(2), L.SimpleRNNCell(4)]))
_one("bidirectional", SERIES, lambda L: L.Bidirectional(L.LSTM(3, return_sequences=True), "sum"))
_one("time_distributed", SERIES, lambda L: L.TimeDistributed(L.Dense(2)))


def _model(function: Builder) -> Builder:
    MODELS[function.__name__] = function
    return function


def _adapted(k: Any, layer: Any) -> Any:
    layer.adapt(np.linspace(-1.0, 2.0, 40, dtype="float32").reshape(10, 4) ** 2)
    inputs = k.Input((4,))
    return k.Model(inputs, layer(inputs))


@_model
def adapted_normalization(k: Any) -> Any:
    return _adapted(k, k.layers.Normalization())


@_model
def adapted_discretization(k: Any) -> Any:
    if k is not lamina:
        pytest.importorskip("tensorflow", reason="Keras needs TensorFlow to adapt Discretization")
    return _adapted(k, k.layers.Discretization(num_bins=3))


@_model
def sequential(k: Any) -> Any:
    return k.Sequential([k.Input((4,)), k.layers.Dense(3), k.layers.Dense(2, "softmax")], name="s")


@_model
def sequential_without_input(k: Any) -> Any:
    model = k.Sequential([k.layers.Dense(3), k.layers.Dense(2)])
    model.build((None, 4))
    return model


@_model
def shared_layer(k: Any) -> Any:
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    dense = k.layers.Dense(3)
    return k.Model([a, b], k.layers.Concatenate()([dense(a), dense(b)]))


@_model
def nested_models(k: Any) -> Any:
    inner = k.Sequential([k.Input((4,)), k.layers.Dense(4, "tanh")], name="inner")
    inputs = k.Input((4,))
    middle = k.Model(inputs, k.layers.Add()([inner(inputs), inputs]), name="middle")
    outer = k.Input((4,))
    return k.Model(outer, middle(middle(outer)))


@_model
def several_outputs(k: Any) -> Any:
    inputs = k.Input((4,))
    return k.Model(inputs, [k.layers.Dense(2, name="p")(inputs), k.layers.Dense(1)(inputs)])


@_model
def operators(k: Any) -> Any:
    inputs = k.Input((4, 3))
    x = (inputs * 2.0 + 1.0) / 3.0 - inputs
    x = k.ops.mean(x[:, 1:], axis=1, keepdims=True)
    return k.Model(inputs, k.ops.relu(k.ops.reshape(x, (-1, 3))) ** 2)


@_model
def masked_sequence(k: Any) -> Any:
    inputs = k.Input((5,), dtype="int32")
    x = k.layers.Embedding(7, 3, mask_zero=True)(inputs)
    return k.Model(inputs, k.layers.Bidirectional(k.layers.GRU(3))(x))


@_model
def mixed_dtype(k: Any) -> Any:
    inputs = k.Input((4,))
    return k.Model(inputs, k.layers.Dense(2, dtype="float64")(k.layers.Dense(3)(inputs)))
