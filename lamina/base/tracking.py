"""Finding state: attributes that hold variables, layers, metrics or seed generators are noted in
lists.

Containers assigned to an attribute are replaced by tracked copies, so that what is appended to them
later is noted too. Once a layer is built its tracker is locked: new state would not be saved, so it
is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lamina.base.errors import ArgumentError


class Tracker:
    """Sorts values into lists by predicates.

    Args:
        stores: name -> (predicate, list). A value goes into the first list whose predicate holds.
    """

    def __init__(self, stores: dict[str, tuple[Callable[[Any], bool], list]]) -> None:
        self.stores = stores
        self.locked = False
        self._lock_message = ""

    def track(self, value: Any) -> Any:
        """Note a value, and what a container holds; the value, containers made tracked ones."""
        if isinstance(value, Tracked):
            return value
        for predicate, store in self.stores.values():
            if predicate(value):
                self._add(store, value)
                return value
        if type(value) is list:
            return TrackedList(value, self)
        if type(value) is dict:
            return TrackedDict(value, self)
        if type(value) is set:
            return TrackedSet(value, self)
        if type(value) is tuple:
            return tuple(self.track(v) for v in value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*(self.track(v) for v in value))
        return value

    def add_to_store(self, name: str, value: Any) -> None:
        """Note a value in a given list."""
        self._add(self.stores[name][1], value)

    def _add(self, store: list, value: Any) -> None:
        if any(value is v for v in store):
            return
        if self.locked:
            raise ArgumentError(self._lock_message)
        store.append(value)

    def untrack(self, value: Any) -> None:
        """Forget a value."""
        for _, store in self.stores.values():
            store[:] = [v for v in store if v is not value]

    def lock(self, message: str = "") -> None:
        """Refuse new values from now on."""
        self.locked = True
        self._lock_message = message or self._lock_message

    def unlock(self) -> None:
        """Accept new values again."""
        self.locked = False


class Tracked:
    """Marks containers whose changes are noted."""

    __slots__ = ()


class TrackedList(list, Tracked):
    """A list that notes what is put into it."""

    plain_type = list

    def __init__(self, values: Iterable = (), tracker: Tracker | None = None) -> None:
        self.tracker = tracker
        super().__init__(self._note(v) for v in values)

    def _note(self, value: Any) -> Any:
        return self.tracker.track(value) if self.tracker else value

    def _forget(self, value: Any) -> None:
        if self.tracker:
            self.tracker.untrack(value)

    def append(self, value: Any) -> None:
        """Put a value at the end."""
        super().append(self._note(value))

    def insert(self, index: Any, value: Any) -> None:
        """Put a value at a place."""
        super().insert(index, self._note(value))

    def extend(self, values: Iterable) -> None:
        """Put values at the end."""
        super().extend(self._note(v) for v in values)

    def __iadd__(self, values: Iterable) -> Any:  # type: ignore[misc]
        self.extend(values)
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            super().__setitem__(key, [self._note(v) for v in value])
        else:
            super().__setitem__(key, self._note(value))

    def remove(self, value: Any) -> None:
        """Take a value out."""
        self._forget(value)
        super().remove(value)

    def pop(self, index: Any = -1) -> Any:
        """Take a value out and return it."""
        value = super().pop(index)
        self._forget(value)
        return value

    def clear(self) -> None:
        """Take all values out."""
        for value in self:
            self._forget(value)
        super().clear()

    def __delitem__(self, key: Any) -> None:
        gone = self[key]
        for value in gone if isinstance(key, slice) else [gone]:
            self._forget(value)
        super().__delitem__(key)

    def __reduce__(self) -> Any:
        return (list, (list(self),))


class TrackedDict(dict, Tracked):
    """A dict that notes what is put into it."""

    plain_type = dict

    def __init__(self, values: Any = (), tracker: Tracker | None = None) -> None:
        self.tracker = tracker
        super().__init__({k: self._note(v) for k, v in dict(values).items()})

    def _note(self, value: Any) -> Any:
        return self.tracker.track(value) if self.tracker else value

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, self._note(value))

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Put values in."""
        super().update({k: self._note(v) for k, v in dict(*args, **kwargs).items()})

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value at a key, put in first if it is missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: Any, *default: Any) -> Any:
        """Take a value out and return it."""
        value = super().pop(key, *default)
        if self.tracker:
            self.tracker.untrack(value)
        return value

    def popitem(self) -> Any:
        """Take a pair out and return it."""
        key, value = super().popitem()
        if self.tracker:
            self.tracker.untrack(value)
        return key, value

    def clear(self) -> None:
        """Take all values out."""
        for value in self.values():
            if self.tracker:
                self.tracker.untrack(value)
        super().clear()

    def __delitem__(self, key: Any) -> None:
        self.pop(key)

    def __reduce__(self) -> Any:
        return (dict, (dict(self),))


class TrackedSet(set, Tracked):
    """A set that notes what is put into it."""

    plain_type = set

    def __init__(self, values: Iterable = (), tracker: Tracker | None = None) -> None:
        self.tracker = tracker
        super().__init__(tracker.track(v) if tracker else v for v in values)

    def add(self, value: Any) -> None:
        """Put a value in."""
        super().add(self.tracker.track(value) if self.tracker else value)

    def update(self, *others: Iterable) -> None:
        """Put values in."""
        for values in others:
            for value in values:
                self.add(value)

    def remove(self, value: Any) -> None:
        """Take a value out."""
        super().remove(value)
        if self.tracker:
            self.tracker.untrack(value)

    def __reduce__(self) -> Any:
        return (set, (list(self),))
