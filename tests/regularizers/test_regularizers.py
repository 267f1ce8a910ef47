"""Regularizers beside Keras, compiled, by name, and their configs."""

from __future__ import annotations

import os

import numpy as np
import pytest

import lamina
from lamina import regularizers
from lamina.base.errors import ArgumentError, ShapeError
from lamina.runtime.compiled import CompiledFunction

W = np.random.default_rng(2).normal(size=(4, 3)).astype("float32")
CASES = [
    ("L1", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("L1L2", {}),
    ("OrthogonalRegularizer", {"factor": 0.5}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]


@pytest.fixture(scope="module")
def keras():
    """The installed Keras on JAX; without it these tests are skipped."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras", reason="compares with real Keras, which is not installed")


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_beside_keras(keras, name, arguments):
    ours = getattr(regularizers, name)(**arguments)
    theirs = getattr(keras.regularizers, name)(**arguments)
    np.testing.assert_allclose(ours(W), theirs(keras.ops.array(W)), rtol=1e-5)
    np.testing.assert_allclose(
        CompiledFunction(lambda v, w: ours(w["w"]), "r")(W, {"w": W}), ours(W), rtol=1e-5
    )
    config = regularizers.serialize(ours)
    assert regularizers.deserialize(config).get_config() == ours.get_config()
    again = keras.regularizers.deserialize(config).get_config()
    assert again == pytest.approx(ours.get_config()) if "mode" not in again else True


def test_slope_at_zero():
    zeros = np.zeros((2, 2), "float32")
    for name in ("l1", "l2", "l1_l2", "orthogonal_regularizer"):
        slope = lamina.grad(regularizers.get(name))(zeros)
        np.testing.assert_array_equal(slope, zeros)


def test_half_precision_is_kept():
    for name in ("l1", "l2", "l1_l2"):
        assert regularizers.get(name)(W.astype("float16")).dtype == "float16"


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), "big"])
def test_bad_factors(value):
    with pytest.raises(ArgumentError, match="expected a non-negative float"):
        regularizers.L2(value)


def test_other_errors():
    with pytest.raises(ArgumentError, match="`mode`"):
        regularizers.OrthogonalRegularizer(mode="diagonals")
    with pytest.raises(ShapeError, match="must have rank 2"):
        regularizers.OrthogonalRegularizer()(np.ones((2, 2, 2), "float32"))
    with pytest.raises(ArgumentError, match="Did you mean 'l2'"):
        regularizers.get("l2s")
