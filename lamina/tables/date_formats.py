"""In which format dates are written, and what they say.

Formats are those of `datetime.strptime`. The candidates are rows below; a format is chosen only if
no other reads the same cells as other days, since a wrong guess between day and month is silent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from lamina.base.errors import ArgumentError, message

if TYPE_CHECKING:
    import polars as pl

_DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y. %m. %d", "%Y. %m. %d.", "%Y년 %m월 %d일"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y"),  # with points, days come first
    *("%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d", "%d.%m.%y"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%a, %d %b %Y"),
    *("%d %B %Y", "%d-%B-%Y", "%B %d, %Y", "%B %d %Y", "%Y%m%d"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_ZONED = tuple(
    f"%Y-%m-%d{mark}{time}{zone}"
    for mark, time, zone in product("T ", ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f"), ("", "%z", " %z"))
)
_OTHERS = ("%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%b-%Y", "%B %Y", "%Y년 %m월", "%H:%M", "%H:%M:%S")
FORMATS = tuple(
    dict.fromkeys((*(day + time for day in _DAYS for time in _TIMES), *_ZONED, *_OTHERS))
)
ISO = tuple(f for f in FORMATS if f.startswith("%Y-%m-%d"))

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
    "f": "[0-9]{1,9}",
    "p": "[AaPp][Mm]",
    "z": "(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})",
    "%": "%",
}
_COMPACT = r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$"
_NUMBER = r"^[+-]?[0-9]*[.,]?[0-9]*$"
_SAMPLE = 40
_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True)
class Found:
    """Formats that fit cells.

    Attributes:
        formats: that read most cells, each as other days; one unless it is ambiguous.
        share: of the cells that they read.
    """

    formats: tuple[str, ...]
    share: float


def find_formats(cells: pl.Series) -> Found:
    """The formats in which dates are written.

    Args:
        cells: text without nulls.
    Returns:
        None, one, or several formats, the latter if cells are read as other days by each.
    Example:
        >>> import polars as pl
        >>> find_formats(pl.Series(["31/12/1999", "01/02/2000"])).formats
        ('%d/%m/%Y',)
        >>> find_formats(pl.Series(["01/02/2000"])).formats
        ('%d/%m/%Y', '%m/%d/%Y')
    """
    distinct = cells.unique(maintain_order=True)
    sample = distinct.head(_SAMPLE)
    plausible = sample.str.contains("[0-9]") & ~sample.str.contains(_NUMBER)
    if not len(sample) or not (plausible | sample.str.contains(_COMPACT)).mean() >= 0.5:  # type: ignore
        return Found((), 0.0)
    likely = [f for f in FORMATS if fits(sample, f).mean() >= 0.5]  # type: ignore[operator]
    best: dict[bytes, str] = {}
    most = 0
    for each in likely:
        days = parse_days(distinct, each)
        count = int(np.isfinite(days).sum())
        if count > most:
            best, most = {}, count
        if count == most > 0:
            best.setdefault(days.tobytes(), each)
    share = most / max(1, len(distinct))
    return Found(tuple(best.values()), share)


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
        return cells.str.contains(_COMPACT)
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
    pieces = re.split(r"%(.)", written)  # text, directive, text, directive, ..., text
    for i, piece in enumerate(pieces):
        pieces[i] = (
            _DIRECTIVES[piece] if i % 2 else re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", piece)
        )
    return "".join(pieces)


def format_of_typed(series: pl.Series) -> str:
    """The format in which dates that came typed would be written.

    Args:
        series: of Date or Datetime.
    Example:
        >>> import polars as pl
        >>> format_of_typed(pl.Series([0]).cast(pl.Date))
        '%Y-%m-%d'
    """
    at_midnight = (np.nan_to_num(days(series)) % 1 == 0).all()
    return "%Y-%m-%d" if at_midnight else "%Y-%m-%d %H:%M:%S"


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
    return days(moments)


def _implied(directive: str, given: Sequence[str] | set[str]) -> bool:
    others = {"d": {"j"}, "m": {"b", "B", "j"}, "Y": {"y"}}[directive]
    return bool(others & set(given))


def days(moments: pl.Series) -> np.ndarray:
    """Days since 1970-01-01 of a column of dates or moments.

    Args:
        moments: a Date or Datetime series.
    Returns:
        (rows,) float64, NaN where there is none.
    Example:
        >>> import polars as pl
        >>> days(pl.Series([0, None]).cast(pl.Date)).tolist()
        [0.0, nan]
    """
    import polars as pl

    physical = moments.cast(pl.Datetime("us")).cast(pl.Int64)
    return (physical.cast(pl.Float64) / _MICROSECONDS).fill_null(float("nan")).to_numpy()
