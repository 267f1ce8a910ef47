"""What rows of a series are told of earlier values, and what changes are.

Rows get the latest earlier value and the changes that led to it as further columns. The network
adds its answer to the latest value, which by itself is the naive forecast (Hyndman and
Athanasopoulos, "Forecasting: Principles and Practice", section 5.2): a trend may leave the range of
the training rows, changes hardly do. Of a series whose swings grow with its level, changes are
those of the logarithm. Which tables are series is for `finding_series` to say.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lamina.tables.kinds import Kind
from lamina.tables.schema import Series

_LITTLE = 0.1  # of the least value that the series had


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
