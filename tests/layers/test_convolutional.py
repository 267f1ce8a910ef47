"""Convolution layers against real Keras."""

import numpy as np
import pytest
from keras_twin import Case, check_config, check_forward_and_gradient, check_one_program

import lamina
from lamina import layers

CASES = {
    "conv1d": Case(lambda k: k.layers.Conv1D(3, 2), ((6, 2),)),
    "conv1d causal": Case(
        lambda k: k.layers.Conv1D(3, 3, padding="causal", dilation_rate=2), ((7, 2),)
    ),
    "conv1d groups": Case(lambda k: k.layers.Conv1D(4, 2, groups=2, strides=2), ((7, 4),)),
    "conv1d channels first": Case(
        lambda k: k.layers.Conv1D(3, 2, padding="causal", data_format="channels_first"), ((2, 6),)
    ),
    "conv2d": Case(lambda k: k.layers.Conv2D(3, (2, 3), activation="relu"), ((5, 6, 2),)),
    "conv2d same": Case(
        lambda k: k.layers.Conv2D(3, 3, strides=(2, 1), padding="same", use_bias=False),
        ((6, 5, 2),),
    ),
    "conv2d dilated": Case(lambda k: k.layers.Conv2D(2, 2, dilation_rate=(2, 1)), ((5, 5, 2),)),
    "conv2d channels first": Case(
        lambda k: k.layers.Conv2D(3, 2, data_format="channels_first"), ((2, 5, 4),)
    ),
    "conv3d": Case(lambda k: k.layers.Conv3D(2, 2, padding="same"), ((3, 4, 3, 2),)),
    "conv1d transpose": Case(
        lambda k: k.layers.Conv1DTranspose(3, 3, strides=2, output_padding=1), ((4, 2),)
    ),
    "conv2d transpose": Case(
        lambda k: k.layers.Conv2DTranspose(2, 3, strides=2, padding="same"), ((3, 4, 2),)
    ),
    "conv2d transpose valid": Case(
        lambda k: k.layers.Conv2DTranspose(2, 2, strides=3), ((3, 3, 2),)
    ),
    "conv3d transpose": Case(lambda k: k.layers.Conv3DTranspose(2, 2), ((2, 3, 2, 2),)),
    "depthwise1d": Case(lambda k: k.layers.DepthwiseConv1D(2, depth_multiplier=2), ((6, 3),)),
    "depthwise2d": Case(
        lambda k: k.layers.DepthwiseConv2D(3, strides=2, padding="same"), ((5, 5, 3),)
    ),
    "separable1d": Case(lambda k: k.layers.SeparableConv1D(4, 2, activation="tanh"), ((6, 3),)),
    "separable2d": Case(
        lambda k: k.layers.SeparableConv2D(4, 2, depth_multiplier=2, padding="same"), ((4, 5, 2),)
    ),
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
    shape = inputs[0].shape
    assert layer.compute_output_shape(shape) == layer(inputs[0]).shape
    unknown = layer.compute_output_shape((None, *shape[1:]))
    assert unknown[0] is None


def test_unknown_sizes_stay_unknown() -> None:
    assert layers.Conv2D(3, 2).compute_output_shape((None, None, 5, 2)) == (None, None, 4, 3)
    shape = layers.Conv1DTranspose(3, 2, strides=2).compute_output_shape((None, None, 2))
    assert shape == (None, None, 3)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.Conv1D(0, 1), "Expected a strictly positive value. Received filters=0."),
        (lambda: layers.Conv2D(2, (1, 0)), "kernel_size"),
        (lambda: layers.Conv2D(2, 2, strides=2, dilation_rate=2), "not supported in conjunction"),
        (lambda: layers.Conv2D(5, 2, groups=2), "evenly divisible by the number of groups"),
        (lambda: layers.Conv2D(2, 2, padding="causal"), "padding"),
        (lambda: layers.Conv1DTranspose(2, 3, strides=2, output_padding=2), "strictly less than"),
        (lambda: layers.DepthwiseConv1D(1, depth_multiplier=0), "depth_multiplier=0"),
        (lambda: layers.Conv1D(2, 9)(np.ones((1, 4, 1), "float32")), "zero or negative"),
        (lambda: layers.Conv2D(2, 2)(np.ones((1, 4, 4), "float32")), "expected min_ndim=4"),
        (lambda: layers.Conv1D(2, 2).build((None, 4, None)), "channel dimension"),
    ],
)
def test_errors(make, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()
