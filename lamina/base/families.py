"""Families of things people name by a string: activations, initializers, losses, optimizers and
the like.

Each family has a table from names to classes and functions, and three verbs with one behaviour
everywhere: `get` (a name, a config, an object or a class, to an object), `serialize` and
`deserialize`. Configs are read and written by `lamina.saving`, which comes later in the order of
rooms and is reached by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lamina.base import registry
from lamina.base.errors import ArgumentError, message, near
from lamina.base.lazy import load_namespace
from lamina.base.naming import to_snake_case

_SAVING = "lamina.saving"


def serialize(obj: Any) -> Any:
    """An object as plain JSON values; see `lamina.saving.serialize_keras_object`."""
    return load_namespace(_SAVING).serialize_keras_object(obj)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None, **names: Any) -> Any:
    """An object from plain JSON values; see `lamina.saving.deserialize_keras_object`."""
    return load_namespace(_SAVING).deserialize_keras_object(config, custom_objects, **names)


class Family:
    """The names of one family and what they stand for.

    Usage, in the module that a package's `get`, `serialize` and `deserialize` come from::

        CONSTRAINTS = Family("constraint", [MaxNorm, NonNeg], aliases={"max": MaxNorm})
        get, serialize, deserialize = CONSTRAINTS.get, CONSTRAINTS.serialize,
        CONSTRAINTS.deserialize

    Args:
        noun: what one member is called in errors.
        members: classes and functions, each known by its `__name__`; a class also by that in snake
            case, unless a function has this name.
        aliases: further names.
        accepts: what a member is, in the end; default: anything that can be called.
        ignore_case: whether "Adam" and "adam" are one name.
    """

    def __init__(
        self,
        noun: str,
        members: Iterable[Any],
        aliases: Mapping[str, Any] | None = None,
        accepts: Callable[[Any], bool] = callable,
        ignore_case: bool = False,
    ) -> None:
        self.noun = noun
        self.accepts = accepts
        self.ignore_case = ignore_case
        members = list(members)
        snake = {to_snake_case(m.__name__): m for m in members if inspect.isclass(m)}
        exact = {m.__name__: m for m in members}
        self.table: dict[str, Any] = {**snake, **exact, **(aliases or {})}
        self._suggestions = sorted({*exact, *snake, *(aliases or {})})
        if ignore_case:
            self.table.update({name.lower(): m for name, m in self.table.items()})

    def _key(self, name: str) -> str:
        if self.ignore_case and name not in self.table and name.lower() in self.table:
            return name.lower()
        return name

    def _find(self, name: str) -> Any:
        """What a name stands for: the family's own first, then custom objects; None if nothing."""
        custom = (
            registry.scoped_custom_objects(),
            registry.global_custom_objects(),
            registry.REGISTERED,
        )
        for table in (self.table, *custom):
            if name in table:
                return table[name]
        return None

    def get(self, identifier: Any) -> Any:
        """A member from any way to name it.

        Args:
            identifier: None, a name, a config as `serialize` gives it, a class, or a member.
        Returns:
            None for None; an instance for a class or its name; what was given if it is a member.
        Raises:
            ArgumentError: no member is named so; close names are suggested.
        """
        if identifier is None:
            return None
        if isinstance(identifier, str):
            found = self._find(self._key(identifier))
        elif isinstance(identifier, dict):
            found = self.deserialize(identifier)
        else:
            found = identifier
        if inspect.isclass(found):
            found = found()
        if not self.accepts(found):
            raise self.unknown(identifier)
        return found

    def serialize(self, obj: Any) -> Any:
        """A member as plain JSON values."""
        return serialize(obj)

    def deserialize(self, config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
        """A member from what `serialize` gave.

        Args:
            config: dict with "class_name" and "config", or a name.
            custom_objects: further names -> classes and functions.
        """
        if isinstance(config, dict) and isinstance(config.get("class_name"), str):
            config = {**config, "class_name": self._key(config["class_name"])}
        elif isinstance(config, str):
            config = self._key(config)
        return deserialize(config, custom_objects, module_objects=self.table)

    def unknown(self, identifier: Any) -> ArgumentError:
        """The error for something that names no member."""
        hint = near(identifier, self._suggestions) if isinstance(identifier, str) else ""
        return ArgumentError(
            message(
                f"Could not interpret {self.noun} identifier: {identifier!r:.200}. {hint}".rstrip(),
                received=type(identifier).__name__,
                required=f"the name of a known {self.noun}, its config, or an object",
                fix=f"use a known name, or pass the {self.noun} itself",
            )
        )
