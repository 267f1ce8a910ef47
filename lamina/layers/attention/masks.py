"""Which key each query may see: masks of queries and keys, of time, and of distance, joined."""

from __future__ import annotations

from typing import Any

from lamina import ops


def causal(queries: int, keys: int) -> Any:
    """True where a key does not come after the query: bool (1, queries, keys)."""
    rows, columns = _places(queries, keys)
    return ops.greater_equal(rows, columns)


def within(distance: int, queries: int, keys: int) -> Any:
    """True where a key is less than a distance away from the query: bool (1, queries, keys)."""
    rows, columns = _places(queries, keys)
    return ops.less(ops.abs(ops.subtract(rows, columns)), distance)


def _places(queries: int, keys: int) -> tuple[Any, Any]:
    rows = ops.reshape(ops.arange(queries, dtype="int32"), (1, queries, 1))
    return rows, ops.reshape(ops.arange(keys, dtype="int32"), (1, 1, keys))


def joined(*masks: Any) -> Any:
    """Where all masks are True; None counts as True everywhere, and stays None if all are None."""
    found = None
    for mask in masks:
        if mask is not None:
            mask = ops.cast(mask, "bool")
            found = mask if found is None else ops.logical_and(found, mask)
    return found


def of_rows(mask: Any) -> Any:
    """A mask of queries (batch, queries) as (batch, queries, 1)."""
    return None if mask is None else ops.expand_dims(mask, -1)


def of_columns(mask: Any) -> Any:
    """A mask of keys (batch, keys) as (batch, 1, keys)."""
    return None if mask is None else ops.expand_dims(mask, -2)
