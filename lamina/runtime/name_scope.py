"""Name scopes: the path "model/dense/kernel" that a variable gets from where it is made."""

from __future__ import annotations

import threading
from typing import Any

from lamina.base.errors import ArgumentError, message

_LOCAL = threading.local()


def _names() -> list[name_scope]:
    if not hasattr(_LOCAL, "names"):
        _LOCAL.names = []
    return _LOCAL.names


class name_scope:
    """Put a name in front of the paths of variables made inside a `with` block.

    Args:
        name: a string without "/".
        caller: the object that opens the scope; the same caller inside itself adds no second name.
        deduplicate: whether that rule applies.
        override_parent: a path to use in place of the enclosing scopes.
    Example:
        >>> with name_scope("encoder"):
        ...     current_path()
        'encoder'
    """

    def __init__(
        self,
        name: str,
        caller: Any = None,
        deduplicate: bool = True,
        override_parent: str | None = None,
    ) -> None:
        if not isinstance(name, str) or "/" in name:
            raise ArgumentError(
                message("`name` must be a string and cannot contain character `/`.", repr(name))
            )
        self.name = name
        self.caller = caller
        self.deduplicate = deduplicate
        self.override_parent = override_parent
        self._entered = False

    def __enter__(self) -> name_scope:
        names = _names()
        same = names and names[-1].caller is self.caller and names[-1].name == self.name
        if self.deduplicate and self.caller is not None and same:
            return self
        names.append(self)
        self._entered = True
        return self

    def __exit__(self, *_: Any) -> None:
        if self._entered:
            _names().pop()
            self._entered = False


def current_path() -> str:
    """The path of the scopes entered, "" outside of all."""
    parts: list[str] = []
    for scope in _names():
        if scope.override_parent is not None:
            parts = [scope.override_parent] if scope.override_parent else []
        parts.append(scope.name)
    return "/".join(parts)
