"""Whether a table is one series in time.

A number with a column of evenly spaced moments beside it, each of them once, is a series: what it
will be depends on what it was. Its rows are told as many earlier values (`series`) as a season has
and one more, so that the value a season ago can be compared with the one before it. Whether changes
are relative, since swings grow with the level as in most that is sold, tells Guerrero's measure
(1993, "Time-series analysis supported by power transformations").

Earlier values are facts that are known when a row is predicted, so test rows may be among them;
statistics are learned from training rows only, as everywhere. Since rows bring their past along,
few of them may be divided into folds at random (Bergmeir, Hyndman and Koo 2018, "A note on the
validity of cross-validation for evaluating autoregressive time series prediction").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.tables.date_formats import find_formats
from lamina.tables.errors import TableError
from lamina.tables.kinds import Kind, infer_kinds
from lamina.tables.moments import time_kind, times
from lamina.tables.schema import Column, Series, Target
from lamina.tables.series import history, window
from lamina.tables.settings import Settings
from lamina.tables.tasks import LEAST_ROWS

if TYPE_CHECKING:
    import polars as pl

_ENOUGH = 40  # rows with all earlier values, from which a series is taken as one unasked
_EVEN = 0.7  # share of equal steps; of trading days four in five are
_TOLERANCE = 0.1  # months are not equally long
_SAMPLE = 40
_LEAST_PARTS = 3  # of two seasons each, by which swings are compared
_CLEARLY = 0.9

# The longest step, in days, and the steps in a season.
_SEASONS = ((0.05, 24), (1.5, 7), (8, 8), (32, 12), (93, 4), (367, 3))
_OTHERWISE = 12


class _NoSeries(Exception):
    """The rows are no series; the error says why, for those who asked for one.

    Args:
        error: what is raised then.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True)
class Found:
    """A series and its rows.

    Attributes:
        series: what the model has to know of it.
        frame: the rows with the columns of earlier values.
        complete: (rows,) whether all of these are known.
        reason: why the table was taken as a series.
    """

    series: Series
    frame: pl.DataFrame
    complete: np.ndarray
    reason: str


def find_series(
    frame: pl.DataFrame, y: np.ndarray, target: Target, settings: Settings, given: np.ndarray
) -> Found | None:
    """The series that a table is, if it is one.

    Args:
        frame: the rows with a target.
        y: their target.
        target: what is predicted.
        settings: of the run; `lags` asks for a series, or that there be none.
        given: (rows,) whether a row was given apart, to test.
    Raises:
        TableError: a series was asked for, and the rows are none.
        ArgumentError: a series was asked for together with what excludes it.
    """
    if settings.lags == 0:
        return None
    try:
        return _found(frame, y, target, settings, given)
    except _NoSeries as none:
        if settings.lags is None:
            return None
        raise none.error from None


def _found(
    frame: pl.DataFrame, y: np.ndarray, target: Target, settings: Settings, given: np.ndarray
) -> Found:
    _check_options(target, settings)
    kind = _moment_kind(frame, settings)
    moments = times(frame[kind.name], kind)
    _check_moments(kind.name, moments)
    order = np.argsort(moments)
    step = float(np.median(np.diff(moments[order])))
    season = _season(step, kind)
    asked = settings.lags is not None
    lags = settings.lags if settings.lags is not None else season + 1
    _check_rows(len(y), lags, LEAST_ROWS if asked else _ENOUGH)
    if not asked and not _is_even(moments[order], step):
        raise _NoSeries(TableError(f"{kind.name!r} is not evenly spaced."))
    relative = _are_relative(y[order], ~given[order], target, season, settings)
    series = _series(kind, moments[order], y[order], target, lags, step, relative)
    taken = [name for name in series.names if name in frame.columns]
    if taken:
        raise TableError(
            f"The table has a column {taken[0]!r}, as those of earlier values are called.",
            "rename it, or leave earlier values out: --lags 0",
        )
    rank = np.empty(len(y), np.int64)
    rank[order] = np.arange(len(y))
    told = frame.with_columns(**history(series, window(y[order], rank, lags)))
    return Found(series, told, rank >= lags, _reason(series, asked))


def _reason(series: Series, asked: bool) -> str:
    spaced = "" if asked else " and evenly spaced"
    logarithm = "; its logarithm is learned, as swings grow with it" if series.relative else ""
    return (
        f"{series.moment.name} is different in every row{spaced}: a series, of which the "
        f"{series.lags} earlier values of {series.value.name} are columns, too{logarithm}"
    )


def _check_options(target: Target, settings: Settings) -> None:
    if target.task != "regression":
        raise _NoSeries(
            ArgumentError(
                message(
                    f"`lags` is for a number that is predicted; the task is {target.task!r}.",
                    fix="leave `lags` out, or say task='regression' (--task regression)",
                )
            )
        )
    if settings.group_column is not None:
        raise _NoSeries(
            ArgumentError(
                message(
                    "`lags` and `group_column` cannot be had together.",
                    fix="train on one group's rows at a time, or leave one of the two out",
                )
            )
        )


def _moment_kind(frame: pl.DataFrame, settings: Settings) -> Kind:
    """The column of moments: the one that was named, or the only one with a date for every row."""
    import polars as pl

    if settings.time_column is not None:
        return time_kind(frame[settings.time_column], settings.types)
    found = []
    for name in frame.columns:
        asked = settings.types.get(name, "date").partition(":")[0]
        column = frame[name]
        if name in (*settings.target, *settings.drop) or asked != "date":
            continue
        is_date = column.dtype in (pl.Date, pl.Datetime) or (
            column.dtype == pl.String and find_formats(column.head(_SAMPLE).drop_nulls()).share > 0
        )
        if not is_date or column.n_unique() < frame.height:
            continue
        types = {n: kind for n, kind in settings.types.items() if n == name}
        found += [k for k in infer_kinds(frame.select(name), types) if k.kind == "date"]
    if len(found) == 1:
        return found[0]
    raise _NoSeries(
        TableError(
            "--lags needs a column of moments, and "
            + ("several have" if found else "no column has")
            + " a date of its own in every row.",
            "name it with --time-column; several rows of one moment are no series",
        )
    )


def _check_moments(name: str, moments: np.ndarray) -> None:
    unread = int((~np.isfinite(moments)).sum())
    repeated = len(moments) - len(np.unique(moments))
    if unread:
        problem = f"{unread:,} rows have nothing that can be read in {name!r}"
    elif repeated:
        problem = f"{repeated:,} rows have the {name!r} of another one"
    else:
        return
    raise _NoSeries(TableError(f"This is no series: {problem}.", "give other rows, or --lags 0"))


def _check_rows(rows: int, lags: int, least: int) -> None:
    if rows - lags < least:
        raise _NoSeries(
            TableError(
                f"{rows:,} rows are too few for {lags} earlier values: {least} are needed beyond "
                "them.",
                "give fewer lags, or --lags 0",
            )
        )


def _is_even(moments: np.ndarray, step: float) -> bool:
    return bool(np.mean(np.abs(np.diff(moments) - step) <= _TOLERANCE * step) >= _EVEN)


def _season(step: float, kind: Kind) -> int:
    """How many steps a season has: 12 months, 7 days, 24 hours ..."""
    if kind.kind != "date":
        return _OTHERWISE
    return next((count for most, count in _SEASONS if step <= most), _OTHERWISE)


def _are_relative(
    y: np.ndarray, own: np.ndarray, target: Target, season: int, settings: Settings
) -> bool:
    """Whether logarithms are learned: whether swings grow with the level, by training rows.

    Args:
        y: in order of time.
        own: (rows,) whether a row was not given to test.
        target: what is predicted.
        season: steps in one.
        settings: of the run.
    """
    if y.min() <= 0:
        if settings.relative:
            raise TableError(
                "A series is learned in relative changes only where it is above 0; "
                f"{target.names[0]!r} has {y.min():g}.",
                "leave `relative` out",
            )
        return False
    if settings.relative is not None:
        return settings.relative
    known = y[own]
    early = known[: round(len(known) * settings.split[0] / sum(settings.split))]
    width = 2 * season
    parts = len(early) // width
    if parts < _LEAST_PARTS:
        return False
    cut = early[len(early) - parts * width :].reshape(parts, width)
    means, spreads = cut.mean(axis=1), cut.std(axis=1, ddof=1)
    return _variation(spreads / means) < _CLEARLY * _variation(spreads)


def _variation(x: np.ndarray) -> float:
    """The coefficient of variation."""
    return float(x.std(ddof=1) / x.mean()) if x.mean() > 0 else 0.0


def _series(
    kind: Kind,
    moments: np.ndarray,
    y: np.ndarray,
    target: Target,
    lags: int,
    step: float,
    relative: bool,
) -> Series:
    """What a model keeps of a series whose rows are in order."""
    moment = Column(
        kind.name,
        kind.kind,
        kind.reason,
        kind.missing,
        format=kind.format,
        minimum=float(moments[0]),
        maximum=float(moments[-1]),
        fill=float(moments[-1] + step),
    )
    value = Column(
        target.names[0],
        "number",
        "where it is known, later rows are told of it",
        nullable=True,
        minimum=float(y.min()),
        maximum=float(y.max()),
        fill=float(y[-1]),
    )
    gap = float(np.diff(moments).max())
    latest = tuple(moments[-lags:].tolist()), tuple(y[-lags:].tolist())
    return Series(moment, value, lags, gap, relative, *latest)
