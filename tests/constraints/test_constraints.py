"""Constraints beside Keras, compiled, by name, and their configs."""

from __future__ import annotations

import os

import numpy as np
import pytest

from lamina import constraints
from lamina.base.errors import ArgumentError
from lamina.runtime.compiled import CompiledFunction

W = np.random.default_rng(2).normal(size=(4, 3, 2)).astype("float32") * 3
CASES = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 1.5, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {"axis": 1}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.5, "rate": 0.4, "axis": 0}),
]


@pytest.fixture(scope="module")
def keras():
    """The installed Keras on JAX; without it these tests are skipped."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras", reason="compares with real Keras, which is not installed")


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_beside_keras(keras, name, arguments):
    ours = getattr(constraints, name)(**arguments)
    theirs = getattr(keras.constraints, name)(**arguments)
    np.testing.assert_allclose(ours(W), theirs(W), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(CompiledFunction(ours, "constraint")(W), ours(W), rtol=1e-6)
    config = constraints.serialize(ours)
    assert constraints.deserialize(config).get_config() == ours.get_config() == theirs.get_config()
    assert keras.constraints.deserialize(config).get_config() == ours.get_config()


def test_zero_vectors_stay_zero():
    zeros = np.zeros((3, 2), "float32")
    for name in ("MaxNorm", "UnitNorm", "MinMaxNorm"):
        np.testing.assert_array_equal(constraints.get(name)(zeros), zeros)


def test_names():
    assert isinstance(constraints.get("max_norm"), constraints.MaxNorm)
    assert isinstance(constraints.get(constraints.NonNeg), constraints.NonNeg)
    assert constraints.get(None) is None
    with pytest.raises(ArgumentError, match="Did you mean 'non_neg'"):
        constraints.get("non_negg")
