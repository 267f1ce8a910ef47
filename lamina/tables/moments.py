"""The column of time that a split may follow: its kind, and the moments in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lamina.tables.errors import TableError
from lamina.tables.kinds import Kind, dates, infer_kinds, numbers
from lamina.tables.values import Described

if TYPE_CHECKING:
    import polars as pl


def time_kind(column: pl.Series, types: Mapping[str, str]) -> Kind:
    """Whether a column of time holds dates or numbers.

    Args:
        column: some or all of its cells.
        types: kinds that a person asked for.
    Raises:
        TableError: it holds neither.
    """
    asked = {name: kind for name, kind in types.items() if name == column.name}
    (kind,) = infer_kinds(column.to_frame(), asked)
    if kind.kind == "date":
        return kind
    kind = Kind(column.name, "number", "")
    values, bad = numbers(column, kind)
    if not np.isfinite(values).any() or bad.mean() > 0.5:
        raise TableError(
            f"--time-column {column.name!r} holds neither dates nor numbers.",
            f"name another column, or say --types {column.name}=date:FORMAT",
        )
    return kind


def times(column: pl.Series, kind: Described) -> np.ndarray:
    """The moments of cells, (rows,) float64, NaN where unknown.

    Args:
        column: any cells of the column.
        kind: of `time_kind`, or what a schema says of the column.
    """
    return (dates if kind.kind == "date" else numbers)(column, kind)[0]
