"""Pooling layers against real Keras."""

import numpy as np
import pytest
from keras_twin import Case, check_config, check_forward_and_gradient, check_one_program

import lamina
from lamina import layers

WINDOWS = {
    f"{kind}{rank}d {padding}": Case(
        lambda k, kind=kind, rank=rank, padding=padding: getattr(k.layers, f"{kind}Pooling{rank}D")(
            2, strides=1 if padding == "same" else None, padding=padding
        ),
        (((5, 4, 3)[:rank] + (2,)),),
    )
    for kind in ("Max", "Average")
    for rank in (1, 2, 3)
    for padding in ("valid", "same")
}
OTHERS = {
    f"{kind}{rank}d {keepdims}": Case(
        lambda k, kind=kind, rank=rank, keepdims=keepdims: getattr(
            k.layers, f"Global{kind}Pooling{rank}D"
        )(keepdims=keepdims),
        (((5, 4, 3)[:rank] + (2,)),),
    )
    for kind in ("Max", "Average")
    for rank in (1, 2, 3)
    for keepdims in (False, True)
}
ADAPTIVE = {
    f"adaptive {kind}{rank}d": Case(
        lambda k, kind=kind, rank=rank: getattr(k.layers, f"Adaptive{kind}Pooling{rank}D")(2),
        (((5, 4, 3)[:rank] + (2,)),),
    )
    for kind in ("Max", "Average")
    for rank in (1, 2, 3)
}
CASES = {
    **WINDOWS,
    **OTHERS,
    **ADAPTIVE,
    "max2d first": Case(
        lambda k: k.layers.MaxPooling2D((2, 3), strides=2, data_format="channels_first"),
        ((2, 6, 7),),
    ),
    "global first": Case(
        lambda k: k.layers.GlobalAveragePooling1D(data_format="channels_first"),
        ((2, 6),),
        {"mask": (6,)},
    ),
    "global masked": Case(lambda k: k.layers.GlobalAveragePooling1D(), ((6, 2),), {"mask": (6,)}),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    check_forward_and_gradient(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_one_program_for_all_batch_sizes(name: str) -> None:
    check_one_program(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_config(name: str) -> None:
    check_config(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_output_shape(name: str) -> None:
    layer = CASES[name].make(lamina)
    inputs, _ = CASES[name].arguments(2)
    assert layer.compute_output_shape(inputs[0].shape) == layer(inputs[0]).shape


def test_unknown_sizes_stay_unknown() -> None:
    assert layers.MaxPooling1D(2).compute_output_shape((None, None, 3)) == (None, None, 3)
    shape = layers.GlobalMaxPooling2D().compute_output_shape((None, None, None, 3))
    assert shape == (None, 3)


def test_mask_of_an_earlier_layer_counts() -> None:
    x = np.array([[[2.0], [4.0], [0.0]]], "float32")
    masked = layers.Masking()(x)
    assert layers.GlobalAveragePooling1D()(masked).tolist() == [[3.0]]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.MaxPooling1D(0), "pool_size"),
        (lambda: layers.MaxPooling2D(2, padding="full"), "padding"),
        (lambda: layers.MaxPooling2D(2)(np.ones((1, 4, 4), "float32")), "expected ndim=4"),
        (lambda: layers.AveragePooling1D(5).compute_output_shape((1, 3, 1)), "zero or negative"),
        (lambda: layers.AdaptiveMaxPooling1D((2, 3)), "output_size"),
        (lambda: layers.AdaptiveMaxPooling1D(0), "output_size"),
    ],
)
def test_errors(make, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()


def test_adaptive_size_of_a_wrong_type() -> None:
    with pytest.raises(TypeError, match="output_size"):
        layers.AdaptiveAveragePooling2D(2.5)
