"""The cells of a column as what its kind says: numbers, days, or words.

The same three functions serve training and prediction, and take a column of text as well as one
that came typed, so that a model trained on a file answers for a frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from lamina.tables import days
from lamina.tables.cells import is_missing_word, parse_numbers, texts

if TYPE_CHECKING:
    import polars as pl


class Described(Protocol):
    """What is known of a column: a `Kind`, or a schema's `Column`."""

    @property
    def kind(self) -> str:
        """One of schema.KINDS."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Cells that mean "nothing here", beside empty ones."""

    @property
    def format(self) -> str:
        """How dates or numbers are written."""


def numbers(series: pl.Series, kind: Described) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of a column.

    Args:
        series: of text, or typed.
        kind: what is known of the column.
    Returns:
        (rows,) float64 with NaN where there is no number, and (rows,) bool: whether the cell holds
        something that is no number, nor a word for "nothing here".
    Example:
        >>> import polars as pl
        >>> from lamina.tables.kinds import Kind
        >>> values, odd = numbers(pl.Series(["1.5", "?", "", "x"]), Kind("a", "number", ""))
        >>> values.tolist(), odd.tolist()
        ([1.5, nan, nan, nan], [False, False, False, True])
    """
    import polars as pl

    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        values = _floats(series)
        odd = np.isinf(values)
        return np.where(odd, np.nan, values), odd
    cells = texts(series)
    values = _floats(parse_numbers(cells, kind.format))
    return values, _odd(values, cells, kind)


def _floats(series: pl.Series) -> np.ndarray:
    import polars as pl

    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def _odd(values: np.ndarray, cells: pl.Series, kind: Described) -> np.ndarray:
    unread = np.isnan(values)
    if unread.sum() == cells.null_count():  # only empty cells hold no value
        return np.zeros(len(values), bool)
    missing = (cells.is_null() | is_missing_word(cells, kind.missing)).to_numpy()
    return unread & ~missing


def dates(series: pl.Series, kind: Described) -> tuple[np.ndarray, np.ndarray]:
    """The days of a column.

    Args:
        series: of text, or of dates or moments.
        kind: what is known of the column. Cells in ISO 8601 are read whatever its format.
    Returns:
        (rows,) float64 days since 1970-01-01 with NaN where there is no date, and (rows,) bool:
        whether the cell holds something that is no date, nor a word for "nothing here".
    Example:
        >>> import polars as pl
        >>> from lamina.tables.kinds import Kind
        >>> kind = Kind("a", "date", "", format="%d/%m/%Y")
        >>> dates(pl.Series(["03/01/1970", "1970-01-03", "soon"]), kind)[0].tolist()
        [2.0, 2.0, nan]
    """
    import polars as pl

    if series.dtype in (pl.Date, pl.Datetime):
        values = days.days_of(series)
        return values, np.zeros(len(values), bool)
    cells = texts(series)
    values = days.read_days(cells, kind.format)
    return values, _odd(values, cells, kind)


def words(series: pl.Series, kind: Described) -> np.ndarray:
    """The words of a column: levels of a category, or texts.

    Args:
        series: of text, or typed; in a category, whole numbers are "1", booleans "true", "false".
        kind: what is known of the column.
    Returns:
        (rows,) object: str, None where there is nothing.
    Example:
        >>> import polars as pl
        >>> from lamina.tables.kinds import Kind
        >>> words(pl.Series(["True", " a b ", ""]), Kind("a", "category", "")).tolist()
        ['true', 'a b', None]
    """
    cells = texts(series)
    if kind.missing:
        cells = cells.set(cells.is_in(list(kind.missing)).fill_null(False), None)
    if kind.kind == "category":
        lower = cells.str.to_lowercase()
        cells = lower.zip_with(lower.is_in(["true", "false"]).fill_null(False), cells)
        cells = cells.str.replace(r"^(-?[0-9]+)\.0+$", "$1")
    result = np.empty(len(cells), dtype=object)
    result[:] = cells.to_list()
    return result
