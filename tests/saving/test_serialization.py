"""Values and objects to JSON and back."""

import json
import os
from typing import Any

import numpy as np
import pytest

from lamina import saving
from lamina.base.errors import FileFormatError
from lamina.saving import deserialization, operations, scopes


class Scale:
    """An object with a config, as users write them."""

    def __init__(self, factor: float, name: str = "scale", parts: Any = ()) -> None:
        self.factor, self.name, self.parts = factor, name, parts

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "name": self.name, "parts": list(self.parts)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Scale":
        config["parts"] = saving.deserialize_keras_object(config["parts"])
        return cls(**config)


def triple(x: Any) -> Any:
    return 3 * x


def _round_trip(value: Any, **options: Any) -> Any:
    config = json.loads(json.dumps(saving.serialize_keras_object(value)))
    return saving.deserialize_keras_object(config, **options)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2.5, "text", [1, "a"], {"a": {"b": [None]}}, b"bytes", slice(None, 3, 2), ...],
    ids=repr,
)
def test_plain_values(value: Any) -> None:
    assert _round_trip(value) == value


def test_tuples_come_back_as_lists() -> None:
    assert saving.serialize_keras_object((1, (2,))) == (1, (2,))
    assert _round_trip((1, (2,))) == [1, [2]]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool", "bfloat16"])
def test_arrays(dtype: str) -> None:
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    value = np.array([[1, 0], [3, 4]]).astype(dtype)
    back = _round_trip(value)
    assert back.dtype == value.dtype
    np.testing.assert_array_equal(back, value)


def test_numpy_scalars_become_numbers() -> None:
    config = saving.serialize_keras_object([np.float64(1.5), np.int32(2), np.array(3.0)])
    assert config == [1.5, 2, 3.0]
    assert [type(c) for c in config] == [float, int, float]


def test_custom_class_and_function() -> None:
    value = {"scale": Scale(2.0, parts=[Scale(3.0)]), "fn": triple}
    config = saving.serialize_keras_object(value)
    assert config["scale"]["class_name"] == "Scale"
    assert config["fn"] == {
        "module": "builtins",
        "class_name": "function",
        "config": "triple",
        "registered_name": "function",
    }
    back = _round_trip(value, custom_objects={"Scale": Scale, "triple": triple})
    assert back["scale"].parts[0].factor == 3.0
    assert back["fn"] is triple


def test_registered_class_needs_no_custom_objects() -> None:
    @saving.register_keras_serializable("serialization_test")
    class Registered(Scale):
        pass

    config = saving.serialize_keras_object(Registered(1.0))
    assert config["registered_name"] == "serialization_test>Registered"
    assert isinstance(_round_trip(Registered(1.0)), Registered)


def test_shared_objects_stay_shared() -> None:
    inner = Scale(1.0)
    with scopes.ObjectSharingScope():
        config = saving.serialize_keras_object([Scale(2.0, parts=[inner]), inner])
    assert config[1]["shared_object_id"] == config[0]["config"]["parts"][0]["shared_object_id"]
    with scopes.ObjectSharingScope():
        outer, back = saving.deserialize_keras_object(config, {"Scale": Scale})
    assert outer.parts[0] is back


def test_unknown_class_names_near_ones() -> None:
    with pytest.raises(ValueError, match="Could not locate class 'Scalee'.*\n?.*'Scale'"):
        saving.deserialize_keras_object(
            {"module": "x", "class_name": "Scalee", "config": {}, "registered_name": "Scalee"},
            custom_objects={"Scale": Scale},
        )


@pytest.mark.parametrize(
    ("module", "name", "kind"),
    [
        ("os", "system", "function"),
        ("builtins", "eval", "function"),
        ("builtins", "open", "function"),
        ("subprocess", "Popen", "class"),
        ("numpy", "ndarray", "class"),
        ("keras.utils", "get_file", "function"),
        ("keras.config", "set_floatx", "function"),
        ("keras.saving", "load_model", "class"),
        ("keras.losses", "deserialize", "function"),
        ("lamina.saving.saving_api", "load_model", "function"),
        ("keras.layers", "__class__", "class"),
        ("keras", "saving", "class"),
        ("keras.callbacks", "TensorBoard", "class"),
        ("keras.datasets.mnist", "load_data", "function"),
    ],
)
def test_names_outside_the_allow_list(module: str, name: str, kind: str) -> None:
    config: dict[str, Any] = {"module": module, "class_name": name, "config": {}}
    if kind == "function":
        config.update(class_name="function", config=name, registered_name="function")
    with pytest.raises(FileFormatError, match="Could not locate"):
        saving.deserialize_keras_object(config)


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Dense", "config": [1, 2, 3]},
        {"class_name": "function", "config": ["not", "text"]},
        {"class_name": "__typespec__", "config": "text"},
        {"class_name": 3, "config": {}},
        {"class_name": "__numpy__", "config": {"value": ["a"], "dtype": "string"}},
        object(),
    ],
    ids=range(6),
)
def test_malformed_configs(config: Any) -> None:
    with pytest.raises(deserialization.ConfigError):
        saving.deserialize_keras_object(config)


def test_lambda_is_never_read_from_a_config() -> None:
    bytecode = {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}
    for safe_mode in (True, False, None):
        with pytest.raises(ValueError, match="arbitrary code execution"):
            saving.deserialize_keras_object(bytecode, safe_mode=safe_mode)


def test_lambda_of_this_process_is_found_again() -> None:
    function = lambda x: 2 * x  # noqa: E731
    config = saving.serialize_keras_object(function)
    assert saving.deserialize_keras_object(config, safe_mode=False) is function
    with pytest.raises(ValueError, match="arbitrary code execution"):
        saving.deserialize_keras_object(config)


def test_lambda_given_by_layer_name() -> None:
    config = saving.serialize_keras_object(Scale(1.0, name="here", parts=[lambda x: x]))
    custom = {"Scale": Scale, "here": triple}
    assert saving.deserialize_keras_object(config, custom).parts == [triple]
    with pytest.raises(ValueError, match="in Scale 'here'"):
        saving.deserialize_keras_object(config, {"Scale": Scale})


def test_object_without_config() -> None:
    with pytest.raises(TypeError, match="Cannot serialize object"):
        saving.serialize_keras_object(object())


def test_enable_unsafe_deserialization_changes_nothing() -> None:
    with pytest.warns(UserWarning, match="no effect"):
        deserialization.enable_unsafe_deserialization()


def test_operation_names_are_keras_names() -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip("keras")
    import importlib
    import inspect

    for name, row in operations._rows().items():
        module = importlib.import_module(row.module)
        cls = getattr(module, row.class_name)
        arguments = inspect.signature(cls.__init__).parameters
        assert set(row.config_arguments) <= set(arguments), name
        assert operations.find_operation(row.module, row.class_name) is row
