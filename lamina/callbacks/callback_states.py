"""The states of all callbacks, taken apart into JSON values and arrays, and put together again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

PREFIX = "callbacks/"  # of the names of arrays
_MARK = "__array__"


def collect(callbacks: Iterable[Any]) -> tuple[dict[str, np.ndarray], list[list[Any]]]:
    """The states of callbacks.

    Args:
        callbacks: callbacks; those without `get_state` have no state.
    Returns:
        Arrays by name, and for each callback with a state [class name, state as JSON values].
    """
    arrays: dict[str, np.ndarray] = {}
    states = []
    for callback in callbacks:
        state = callback.get_state() if hasattr(callback, "get_state") else {}
        if state:
            states.append([type(callback).__name__, _without_arrays(state, arrays)])
    return arrays, states


def give_back(
    callbacks: Iterable[Any], arrays: dict[str, np.ndarray], states: Iterable[list[Any]]
) -> None:
    """Give callbacks their states: the first of a class gets the first of that class.

    Args:
        callbacks: callbacks, perhaps others than those that the states came from.
        arrays: as `collect` gave them; others may be among them.
        states: as `collect` gave them.
    """
    waiting = defaultdict(list)
    for name, state in states:
        waiting[name].append(state)
    for callback in callbacks:
        found = waiting[type(callback).__name__]
        if found and hasattr(callback, "set_state"):
            callback.set_state(_with_arrays(found.pop(0), arrays))


def _without_arrays(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A copy in which arrays are replaced by their names in `arrays`."""
    if isinstance(value, np.ndarray):
        name = f"{PREFIX}{len(arrays)}"
        arrays[name] = value
        return {_MARK: name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {str(k): _without_arrays(v, arrays) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_arrays(v, arrays) for v in value]
    return value


def _with_arrays(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, dict):
        if set(value) == {_MARK}:
            return arrays[value[_MARK]]
        return {k: _with_arrays(v, arrays) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_arrays(v, arrays) for v in value]
    return value
