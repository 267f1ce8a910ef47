"""Scores of answers that are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.tables import figures
from lamina.tables.bootstrap import repeats_for, resampled_means
from lamina.tables.figures import figure
from lamina.tables.rates import ratio

NAMES = ("rmse", "mae", "r2")


def value_scores(y: np.ndarray, predicted: np.ndarray, seed: int, repeats: int) -> dict[str, Any]:
    """Scores of a "regression" target.

    Args:
        y: (rows,) true values.
        predicted: (rows,) predictions.
        seed: of the resampling.
        repeats: resamples.
    Returns:
        As `scoring.scores`.
    """
    rows, done = len(y), repeats_for(len(y), repeats)
    result: dict[str, Any] = {"rows": rows, "repeats": done, "per_class": [], "confusion": None}
    if not rows:
        return result | {"figures": {name: figure(np.nan) for name in NAMES}}
    constant = y.min() == y.max()
    # Centred first: variances of numbers far from zero would drown in rounding.
    error, centred = predicted - y, y - (y[0] if constant else y.mean())
    columns = np.stack([error**2, np.abs(error), centred, centred**2], axis=1)
    drawn = resampled_means(columns, done, seed)
    each = zip(NAMES, _of_means(columns.mean(axis=0)), _of_means(drawn), strict=True)
    result["figures"] = {n: figure(w, samples, figures.CONSTANT) for n, w, samples in each}
    return result


def _of_means(means: np.ndarray) -> tuple[Any, Any, Any]:
    squared, absolute, centre, spread = np.moveaxis(means, -1, 0)
    variance = spread - centre**2
    variance = np.where(variance <= 1e-12 * spread, 0.0, variance)  # a resample of equal values
    return np.sqrt(squared), absolute, 1 - ratio(squared, variance)
