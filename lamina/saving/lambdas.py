"""What happens to Python lambdas: they are never written to a file and never read from one.

Keras stores a lambda as marshalled bytecode, which runs whatever the file's author wished. Lamina
stores that there was a lambda. Whoever loads the file supplies the function under the layer's name
in `custom_objects`. Within one process a lambda keeps a token, so that copying a layer by its
config works.
"""

import secrets
import types
import weakref
from typing import Any

from lamina.base.errors import FileFormatError, message
from lamina.saving import scopes

_TOKENS: "weakref.WeakKeyDictionary[types.FunctionType, str]" = weakref.WeakKeyDictionary()
_FUNCTIONS: "weakref.WeakValueDictionary[str, types.FunctionType]" = weakref.WeakValueDictionary()


def is_lambda(obj: Any) -> bool:
    """Whether an object is a Python lambda."""
    return isinstance(obj, types.FunctionType) and obj.__name__ == "<lambda>"


def lambda_config(function: types.FunctionType) -> dict[str, Any]:
    """The config of a lambda: a mark, and a token that means something in this process only."""
    token = _TOKENS.get(function)
    if token is None:
        token = _TOKENS[function] = secrets.token_hex(16)
        _FUNCTIONS[token] = function
    return {"class_name": "__lambda__", "config": {"value": None, "token": token}}


def restore_lambda(config: Any, custom_objects: dict[str, Any], safe_mode: bool | None) -> Any:
    """The function that stands for a lambda's config.

    Args:
        config: the inner config, ours or one with Keras's bytecode, which is never looked at.
        custom_objects: may have the function under the name of the layer that is being loaded.
        safe_mode: False accepts a token of this process.
    Returns:
        The function.
    Raises:
        FileFormatError: nobody supplied the function.
    """
    layer = next((name for _, name in reversed(scopes.location()) if name), None)
    if layer is not None and layer in custom_objects:
        return custom_objects[layer]
    if safe_mode is False and isinstance(config, dict):
        function = _FUNCTIONS.get(str(config.get("token")))
        if function is not None:
            return function
    where = scopes.describe_location()
    raise FileFormatError(
        message(
            f"A Python lambda {f'in {where}' if where else 'of a Lambda layer'} is not read from a "
            "file, as that would allow arbitrary code execution.",
            fix=f"pass the function: custom_objects={{{layer or 'layer name'!r}: function}}; to "
            "save it by name, define it with `def` and decorate it with "
            "@register_keras_serializable()",
        )
    )


def strip_tokens(config: Any) -> list[str]:
    """Remove the tokens of this process from a config before it goes into a file, in place.

    Args:
        config: a serialized object.
    Returns:
        The names of the objects that hold a lambda, in file order.
    """
    names: list[str] = []
    stack: list[tuple[Any, str]] = [(config, "")]
    while stack:
        item, owner = stack.pop()
        if isinstance(item, dict):
            inner = item.get("config")
            if item.get("class_name") == "__lambda__" and isinstance(inner, dict):
                inner.pop("token", None)
                names.append(owner)
                continue
            name = item.get("name")
            owner = name if isinstance(name, str) else owner
            stack.extend((value, owner) for value in reversed(list(item.values())))
        elif isinstance(item, (list, tuple)):
            stack.extend((value, owner) for value in reversed(item))
    return names
