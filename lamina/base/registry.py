"""The table of registered classes and functions, and the custom objects in scope.

Only the tables live here, so that every room can register; `lamina.saving` reads them. A name in a
file is looked up in these tables and among Lamina's own public constructors, and nowhere else.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

REGISTERED: dict[str, Any] = {}  # "package>Name" -> class or function
NAMES: dict[Any, str] = {}  # class or function -> "package>Name"
_LOCAL = threading.local()


def register(package: str, name: str, obj: Any) -> None:
    """Enter a class or function under "package>name"."""
    full = f"{package}>{name}"
    REGISTERED[full] = obj
    NAMES[obj] = full


def global_custom_objects() -> dict[str, Any]:
    """The mutable dict of custom objects that are known everywhere."""
    return _GLOBAL


_GLOBAL: dict[str, Any] = {}


def scoped_custom_objects() -> dict[str, Any]:
    """The custom objects of the scopes entered in this thread, inner scopes winning."""
    return getattr(_LOCAL, "scope", {})


@contextlib.contextmanager
def scope(objects: dict[str, Any]) -> Iterator[None]:
    """Make custom objects known inside a `with` block, in this thread only."""
    before = scoped_custom_objects()
    _LOCAL.scope = {**before, **objects}
    try:
        yield
    finally:
        _LOCAL.scope = before
