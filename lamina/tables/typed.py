"""Columns that came typed, brought to few types: text, numbers, booleans, dates and moments.

A column that mixes types becomes text, as it would be in a file.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.tables.errors import TableError

if TYPE_CHECKING:
    import polars as pl


_SCALARS = {bool, int, float, str, bytes, decimal.Decimal} | {
    *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta)
}


def from_values(name: str, values: Sequence[Any]) -> pl.Series:
    """Python values as a column: of one type, or as text.

    Args:
        name: of the column.
        values: scalars; None and NaN are empty cells.
    Raises:
        TableError: a value is a list, a dict or the like.
    Example:
        >>> from_values("a", [True, None]).dtype, from_values("a", [1, "x"]).to_list()
        (Boolean, ['1', 'x'])
    """
    import polars as pl

    scalars = [_plain(v) for v in values]
    types = {type(v) for v in scalars if v is not None}
    for nested in types:
        if issubclass(nested, list | tuple | dict | set | np.ndarray):
            raise TableError(
                f"Column {name!r} holds a {nested.__name__} in a cell.",
                "give one value per cell: a column for each of its parts",
            )
    if types <= {int, float} and len(types) == 2:
        return pl.Series(name, scalars, dtype=pl.Float64, strict=False)
    try:
        if len(types) <= 1 and types <= _SCALARS:
            return pl.Series(name, scalars, strict=False)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        pass  # whole numbers beyond 64 bits, years beyond the calendar: as text
    written = [None if v is None else _written(v) for v in scalars]
    return pl.Series(name, written, dtype=pl.String)


def _plain(value: Any) -> Any:
    """A value of Python's own types; None for the many ways to say that there is none."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]")
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, datetime.datetime):
        return _without_zone(value)
    return None if isinstance(value, float) and value != value else value


def _without_zone(moment: datetime.datetime) -> datetime.datetime:
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    if type(moment) is not datetime.datetime:  # pandas has a kind of its own
        moment = datetime.datetime(*moment.timetuple()[:6], moment.microsecond)
    return moment


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def settled(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame whose columns are text, numbers, booleans, dates or moments, and no others.

    Args:
        frame: any.
    Returns:
        Categories, times and other scalars as text; decimals as floats; durations in seconds;
        moments without a zone, in UTC.
    Raises:
        TableError: a column holds lists or structures, or there is no column.
    Example:
        >>> import polars as pl
        >>> settled(pl.DataFrame({"a": pl.Series(["x"], dtype=pl.Categorical)})).dtypes
        [String]
    """
    if not frame.width:
        raise TableError("The table has no columns.", "give a table with columns and rows")
    return frame.with_columns([_settled(frame[name]) for name in frame.columns])


def _settled(series: pl.Series) -> pl.Series:
    import polars as pl

    dtype = series.dtype
    if dtype.is_nested():
        raise TableError(
            f"Column {series.name!r} holds {dtype} in its cells.",
            "give one value per cell: a column for each of its parts",
        )
    if dtype == pl.Decimal or dtype in (pl.Int128, pl.UInt128):
        return series.cast(pl.Float64)
    if dtype == pl.Datetime:
        return _in_utc(series)
    if dtype == pl.Duration:
        return series.dt.total_microseconds().cast(pl.Float64) / 1e6
    if dtype in (pl.String, pl.Boolean, pl.Date) or dtype.is_integer() or dtype.is_float():
        return series
    if dtype in (pl.Object, pl.Binary):
        return from_values(series.name, [_decoded(v) for v in series.to_list()])
    return series.cast(pl.String, strict=False)


def _in_utc(series: pl.Series) -> pl.Series:
    """Moments without a zone: those with one in UTC, as moments in text become."""
    import polars as pl

    if series.dtype.time_zone is not None:  # type: ignore[attr-defined]
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return series.cast(pl.Datetime("us"))


def _decoded(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
