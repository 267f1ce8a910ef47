"""In which format dates are written, and what they say.

Formats are those of `datetime.strptime`. The candidates are rows below; a format is chosen only if
no other reads the same cells as other days, since a wrong guess between day and month is silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.tables import days

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
_OTHERS = ("%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%b-%Y", "%B %Y", "%Y년 %m월", "%H:%M", "%H:%M:%S")
FORMATS = tuple(
    dict.fromkeys((*(day + time for day in _DAYS for time in _TIMES), *days.ISO, *_OTHERS))
)

_NUMBER = r"^[+-]?[0-9]*[.,]?[0-9]*$"
_SAMPLE = 40


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
    if not len(sample) or not (plausible | sample.str.contains(days.COMPACT)).mean() >= 0.5:  # type: ignore
        return Found((), 0.0)
    likely = [f for f in FORMATS if days.fits(sample, f).mean() >= 0.5]  # type: ignore[operator]
    best: dict[bytes, str] = {}
    most = 0
    for each in likely:
        found = days.read_days(distinct, each)
        count = int(np.isfinite(found).sum())
        if count > most:
            best, most = {}, count
        if count == most > 0:
            best.setdefault(found.tobytes(), each)
    share = most / max(1, len(distinct))
    return Found(tuple(best.values()), share)


def format_of_typed(series: pl.Series) -> str:
    """The format in which dates that came typed would be written.

    Args:
        series: of Date or Datetime.
    Example:
        >>> import polars as pl
        >>> format_of_typed(pl.Series([0]).cast(pl.Date))
        '%Y-%m-%d'
    """
    at_midnight = (np.nan_to_num(days.days_of(series)) % 1 == 0).all()
    return "%Y-%m-%d" if at_midnight else "%Y-%m-%d %H:%M:%S"
