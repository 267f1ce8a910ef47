"""Dtype policies: names, casting of inputs, maps, configs; and the public settings."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import config, dtype_policies, ops
from lamina.base.errors import ArgumentError, ArgumentTypeError
from lamina.dtype_policies import DTypePolicy, DTypePolicyMap, FloatDTypePolicy


@pytest.mark.parametrize(
    ("name", "compute", "variable"),
    [
        ("float32", "float32", "float32"),
        ("mixed_float16", "float16", "float32"),
        ("mixed_bfloat16", "bfloat16", "float32"),
        ("int8", "int8", "int8"),
    ],
)
def test_names(name, compute, variable):
    policy = dtype_policies.get(name)
    assert (policy.compute_dtype, policy.variable_dtype) == (compute, variable)
    assert policy == FloatDTypePolicy(name)
    again = dtype_policies.deserialize(dtype_policies.serialize(policy))
    assert again == policy
    assert dtype_policies.get(dtype_policies.serialize(policy)) == policy


def test_default_policy():
    assert dtype_policies.get(None).name == "float32"
    config.set_dtype_policy("mixed_float16")
    assert DTypePolicy().compute_dtype == "float16"
    assert dtype_policies.get(np.float64).name == "float64"


def test_inputs_are_cast():
    policy = DTypePolicy("mixed_float16")
    assert policy.convert_input(np.ones(2, "float32"), True, "float16").dtype == "float16"
    assert policy.convert_input(np.ones(2, "float32"), False, "float16").dtype == "float32"
    assert policy.convert_input(np.ones(2, "int32"), True, "float16").dtype == "int32"
    assert policy.convert_input(ops.KerasTensor((2,)), True, "float16").dtype == "float16"
    assert policy.convert_input("text", True, "float16") == "text"


def test_map():
    policies = DTypePolicyMap("float32", {"a/b": DTypePolicy("bfloat16")})
    policies["a/c.*"] = "float16"
    assert policies["a/b"].name == "bfloat16"
    assert policies["a/cd"].name == "float16"
    assert policies["other"].name == "float32"
    assert (len(policies), "a/b" in policies, "a/cd" in policies) == (2, True, False)
    again = dtype_policies.deserialize(dtype_policies.serialize(policies))
    assert again == policies
    policies["a/.*"] = "float64"
    with pytest.raises(ArgumentError, match="multiple"):
        policies["a/cd"]
    with pytest.raises(ArgumentError, match="already exist"):
        policies["a/b"] = "float16"


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: dtype_policies.get("mixed_float"), ArgumentError, "Did you mean 'mixed_float16'"),
        (lambda: dtype_policies.get("int8_from_float32"), ArgumentError, "no quantized"),
        (lambda: DTypePolicy(3), ArgumentTypeError, "'name' must be a string"),
        (lambda: config.set_dtype_policy(3), ArgumentError, "Invalid `policy`"),
        (lambda: dtype_policies.get(3), ArgumentError, "Cannot interpret"),
        (lambda: config.set_backend("jax"), ArgumentError, "no backend 'jax'"),
        (lambda: config.device("gpu:0").__enter__(), ArgumentError, "no device 'gpu:0'"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("executor", ["native", "numpy"])
@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
def test_compiled_steps_read_the_variables_as_they_are_kept(name, executor):
    """A step whose first look at a weight is inside a layer takes it in float32, then casts."""
    config.set_executor(executor)
    model = lamina.Sequential([lamina.Input((4,)), lamina.layers.Dense(3, dtype=name)])
    model.compile(loss="mse")
    x = np.linspace(-1, 1, 20, dtype="float32").reshape(5, 4)
    expected = np.asarray(model(x), "float32")
    predicted = model.predict(x, verbose=0)
    assert str(predicted.dtype) == name.removeprefix("mixed_")
    np.testing.assert_allclose(predicted.astype("float32"), expected, 2e-2, 2e-2)
    assert model.evaluate(x, expected, verbose=0) < 1e-3


def test_settings(monkeypatch):
    assert config.backend() == "lamina"
    assert config.version() == lamina.__version__
    assert config.executor() == "native"
    assert config.max_epochs() is None
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "3")
    assert config.max_epochs() == 3
    config.set_max_epochs(2)
    assert config.max_epochs() == 2
    config.set_max_epochs(None)
    config.disable_traceback_filtering()
    assert not config.is_traceback_filtering_enabled()
    config.enable_traceback_filtering()
    assert not config.is_nnx_enabled()
    for name in config.__all__:
        assert callable(getattr(config, name))
