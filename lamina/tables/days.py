"""Dates as days since 1970-01-01, read in a given format of `datetime.strptime`.

polars reads them; it is more lenient about how many digits a year has than a table should be, so
that cells are first compared with the shape of the format.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from lamina.base.errors import ArgumentError, message

if TYPE_CHECKING:
    import polars as pl

ISO = tuple(
    f"%Y-%m-%d{mark}{time}{zone}"
    for mark, time, zone in product("T ", ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f"), ("", "%z", " %z"))
)
ISO = ("%Y-%m-%d", *ISO)

# A directive's cells, so that "20" is no year of four digits; months are checked on reading.
_DIRECTIVES = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "b": "[A-Za-z]{3}",
    "B": "[A-Za-z]{3,9}",
    "d": "[0-9]{1,2}",
    "j": "[0-9]{1,3}",
    "a": "[A-Za-z]{3}",
    "A": "[A-Za-z]{6,9}",
    "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}",
    "M": "[0-9]{2}",
    "S": "[0-9]{2}",
    "f": r"(?:\.[0-9]{1,9})?",  # with its point, which a moment on the second may lack
    "p": "[AaPp][Mm]",
    "z": "(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})",
    "%": "%",
}
COMPACT = r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$"
_LIKE_ISO = r"^[0-9]{4}-[0-9]"
_MICROSECONDS = 86_400_000_000


def fits(cells: pl.Series, written: str) -> pl.Series:
    """Which cells look like a format; whether the day exists is another question.

    Args:
        cells: text.
        written: a format of `datetime.strptime`.
    Returns:
        A Boolean series.
    Raises:
        ArgumentError: the format has a directive that is not known.
    Example:
        >>> import polars as pl
        >>> fits(pl.Series(["2020-01-31", "20-01-31"]), "%Y-%m-%d").to_list()
        [True, False]
    """
    if written == "%Y%m%d":
        return cells.str.contains(COMPACT)
    return cells.str.contains("^" + _pattern(written) + "$")


def check_format(written: str) -> None:
    """Refuse a format that is none.

    Args:
        written: what a user gave.
    Raises:
        ArgumentError: it has no directives, or one that is not known.
    Example:
        >>> check_format("%d/%m/%Y")
    """
    directives = re.findall(r"%(.?)", written)
    if not directives or any(d not in _DIRECTIVES for d in directives):
        raise ArgumentError(
            message(
                "A date's format cannot be used.",
                received=repr(written),
                required="directives of datetime.strptime: %" + " %".join(_DIRECTIVES),
                fix="for example %d/%m/%Y for 31/12/1999",
            )
        )


def _pattern(written: str) -> str:
    check_format(written)
    # text, directive, text, directive, ..., text
    pieces = re.split(r"%(.)", written.replace(".%f", "%f"))
    for i, piece in enumerate(pieces):
        pieces[i] = (
            _DIRECTIVES[piece] if i % 2 else re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", piece)
        )
    return "".join(pieces)


def parse_days(cells: pl.Series, written: str) -> np.ndarray:
    """Dates as days since 1970-01-01, with the time of day as a fraction.

    A format without a day means the first of the month, one without a year 1970; with a zone, the
    day in UTC.

    Args:
        cells: text.
        written: a format of `datetime.strptime`.
    Returns:
        (rows,) float64, NaN where a cell is no date in that format.
    Example:
        >>> import polars as pl
        >>> parse_days(pl.Series(["1970-01-02", "1970-02-30", "x"]), "%Y-%m-%d").tolist()
        [1.0, nan, nan]
    """
    import polars as pl

    shaped = cells.set(~fits(cells, written).fill_null(False), None)
    directives = set(re.findall(r"%(.)", written))
    zoned = "z" in directives
    if zoned:
        shaped = shaped.str.replace("[Zz]$", "+00:00")
    asked = written.replace(".%f", "%.f").replace("%b", "%B")
    for wanted, text in (("%d", "01"), ("%m", "01"), ("%Y", "1970")):
        if wanted[1] not in directives and not _implied(wanted[1], directives):
            shaped, asked = text + " " + shaped, f"{wanted} {asked}"
    kind = pl.Datetime("us", "UTC" if zoned else None)
    if not directives & {"H", "I"}:
        asked, shaped = asked + " %H:%M", shaped + " 00:00"
    moments = shaped.str.strptime(kind, asked, strict=False, exact=True)
    return days_of(moments)


def read_days(cells: pl.Series, written: str) -> np.ndarray:
    """As `parse_days`, but cells in ISO 8601 are read too, whatever the format.

    Args:
        cells: text.
        written: a format of `datetime.strptime`.
    Returns:
        (rows,) float64, NaN where a cell is no date.
    Example:
        >>> import polars as pl
        >>> read_days(pl.Series(["03/01/1970", "1970-01-03", "soon"]), "%d/%m/%Y").tolist()
        [2.0, 2.0, nan]
    """
    found = parse_days(cells, written).copy()
    left = np.isnan(found) & cells.str.contains(_LIKE_ISO).fill_null(False).to_numpy()
    for iso in ISO:
        if not left.any():
            break
        found[left] = parse_days(cells.filter(left), iso)
        left &= np.isnan(found)
    return found


def _implied(directive: str, given: set[str]) -> bool:
    others = {"d": {"j"}, "m": {"b", "B", "j"}, "Y": {"y"}}[directive]
    return bool(others & given)


def days_of(moments: pl.Series) -> np.ndarray:
    """Days since 1970-01-01 of a column of dates or moments.

    Args:
        moments: a Date or Datetime series.
    Returns:
        (rows,) float64, NaN where there is none.
    Example:
        >>> import polars as pl
        >>> days_of(pl.Series([0, None]).cast(pl.Date)).tolist()
        [0.0, nan]
    """
    import polars as pl

    physical = moments.cast(pl.Datetime("us")).cast(pl.Int64)
    return (physical.cast(pl.Float64) / _MICROSECONDS).fill_null(float("nan")).to_numpy()
