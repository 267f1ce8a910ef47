"""Activations by name, their configs, and the ones that are no op beside Keras."""

from __future__ import annotations

import os

import numpy as np
import pytest

import lamina
from lamina import activations, ops
from lamina.base.errors import ArgumentError
from lamina.runtime.compiled import CompiledFunction

X = np.linspace(-8, 8, 33, dtype="float32").reshape(3, 11)
NAMES = sorted(set(activations.__all__) - {"get", "serialize", "deserialize"})
RELUS = [
    {},
    {"negative_slope": 0.5},
    {"max_value": 6},
    {"max_value": 3.0},
    {"threshold": 1.5},
    {"negative_slope": 0.25, "threshold": -1.0, "max_value": 4.0},
]


@pytest.fixture(scope="module")
def keras():
    """The installed Keras on JAX; without it these tests are skipped."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras", reason="compares with real Keras, which is not installed")


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_found_and_written(name):
    function = activations.get(name)
    assert function is getattr(activations, name)
    written = activations.serialize(function)
    assert activations.deserialize(written) is function
    assert activations.get(written) is function


@pytest.mark.parametrize("arguments", RELUS, ids=str)
def test_relu_beside_keras(keras, arguments):
    ours = activations.relu(X, **arguments)
    np.testing.assert_allclose(ours, keras.activations.relu(X, **arguments), rtol=1e-6)
    compiled = CompiledFunction(lambda x: activations.relu(x, **arguments), "relu")
    np.testing.assert_allclose(compiled(X), ours)


@pytest.mark.parametrize("name", ["gelu", "exponential", "linear", "mish"])
def test_functions_beside_keras(keras, name):
    ours = getattr(activations, name)(X)
    np.testing.assert_allclose(ours, getattr(keras.activations, name)(X), rtol=2e-5, atol=1e-6)


def test_symbolic_calls():
    x = ops.KerasTensor((None, 4))
    for name in set(NAMES) - {"glu", "threshold"}:
        assert activations.get(name)(x).shape == (None, 4)


def test_unknown_names_get_suggestions():
    with pytest.raises(ArgumentError, match="Did you mean 'relu'") as caught:
        activations.get("rleu")
    assert "Could not interpret activation function identifier: 'rleu'" in str(caught.value)
    with pytest.raises(ArgumentError, match="Could not interpret"):
        activations.get(3)


def test_own_functions():
    @lamina.saving.register_keras_serializable("shop", "twice")
    def twice(x):
        return 2 * x

    config = activations.serialize(twice)
    assert config["config"] == "shop>twice"
    assert activations.deserialize(config) is twice
    assert activations.get("shop>twice") is twice
    with lamina.saving.custom_object_scope({"mine": twice}):
        assert activations.get("mine") is twice
