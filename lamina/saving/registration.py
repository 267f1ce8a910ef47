"""Names for the user's own classes and functions, so that files can refer to them.

The tables live in `lamina.base.registry`; this file is their public face, with Keras's names. A
file never names code: it names an entry of these tables or one of Lamina's public constructors.
"""

import contextlib
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any

from lamina.base import registry
from lamina.base.errors import ArgumentError, message


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Any], Any]:
    """Decorator that lets files refer to a class or function as "package>name".

    Args:
        package: the first half of the name.
        name: the second half; the class's or function's own name if None.
    Returns:
        A decorator that returns its argument unchanged.
    Raises:
        ArgumentError: a class has no `get_config` method.
    Example:
        >>> @register_keras_serializable("shop")
        ... def double(x):
        ...     return 2 * x
        >>> get_registered_name(double), get_registered_object("shop>double") is double
        ('shop>double', True)
    """

    def decorator(obj: Any) -> Any:
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ArgumentError(
                message(
                    "Cannot register a class that does not have a get_config() method.",
                    received=f"class {obj.__name__!r}",
                    fix="define get_config(self), returning the constructor's arguments as a dict",
                )
            )
        registry.register(package, obj.__name__ if name is None else name, obj)
        return obj

    return decorator


def get_registered_name(obj: Any) -> str:
    """The registered name of a class or function, or its plain name.

    Args:
        obj: a class or function.
    Returns:
        "package>name" if it was registered, else `obj.__name__`.
    Example:
        >>> get_registered_name(len)
        'len'
    """
    try:
        return registry.NAMES[obj]
    except (KeyError, TypeError):  # TypeError: an object that cannot be hashed was never registered
        return obj.__name__


def get_registered_object(
    name: str,
    custom_objects: dict[str, Any] | None = None,
    module_objects: dict[str, Any] | None = None,
) -> Any:
    """The class or function behind a name, or None.

    Args:
        name: a registered name, or a key of one of the dicts.
        custom_objects: the caller's own names.
        module_objects: a family's names.
    Returns:
        What the innermost scope, the registered names, `custom_objects` and `module_objects` know
        the name as, in this order; None if none does.
    Example:
        >>> get_registered_object("length", {"length": len})
        <built-in function len>
    """
    tables = (
        registry.scoped_custom_objects(),
        registry.global_custom_objects(),
        registry.REGISTERED,
        custom_objects or {},
        module_objects or {},
    )
    for table in tables:
        if name in table:
            return table[name]
    return None


def get_custom_objects() -> dict[str, Any]:
    """The live dict of custom objects that are known everywhere; change it to add or remove names.

    Objects registered with `register_keras_serializable` are found without being in it.

    Example:
        >>> get_custom_objects()["length"] = len
        >>> get_registered_object("length")
        <built-in function len>
        >>> get_custom_objects().clear()
    """
    return registry.global_custom_objects()


class CustomObjectScope:
    """Make custom objects known to loading inside a `with` block, in this thread only.

    Args:
        custom_objects: dict of name -> class or function, or None.
    Example:
        >>> with CustomObjectScope({"length": len}):
        ...     get_registered_object("length")
        <built-in function len>
    """

    def __init__(self, custom_objects: dict[str, Any] | None) -> None:
        self.custom_objects = dict(custom_objects or {})
        self._scopes: list[contextlib.AbstractContextManager] = []

    def __enter__(self) -> "CustomObjectScope":
        scope = registry.scope(self.custom_objects)
        scope.__enter__()
        self._scopes.append(scope)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._scopes.pop().__exit__(kind, error, trace)


custom_object_scope = CustomObjectScope
