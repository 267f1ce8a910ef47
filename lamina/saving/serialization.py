"""Objects to plain JSON values, in the form Keras 3 writes.

Decides how each kind of value looks in a config: our own classes carry Keras's module names, so
    that real
Keras opens the file. The way back is `deserialization.py`.
"""

import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.base import registry
from lamina.base.dtypes import name_of
from lamina.base.errors import ArgumentTypeError, message
from lamina.saving import constructors, operations, scopes
from lamina.saving.lambdas import is_lambda, lambda_config
from lamina.saving.registration import get_registered_name

_PLAIN = (str, int, float, bool, type(None))


def serialize_keras_object(obj: Any) -> Any:
    """A value as plain JSON values (dict, list, tuple, str, int, float, bool, None).

    Args:
        obj: an object with `get_config`, a function, an array, a plain value, or a nest of these.
    Returns:
        What `deserialize_keras_object` turns back into an equal object. For objects a dict with
        "module", "class_name", "config" and "registered_name".
    Raises:
        ArgumentTypeError: an object has no `get_config`, or `get_config` returns no dict.
    Example:
        >>> serialize_keras_object({"a": (1, None), "b": b"x"})
        {'a': (1, None), 'b': {'class_name': '__bytes__', 'config': {'value': 'x'}}}
    """
    if isinstance(obj, np.generic):  # before the plain types: np.float64 is a float too
        return obj.item()
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, (list, tuple)):
        items = [serialize_keras_object(item) for item in obj]
        return tuple(items) if isinstance(obj, tuple) else items
    if isinstance(obj, dict):
        return serialize_dict(obj)
    special = _serialize_special(obj)
    if special is not None:
        return special
    if is_lambda(obj):
        return lambda_config(obj)
    return _serialize_object(obj)


def serialize_dict(values: Mapping[str, Any]) -> dict[str, Any]:
    """A dict with every value serialized."""
    return {key: serialize_keras_object(value) for key, value in values.items()}


def _marked(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": config}


def _serialize_special(obj: Any) -> Any:
    """Values that JSON lacks and Keras marks with a class name in underscores; None for others."""
    if isinstance(obj, bytes):
        return _marked("__bytes__", value=obj.decode("utf-8"))
    if isinstance(obj, slice):
        return _marked(
            "__slice__", **serialize_dict({k: getattr(obj, k) for k in ("start", "stop", "step")})
        )
    if obj is Ellipsis:
        return _marked("__ellipsis__")
    if isinstance(obj, np.ndarray):
        if obj.ndim == 0:
            return obj.item()
        return _marked("__numpy__", value=obj.tolist(), dtype=name_of(obj.dtype))
    if isinstance(obj, np.dtype):
        return name_of(obj)
    if any(base.__name__ == "KerasTensor" for base in type(obj).__mro__):
        history = getattr(obj, "_keras_history", None)
        if history:
            history = [history[0].name, *history[1:]]
        return _marked("__keras_tensor__", shape=obj.shape, dtype=obj.dtype, keras_history=history)
    return None


def _serialize_object(obj: Any) -> dict[str, Any]:
    """Functions and objects with a config."""
    if isinstance(obj, types.FunctionType) or not hasattr(obj, "get_config"):
        return _serialize_function(obj)
    inner = obj.get_config()
    if not isinstance(inner, dict):
        raise ArgumentTypeError(
            message(
                f"The get_config() method of {type(obj).__name__} should return a dict.",
                received=type(inner).__name__,
            )
        )
    module, class_name, registered_name = _names(obj)
    config = {
        "module": module,
        "class_name": class_name,
        "config": serialize_dict(inner),
        "registered_name": registered_name,
    }
    for key, getter in (
        ("build_config", "get_build_config"),
        ("compile_config", "get_compile_config"),
    ):
        part = getattr(obj, getter)() if hasattr(obj, getter) else None
        if part is not None:
            config[key] = serialize_dict(part)
    shared = scopes.shared_objects()
    if shared is not None:
        shared.record_saved(obj, config)
    return config


def _serialize_function(obj: Any) -> dict[str, Any]:
    if not callable(obj) or not hasattr(obj, "__name__") or isinstance(obj, type):
        raise ArgumentTypeError(
            message(
                f"Cannot serialize object {obj!r:.80} of type {type(obj).__name__}.",
                fix="to be serializable, a class must implement the get_config() method",
            )
        )
    return {
        "module": "builtins",
        "class_name": "function",
        "config": get_registered_name(obj),
        "registered_name": "function",
    }


def _names(obj: Any) -> tuple[str | None, str, str | None]:
    """Module, class name and registered name under which a file refers to an object's class."""
    cls = type(obj)
    if cls not in registry.NAMES:
        public = constructors.keras_name(cls)
        if public is not None:  # Keras registers the class `Functional`, which is not public there
            return *public, "Functional" if public[1] == "Functional" else None
        filed = operations.filed_as(getattr(obj, "function_name", ""))
        if filed is not None:
            return filed.module, filed.class_name, filed.class_name
    module = None if cls.__module__ == "__main__" else cls.__module__
    return module, cls.__name__, get_registered_name(cls)
