"""Targets of several columns, each of which says yes or no.

Rows count only if all labels are there: an empty cell is not taken for a no.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lamina.tables.cells import is_missing_word, quoted, texts
from lamina.tables.errors import TableError
from lamina.tables.labels import FALSE, TRUE, class_numbers
from lamina.tables.schema import Target
from lamina.tables.tasks import LEAST_OF_A_CLASS, LEAST_ROWS

if TYPE_CHECKING:
    import polars as pl


def infer_labels(frame: pl.DataFrame, names: tuple[str, ...]) -> Target:
    """A multilabel target: every column says yes or no.

    Args:
        frame: the table.
        names: of the columns.
    Returns:
        The target; its classes are the columns' names.
    Raises:
        TableError: a cell says neither yes nor no, or there are too few rows.
    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"a": [0, 1] * 10, "b": [True, False] * 10})
        >>> infer_labels(frame, ("a", "b")).task
        'multilabel'
    """
    known = np.ones(frame.height, bool)
    for name in names:
        cells = texts(frame[name])
        known &= (cells.is_not_null() & ~is_missing_word(cells)).to_numpy()
    rows = int(known.sum())
    if rows < LEAST_ROWS:
        raise TableError(
            f"Only {rows} of {frame.height:,} rows have all labels; {LEAST_ROWS} are needed.",
            "give more rows, or leave out labels that are mostly empty",
        )
    values = encode_labels(frame.filter(known), names)
    for name, yes in zip(names, values.sum(0).tolist(), strict=True):
        if min(yes, rows - yes) < LEAST_OF_A_CLASS:
            raise TableError(
                f"Label {name!r} is yes in {yes:,} and no in {rows - yes:,} of {rows:,} rows; "
                f"{LEAST_OF_A_CLASS} of each are needed.",
                "leave this label out, or give more rows",
            )
    reason = f"{len(names)} columns of yes and no"
    return Target(names, "multilabel", reason, names)


def encode_labels(frame: pl.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Labels as zeros and ones.

    Args:
        frame: the table, only rows with all labels.
        names: of the columns.
    Returns:
        (rows, labels) int64.
    Raises:
        TableError: a cell says neither yes nor no.
    Example:
        >>> import polars as pl
        >>> encode_labels(pl.DataFrame({"a": ["no", "yes"], "b": [1, 0]}), ["a", "b"]).tolist()
        [[0, 1], [1, 0]]
    """
    columns = []
    for name in names:
        numbers = class_numbers(texts(frame[name]).str.to_lowercase(), (*FALSE, *TRUE))
        if numbers.has_nulls():
            bad = texts(frame[name]).filter(numbers.is_null()).fill_null("")
            raise TableError(
                f"Label {name!r} has {len(bad):,} cells that say neither yes nor no: "
                f"{quoted(bad.unique(maintain_order=True))}.",
                "use 0 and 1; or name one target column, for a task with classes",
            )
        columns.append(numbers.to_numpy() >= len(FALSE))
    return np.stack(columns, 1).astype(np.int64)
