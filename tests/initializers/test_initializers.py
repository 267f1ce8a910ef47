"""Initializers: spread and shape of what they draw, constants beside Keras, names, configs."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest

import lamina
from lamina import initializers
from lamina.base.errors import ArgumentError, ShapeError
from lamina.initializers.scaling import compute_fans

DRAWN = (
    "RandomNormal TruncatedNormal RandomUniform VarianceScaling GlorotNormal GlorotUniform "
    "HeNormal HeUniform LecunNormal LecunUniform Orthogonal"
).split()
# name -> (variance, greatest absolute value) for a kernel (300, 100)
SPREADS = {
    "RandomNormal": (0.05**2, math.inf),
    "TruncatedNormal": (0.05**2 * 0.8796256610342398**2, 0.1),
    "RandomUniform": (0.1**2 / 12, 0.05),
    "GlorotUniform": (2 / 400, math.sqrt(6 / 400)),
    "GlorotNormal": (2 / 400, 2.3 * math.sqrt(2 / 400)),
    "LecunUniform": (1 / 300, math.sqrt(3 / 300)),
    "LecunNormal": (1 / 300, 2.3 * math.sqrt(1 / 300)),
    "HeUniform": (2 / 300, math.sqrt(6 / 300)),
    "HeNormal": (2 / 300, 2.3 * math.sqrt(2 / 300)),
}


@pytest.fixture(scope="module")
def keras():
    """The installed Keras on JAX; without it these tests are skipped."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras", reason="compares with real Keras, which is not installed")


@pytest.mark.parametrize("name", SPREADS)
def test_spread(name):
    values = getattr(initializers, name)(seed=1)((300, 100))
    variance, greatest = SPREADS[name]
    np.testing.assert_allclose(values.var(), variance, rtol=0.05)
    assert abs(values.mean()) < 4 * math.sqrt(variance / values.size)
    assert np.abs(values).max() <= greatest * (1 + 1e-6)


@pytest.mark.parametrize("name", DRAWN)
def test_seeds_dtypes_and_configs(keras, name):
    make = getattr(initializers, name)
    one = make(seed=5)
    np.testing.assert_array_equal(one((6, 4)), one((6, 4)))
    np.testing.assert_array_equal(one((6, 4)), make(seed=5)((6, 4)))
    assert (make(seed=6)((6, 4)) != one((6, 4))).any()
    assert one((6, 4), "float16").dtype == "float16"
    moving = make(seed=lamina.random.SeedGenerator(5))
    assert (moving((6, 4)) != moving((6, 4))).any()
    config = initializers.serialize(one)
    np.testing.assert_array_equal(initializers.deserialize(config)((6, 4)), one((6, 4)))
    assert keras.initializers.deserialize(config).get_config() == one.get_config()
    assert initializers.deserialize(initializers.serialize(moving)).get_config()["seed"]
    np.testing.assert_array_equal(one.clone()((6, 4)), one((6, 4)))


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 3, 4)])
def test_orthogonal(shape):
    values = initializers.Orthogonal(gain=2.0, seed=1)(shape)
    assert values.shape == shape
    matrix = values.reshape(-1, shape[-1]) / 2
    small = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "arguments", "shape"),
    [
        ("Zeros", {}, (2, 3)),
        ("Ones", {}, (2, 3)),
        ("Constant", {"value": 3.5}, (2, 3)),
        ("Constant", {"value": [1.0, 2.0, 3.0]}, (2, 3)),
        ("Identity", {"gain": 2.0}, (2, 3)),
        ("STFT", {}, (20, 1, 11)),
        ("STFT", {"side": "imag", "window": "hamming", "scaling": "spectrum"}, (20, 1, 11)),
        ("STFT", {"window": None, "scaling": None}, (20, 1, 11)),
        ("STFT", {"window": "blackman", "periodic": True}, (20, 1, 11)),
    ],
    ids=str,
)
def test_constants_beside_keras(keras, name, arguments, shape):
    ours = getattr(initializers, name)(**arguments)
    theirs = getattr(keras.initializers, name)(**arguments)
    np.testing.assert_allclose(ours(shape), theirs(shape), atol=2e-5)
    assert initializers.deserialize(initializers.serialize(ours)).get_config() == ours.get_config()


def test_fans():
    assert compute_fans(()) == (1, 1)
    assert compute_fans((7,)) == (7, 7)
    assert compute_fans((3, 3, 16, 32)) == (144, 288)
    assert compute_fans((4, 5, 6), input_axes=[0, 1], output_axes=[2]) == (20, 6)


def test_names_arrays_and_functions():
    assert isinstance(initializers.get("glorot_uniform"), initializers.GlorotUniform)
    assert isinstance(initializers.get("normal"), initializers.RandomNormal)
    assert isinstance(initializers.get(initializers.Zeros), initializers.Zeros)
    assert initializers.get(None) is None
    value = np.arange(4.0)
    np.testing.assert_array_equal(initializers.get(value)((4,), "float32"), value)
    with pytest.raises(ShapeError, match="direct tensor"):
        initializers.get(value)((5,))
    function = lambda shape, dtype=None: np.ones(shape)  # noqa: E731
    assert initializers.get(function) is function


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: initializers.get("he_norml"), ArgumentError, "Did you mean 'he_normal'"),
        (lambda: initializers.VarianceScaling(scale=0), ArgumentError, "positive"),
        (lambda: initializers.VarianceScaling(mode="fan"), ArgumentError, "Invalid `mode`"),
        (lambda: initializers.VarianceScaling(distribution="gamma"), ArgumentError,
         "Invalid `distribution`"),
        (lambda: initializers.RandomNormal(seed="x"), ArgumentError, "`seed`"),
        (lambda: initializers.Orthogonal()((3,)), ShapeError, "two-dimensional"),
        (lambda: initializers.Identity()((3,)), ShapeError, "2D"),
        (lambda: initializers.STFT(side="left"), ArgumentError, "'real' or 'imag'"),
        (lambda: initializers.STFT(scaling="other"), ArgumentError, "Scaling"),
        (lambda: initializers.STFT(window=np.ones(3))((4, 1, 3)), ShapeError, "window"),
    ],
)  # fmt: skip
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()
