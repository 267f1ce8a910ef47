"""Whether a table is one series in time, and what its rows are told of earlier values.

A number with a column of evenly spaced moments beside it, each of them once, is a series: what it
will be depends on what it was. Its rows then get the latest earlier value and the changes that led
to it as further columns, of as many values as a season has and one more, so that the value a season
ago can be compared with the one before it. The network adds its answer to the latest value, which
by itself is the naive forecast (Hyndman and Athanasopoulos, "Forecasting: Principles and Practice",
section 5.2): a trend may leave the range of the training rows, changes hardly do. Where swings grow
with the level, as in most that is sold, changes are those of the logarithm: Guerrero's measure
(1993, "Time-series analysis supported by power transformations") tells.

Earlier values are facts that are known when a row is predicted, so test rows may be among them;
statistics are learned from training rows only, as everywhere. Since rows bring their past along,
few of them may be divided into folds at random (Bergmeir, Hyndman and Koo 2018, "A note on the
validity of cross-validation for evaluating autoregressive time series prediction").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.tables.date_formats import find_formats
from lamina.tables.errors import TableError
from lamina.tables.kinds import Kind, infer_kinds
from lamina.tables.moments import time_kind, times
from lamina.tables.schema import Column, Series, Target
from lamina.tables.settings import Settings
from lamina.tables.tasks import LEAST_ROWS

if TYPE_CHECKING:
    import polars as pl

_ENOUGH = 40  # rows with all earlier values, from which a series is taken as one unasked
_EVEN = 0.7  # share of equal steps; of trading days four in five are
_TOLERANCE = 0.1  # months are not equally long
_SAMPLE = 40
_OTHERWISE = 13
_LEAST_PARTS = 3  # of two seasons each, by which swings are compared
_CLEARLY = 0.9
_LITTLE = 0.1  # of the least value that the series had

# The longest step, in days, and the steps in a season.
_SEASONS = ((0.05, 24), (1.5, 7), (8, 8), (32, 12), (93, 4), (367, 3))


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
    frame: pl.DataFrame,
    y: np.ndarray,
    target: Target,
    settings: Settings,
    given: np.ndarray | None = None,
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
    asked = settings.lags is not None
    if target.task != "regression" or settings.group_column is not None:
        if asked:
            raise _excluded(target)
        return None
    kind = _moment_kind(frame, settings)
    if kind is None:
        if asked:
            raise TableError(
                "--lags needs a column of moments, and no column has a date of its own in every "
                "row.",
                "name it with --time-column; several rows of one moment are no series",
            )
        return None
    moments = times(frame[kind.name], kind)
    problem = _problem(kind.name, moments)
    order = np.argsort(moments, kind="stable")
    step = float(np.median(np.diff(moments[order]))) if problem is None else 0.0
    lags = settings.lags if settings.lags is not None else _season(step, kind) + 1
    least = LEAST_ROWS if asked else _ENOUGH
    if problem is None and len(y) - lags < least:
        problem = (
            f"{len(y):,} rows are too few for {lags} earlier values: {least} are needed beyond them"
        )
    if problem is not None and asked:
        raise TableError(f"--lags {lags}: {problem}.", "give fewer lags, or --lags 0")
    if problem is not None or not (asked or _is_even(moments[order], step)):
        return None
    season = _season(step, kind)
    own = order if given is None else order[~given[order]]
    relative = bool(y.min() > 0) and _is_relative(y[own], season, settings)
    if settings.relative and not relative:
        raise TableError(
            "A series is learned in relative changes only where it is above 0; "
            f"{target.names[0]!r} has {y.min():g}.",
            "leave `relative` out",
        )
    series = _series(kind, moments[order], y[order], target, lags, step, relative)
    taken = [name for name in series.names if name in frame.columns]
    if taken:
        raise TableError(
            f"The table has a column {taken[0]!r}, as those of earlier values are called.",
            "rename it, or leave earlier values out: --lags 0",
        )
    rank = np.empty(len(y), np.int64)
    rank[order] = np.arange(len(y))
    frame = frame.with_columns(**history(series, window(y[order], rank, lags)))
    reason = f"{kind.name} is different in every row" + ("" if asked else " and evenly spaced")
    return Found(series, frame, rank >= lags, f"{reason}: a series, of which {told(series)}")


def told(series: Series) -> str:
    """What rows are told of earlier values, in words."""
    told = f"the {series.lags} earlier values of {series.value.name} are columns, too"
    return told + ("; its logarithm is learned, as swings grow with it" if series.relative else "")


def _excluded(target: Target) -> ArgumentError:
    if target.task != "regression":
        return ArgumentError(
            message(
                f"`lags` is for a number that is predicted; the task is {target.task!r}.",
                fix="leave `lags` out, or say task='regression' (--task regression)",
            )
        )
    return ArgumentError(
        message(
            "`lags` and `group_column` cannot be had together.",
            fix="train on one group's rows at a time, or leave one of the two out",
        )
    )


def _moment_kind(frame: pl.DataFrame, settings: Settings) -> Kind | None:
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
        if column.n_unique() < frame.height or not (
            column.dtype in (pl.Date, pl.Datetime)
            or (column.dtype == pl.String and find_formats(column.head(_SAMPLE).drop_nulls()).share)
        ):
            continue
        types = {n: kind for n, kind in settings.types.items() if n == name}
        found += [k for k in infer_kinds(frame.select(name), types) if k.kind == "date"]
    return found[0] if len(found) == 1 else None


def _problem(name: str, moments: np.ndarray) -> str | None:
    """Why moments are none of a series."""
    unread = int((~np.isfinite(moments)).sum())
    if unread:
        return f"{unread:,} rows have nothing that can be read in {name!r}"
    repeated = len(moments) - len(np.unique(moments))
    return f"{repeated:,} rows have the {name!r} of another one" if repeated else None


def _is_even(moments: np.ndarray, step: float) -> bool:
    return bool(np.mean(np.abs(np.diff(moments) - step) <= _TOLERANCE * step) >= _EVEN)


def _season(step: float, kind: Kind) -> int:
    """How many steps a season has: 12 months, 7 days, 24 hours ..."""
    if kind.kind != "date":
        return _OTHERWISE - 1
    return next((count for most, count in _SEASONS if step <= most), _OTHERWISE - 1)


def _is_relative(y: np.ndarray, season: int, settings: Settings) -> bool:
    """Whether logarithms are learned: whether swings grow with the level, by training rows.

    Args:
        y: in order of time, but for rows that were given to test.
        season: steps in one.
        settings: of the run.
    """
    if settings.relative is not None:
        return settings.relative
    early = y[: round(len(y) * settings.split[0] / sum(settings.split))]
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


def window(levels: np.ndarray, places: np.ndarray, lags: int) -> np.ndarray:
    """The values before some places of a series.

    Args:
        levels: (moments,) its values, NaN where they are not known.
        places: (rows,) of the rows' own moments.
        lags: how many values.
    Returns:
        (rows, lags), the latest first; NaN before the beginning.
    Example:
        >>> window(np.array([1.0, 2.0, 4.0]), np.array([2, 1]), 2)
        array([[ 2.,  1.],
               [ 1., nan]])
    """
    before = places[:, None] - np.arange(1, lags + 1)
    return np.where(before >= 0, levels[np.maximum(before, 0)], np.nan)


def history(series: Series, values: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of earlier values: the latest one, and its changes since older ones.

    Args:
        series: whose they are.
        values: (rows, lags) as `window` gives them.
    Returns:
        Name -> (rows,).
    """
    if series.relative:  # what has no logarithm counts as very little
        values = np.maximum(values, series.value.minimum * _LITTLE)
    changes = change(values[:, :1], values[:, 1:], series.relative)
    columns = np.concatenate([values[:, :1], changes], axis=1)
    return dict(zip(series.names, columns.T, strict=True))


def change(values: np.ndarray, before: np.ndarray, relative: bool) -> np.ndarray:
    """The changes from some values to later ones, or those of their logarithms."""
    return np.log(values / before) if relative else values - before


def changed(before: np.ndarray, changes: np.ndarray, relative: bool) -> np.ndarray:
    """The values that changes lead to; the reverse of `change`."""
    return before * np.exp(changes) if relative else before + changes


def kinds_of(series: Series) -> Iterator[Kind]:
    """The kinds of the columns of earlier values."""
    latest, *changes = series.names
    yield Kind(latest, "number", "the value before, to which the network adds its answer")
    what = "change in logarithms" if series.relative else "change"
    for steps, name in enumerate(changes, 1):
        yield Kind(name, "number", f"its {what} over {steps} {'step' if steps == 1 else 'steps'}")
