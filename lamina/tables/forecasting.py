"""Predicting rows of a series: each after those before it, whose values it is told.

Earlier values come from the rows themselves, where they have the target, and from the end of the
series that the model knows. Where neither has a value, the prediction of that moment stands for it,
so that many steps ahead can be asked for at once; such rows are marked. A row that too few values
precede is not predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lamina.tables.encoding import Notes, take_rows
from lamina.tables.schema import Series
from lamina.tables.series import history, window

_LONGER = 1.1  # than the longest time between two values, as years and months are not equal

Predict = Callable[[Mapping[str, Any], Notes], np.ndarray]


def forecast(
    predict: Predict, series: Series, values: Mapping[str, Any], notes: Notes
) -> np.ndarray:
    """Predict rows in the order of their moments.

    Args:
        predict: from values that hold the columns of earlier values, too, to (rows,) predictions.
        series: what the model knows of it.
        values: as `read_values` gives them, for `Schema.asked`.
        notes: gets what was odd.
    Returns:
        (rows,) predictions, NaN for rows that too few values precede.
    """
    moments = values[series.moment.name][0]
    known = values[series.value.name][0]
    steps, levels, places = _timeline(series, moments, known)
    rows = len(moments)
    outputs = np.full(rows, np.nan)
    guessed = np.isnan(levels).astype(float)
    rests = np.zeros(rows, bool)
    for column in (series.moment, series.value):
        odd = values[column.name][1]
        if odd.any():
            notes.unparseable[column.name] = odd
    for now in _turns(series, moments, levels, places):
        before = window(levels, places[now], series.lags)
        if not np.isfinite(before).all():
            continue
        some = Notes()
        told = {
            n: (cells, np.zeros(len(now), bool)) for n, cells in history(series, before).items()
        }
        outputs[now] = predict({**take_rows(values, now), **told}, some)
        rests[now] = window(guessed, places[now], series.lags).any(axis=1)
        notes.extend(_but_for_time(some, series), now, rows)
        empty = now[np.isnan(levels[places[now]])]
        levels[places[empty]] = outputs[empty]
    jumps = np.diff(steps, prepend=steps[:1]) > _LONGER * series.gap
    for column, found, mask in (
        (series.value, notes.too_few, np.isnan(outputs)),
        (series.value, notes.forecast, rests),
        (series.moment, notes.gap, jumps[places] & np.isfinite(moments)),
    ):
        if mask.any():
            found[column.name] = mask
    return outputs


def _timeline(
    series: Series, moments: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All moments in order, the values that are known of them, and the places of the rows'."""
    steps = np.unique(np.concatenate([series.moments, moments[np.isfinite(moments)]]))
    levels = np.full(len(steps), np.nan)
    levels[np.searchsorted(steps, series.moments)] = series.values
    places = np.minimum(np.searchsorted(steps, moments), len(steps) - 1)
    told = np.isfinite(moments) & np.isfinite(known)
    levels[places[told]] = known[told]
    return steps, levels, places


def _turns(
    series: Series, moments: np.ndarray, levels: np.ndarray, places: np.ndarray
) -> list[np.ndarray]:
    """Rows that are predicted together: all that wait for nothing, then moment after moment."""
    rows = np.flatnonzero(np.isfinite(moments) & (places >= series.lags))
    rows = rows[np.argsort(places[rows], kind="stable")]
    ready = np.isfinite(window(levels, places[rows], series.lags)).all(axis=1)
    later = rows[~ready]
    groups = np.split(later, np.flatnonzero(np.diff(places[later])) + 1)
    return [turn for turn in (rows[ready], *groups) if len(turn)]


def _but_for_time(notes: Notes, series: Series) -> Notes:
    """What was odd, but for what is beyond the training rows because time goes on."""
    for name in (series.moment.name, *series.names):
        notes.outside.pop(name, None)
    return notes
