"""From frames, dicts and records in memory to one frame of polars.

What the values of a column become is for `typed` to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.tables.cells import quoted
from lamina.tables.errors import TableError
from lamina.tables.typed import from_values

if TYPE_CHECKING:
    import polars as pl


def from_frame(source: Any) -> pl.DataFrame:
    """A frame of any library that narwhals knows, as one of polars.

    Args:
        source: a frame or series of pandas, polars, pyarrow, ...; lazy ones are collected.
    Raises:
        TableError: it is none of these, or its columns' names repeat.
    Example:
        >>> import pandas
        >>> from_frame(pandas.DataFrame({"a": [1, None], "b": ["x", 2]})).rows()
        [(1.0, 'x'), (None, '2')]
    """
    import narwhals as nw
    import polars as pl

    if isinstance(source, pl.DataFrame):
        return source
    try:
        frame = nw.from_native(source, allow_series=True)
    except TypeError:
        raise TableError(
            f"A table cannot be read from a {type(source).__name__}.",
            "give a path, a data frame, a dict of columns or a list of records",
        ) from None
    except Exception as error:  # narwhals, pandas and pyarrow raise errors of their own
        raise _unreadable(source, error) from None
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.Series):
        frame = frame.to_frame()
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise _alike(names)
    columns = zip(frame.iter_columns(), names, strict=True)
    return pl.DataFrame([_from_series(column, name) for column, name in columns])


def _alike(names: Sequence[str]) -> TableError:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    return TableError(
        f"Several columns of the frame have the same name: {quoted(repeated, 5)}.",
        "give every column a name of its own",
    )


def _unreadable(source: Any, error: Exception) -> TableError:
    names = [str(name) for name in getattr(source, "columns", ())]
    if len(set(names)) < len(names):
        return _alike(names)
    seen = (str(error).splitlines() or [type(error).__name__])[0]
    return TableError(f"The frame cannot be read: {seen:.200}", "give it as a dict of columns")


def _from_series(series: Any, name: str) -> pl.Series:
    """One column; object columns of pandas and whatever polars refuses go value by value."""
    import narwhals as nw

    if series.dtype not in (nw.Object, nw.Unknown):
        try:
            return series.to_polars().alias(name)
        except Exception:  # an absent pyarrow, or values that it finds no type for
            pass
    return from_values(name, series.to_list())


def from_columns(source: Mapping[Any, Any]) -> pl.DataFrame:
    """A dict of columns as a frame.

    Args:
        source: values by name; lists, arrays or series of one length.
    Raises:
        TableError: lengths differ, or a column has more than one dimension.
    Example:
        >>> from_columns({"a": [1, 2], "b": ["x", None]}).rows()
        [(1, 'x'), (2, None)]
    """
    import polars as pl

    columns = []
    for name, values in source.items():
        if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
            raise TableError(
                f"Column {str(name)!r} is {type(values).__name__}, not a list of values.",
                "give a list per column, or a list of records, one dict per row",
            )
        if np.ndim(values) > 1 and isinstance(values, np.ndarray):
            raise TableError(
                f"Column {str(name)!r} has the shape {np.shape(values)}.",
                "give each of its columns a name",
            )
        columns.append(from_values(str(name), list(values)))
    lengths = {c.name: len(c) for c in columns}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{n!r} has {count:,}" for n, count in list(lengths.items())[:5])
        raise TableError(f"Columns differ in length: {shown}.", "give all of them as many values")
    if len(lengths) < len(columns):
        raise _alike([c.name for c in columns])
    return pl.DataFrame(columns)


def from_records(source: Sequence[Any]) -> pl.DataFrame:
    """A list of records as a frame.

    Args:
        source: dicts, one per row; a key that a row lacks is an empty cell.
    Raises:
        TableError: a row is not a dict.
    Example:
        >>> from_records([{"a": 1}, {"a": 2.5, "b": "x"}]).rows()
        [(1.0, None), (2.5, 'x')]
    """
    import polars as pl

    names: dict[Any, None] = {}
    for number, row in enumerate(source, 1):
        if not isinstance(row, Mapping):
            raise TableError(
                f"Row {number:,} is not a record of names and values but {row!r:.60}.",
                "give one dict per row",
            )
        names.update(dict.fromkeys(row))
    return pl.DataFrame([from_values(str(n), [row.get(n) for row in source]) for n in names])
