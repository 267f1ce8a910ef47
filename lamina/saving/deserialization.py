"""Plain JSON values back to objects, resolving names through the allow list only.

Decides what a config may ask for: a public constructor or function of Lamina, a registered object,
    or an
object the caller passed in. `serialization.py` writes the form read here.
"""

import types
import warnings
from typing import Any

import numpy as np

from lamina.base import registry
from lamina.base.dtypes import standardize_dtype, to_numpy
from lamina.base.errors import ArgumentTypeError, FileFormatError, message, near
from lamina.saving import constructors, scopes
from lamina.saving.lambdas import restore_lambda
from lamina.saving.registration import CustomObjectScope

_PLAIN = (str, int, float, bool)


class ConfigError(FileFormatError, ArgumentTypeError):
    """A config does not describe an object Lamina can build; both a ValueError and a TypeError."""


def enable_unsafe_deserialization() -> None:
    """Accepted for scripts written for Keras; there is no unsafe mode to enable.

    Lamina never runs code that comes from a file. A lambda in a file is supplied by the caller
    instead: `load_model(path, custom_objects={"layer name": function})`.
    """
    warnings.warn(
        "enable_unsafe_deserialization() has no effect: Lamina never runs code from a file. "
        "Pass the function of a Lambda layer as custom_objects={'layer name': function}.",
        stacklevel=2,
    )


def deserialize_keras_object(
    config: Any,
    custom_objects: dict[str, Any] | None = None,
    safe_mode: bool | None = True,
    **kwargs: Any,
) -> Any:
    """The object that a config describes.

    Args:
        config: what `serialize_keras_object` returned, possibly after a trip through JSON.
        custom_objects: dict of name -> class or function; for a Lambda layer that was saved with a
            lambda, layer name -> function.
        safe_mode: False also finds a lambda of this process again. No value runs code from a file.
        **kwargs: `module_objects`, a dict of a family's names in which bare names are looked up
            first.
    Returns:
        The object.
    Raises:
        ConfigError: the config is malformed or names something outside the allow list.
        FileFormatError: a lambda nobody supplied.
    Example:
        >>> deserialize_keras_object({"class_name": "__slice__", "config":
        ...     {"start": None, "stop": 3, "step": None}})
        slice(None, 3, None)
    """
    scoped = scopes.in_safe_mode()
    reader = _Reader(custom_objects, safe_mode if scoped is None else scoped)
    module_objects = kwargs.pop("module_objects", None)
    if module_objects is not None:
        return reader.read_in_family(config, module_objects)
    return reader.read(config)


class _Reader:
    """One call of `deserialize_keras_object`: the names known and the mode."""

    def __init__(self, custom_objects: dict[str, Any] | None, safe_mode: bool | None) -> None:
        self.given = custom_objects or {}
        self.safe_mode = safe_mode
        self.custom = {
            **self.given,
            **registry.scoped_custom_objects(),
            **registry.global_custom_objects(),
            **registry.REGISTERED,
        }

    def read(self, config: Any) -> Any:
        if config is None:
            return None
        if isinstance(config, str):  # files of Keras 2 name custom functions by a bare string
            found = self.custom.get(config)
            return config if found is None else found
        if isinstance(config, _PLAIN):
            return config
        if isinstance(config, (list, tuple)):
            return [self.read(item) for item in config]
        if not isinstance(config, dict):
            raise ConfigError(f"Could not parse config: {type(config).__name__} {config!r:.80}.")
        if "class_name" not in config or "config" not in config:
            return {key: self.read(value) for key, value in config.items()}
        special = _SPECIAL.get(_text(config, "class_name"))
        if special is not None:
            return special(self, config)
        return self.read_object(config)

    def read_in_family(self, config: Any, names: dict[str, Any]) -> Any:
        """Look a bare name up in a family's own table first, as `losses.deserialize` does."""
        if config is None or not isinstance(config, (str, dict)):
            return self.read(config)
        inner = None
        key = config
        if isinstance(config, dict):
            if "class_name" not in config:
                raise ConfigError(f"Unknown `config` as a `dict`, config={config!r:.200}")
            inner = config.get("config")
            candidates = [config["class_name"], config.get("registered_name"), inner]
            if any(isinstance(c, str) and c in self.custom for c in candidates):
                return self.read(config)
            key = _name_in_family(config)
        elif config in self.custom:
            return self.custom[config]
        found = names.get(str(key))
        if found is None and isinstance(config, dict) and isinstance(config.get("module"), str):
            if config["class_name"] != "function":  # a layer as an activation, say
                return self.read(config)
        if found is None:
            return key
        if isinstance(found, type):
            return self.build(
                found, {**config, "config": inner} if isinstance(config, dict) else {}
            )
        return found

    def read_object(self, config: dict[str, Any]) -> Any:
        """A function, or an instance of a class."""
        inner = config["config"] if config["config"] is not None else {}
        name = _text(config, "class_name")
        if name == "function":
            if not isinstance(inner, str):
                raise ConfigError(
                    "Expected 'config' to be a non-null str for a function, "
                    f"instead got {type(inner).__name__}."
                )
            return self.find(inner, config, "function")
        if not isinstance(inner, dict):
            raise ConfigError(
                f"Expected 'config' to be a dict for {name!r}, instead got {type(inner).__name__}."
            )
        shared = scopes.shared_objects()
        number = config.get("shared_object_id")
        if shared is not None and isinstance(number, int) and number in shared.loaded:
            return shared.loaded[number]
        found = self.find(name, config, "class")
        if isinstance(found, types.FunctionType):
            return found
        obj = self.build(found, config)
        if shared is not None and isinstance(number, int):
            shared.loaded[number] = obj
        return obj

    def build(self, cls: Any, config: dict[str, Any]) -> Any:
        """Construct, build and compile an object as its config says."""
        if not hasattr(cls, "from_config"):
            raise ConfigError(
                message(
                    f"Unable to reconstruct an instance of {config.get('class_name')!r} because "
                    "the class is missing a `from_config()` method.",
                    fix="define the classmethod from_config(cls, config)",
                )
            )
        inner = dict(config.get("config") or {})
        for key in constructors.KERAS_ONLY_ARGUMENTS:
            if key in inner and inner[key] is None:
                del inner[key]
        name = str(config.get("class_name") or getattr(cls, "__name__", cls))
        with (
            scopes.inside(name, inner.get("name")),
            CustomObjectScope(self.given),
            scopes.SafeModeScope(self.safe_mode),
        ):
            try:
                obj = cls.from_config(inner)
            except TypeError as error:
                if isinstance(error, FileFormatError):
                    raise
                raise ConfigError(
                    message(
                        f"{scopes.describe_location()} could not be deserialized properly: {error}",
                        fix="ensure that components that are Python object instances (layers, "
                        "models, etc.) returned by `get_config()` are explicitly deserialized in "
                        "the `from_config()` method",
                    )
                ) from error
            if config.get("build_config") and not getattr(obj, "built", True):
                obj.build_from_config(config["build_config"])
                obj.built = True
            if config.get("compile_config"):
                obj.compile_from_config(config["compile_config"])
                obj.compiled = True
        return obj

    def find(self, name: str, config: dict[str, Any], kind: str) -> Any:
        """Resolve a name: registered and custom objects first, then Lamina's public names."""
        module = config.get("module")
        registered = config.get("registered_name", name)
        custom = self.custom.get(name if kind == "function" else registered)
        if custom is not None:
            return custom
        if isinstance(module, str):
            search = constructors.find_function if kind == "function" else constructors.find_class
            found = search(module, name)
            if found is not None:
                _check_no_registered_name(config, name)
                return found
            if kind == "function" and module == "builtins" and ">" not in name:
                for full, obj in self.custom.items():  # Keras before 3.7 left the package out
                    if full.endswith(f">{name}"):
                        return obj
        hint = near(name, [*self.custom, *(constructors.near_names(module) if module else [])])
        raise ConfigError(
            message(
                f"Could not locate {kind} {name!r} (module {module!r}, registered name "
                f"{registered!r}). {hint}".rstrip(),
                fix="if it is yours, import the code that decorates it with "
                "@register_keras_serializable(), or pass custom_objects={name: object}",
            )
        )


def _text(config: dict[str, Any], key: str) -> str:
    value = config[key]
    if not isinstance(value, str):
        raise ConfigError(f"Expected {key!r} to be a str, instead got {type(value).__name__}.")
    return value


def _name_in_family(config: dict[str, Any]) -> str:
    if config["class_name"] == "function":
        key = "config" if config.get("module") == "builtins" else "registered_name"
        return _text(config, key) if key in config else ""
    if config.get("module", "_") is None:
        raise ConfigError(
            message(
                f"Cannot deserialize object of type {config['class_name']!r}.",
                fix="if it is a custom class, decorate it with @register_keras_serializable()",
            )
        )
    return _text(config, "class_name")


def _check_no_registered_name(config: dict[str, Any], name: str) -> None:
    """Refuse a public object that the file also gives a registered name: it has none."""
    registered = config.get("registered_name")
    if registered and registered not in (name, config.get("class_name"), "function"):
        raise ConfigError(
            f"`registered_name={registered!r:.80}` was provided in the config, but {name!r} "
            "resolved to a Keras built-in, which has no registered name. Remove the field."
        )


def _read_array(reader: _Reader, config: dict[str, Any]) -> np.ndarray:
    inner = config["config"]
    dtype = standardize_dtype(inner["dtype"])
    if dtype == "string":
        raise ConfigError(f"An array of dtype {dtype!r} cannot stand in a config.")
    return np.array(inner["value"], dtype=to_numpy(dtype))


def _read_keras_tensor(reader: _Reader, config: dict[str, Any]) -> Any:
    inner = config["config"]
    tensor = constructors.keras_tensor()(inner["shape"], dtype=inner["dtype"])
    tensor._pre_serialization_keras_history = inner["keras_history"]
    return tensor


def _read_slice(reader: _Reader, config: dict[str, Any]) -> slice:
    return slice(*(reader.read(config["config"][key]) for key in ("start", "stop", "step")))


def _refuse_type_spec(reader: _Reader, config: dict[str, Any]) -> None:
    if not isinstance(config["config"], (list, tuple)):
        raise ConfigError(
            "Expected 'config' to be a list or a tuple for a __typespec__ class name."
        )
    raise ConfigError("TensorFlow type specs (__typespec__) are not supported.")


_SPECIAL = {
    "__keras_tensor__": _read_keras_tensor,
    "__tensor__": _read_array,
    "__numpy__": _read_array,
    "__bytes__": lambda reader, config: config["config"]["value"].encode("utf-8"),
    "__ellipsis__": lambda reader, config: Ellipsis,
    "__slice__": _read_slice,
    "__lambda__": lambda r, config: restore_lambda(config["config"], r.custom, r.safe_mode),
    "__typespec__": _refuse_type_spec,
}
