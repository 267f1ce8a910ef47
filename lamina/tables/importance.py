"""How much worse predictions become when one column is shuffled among the rows.

A column that the model does not use costs nothing; one that it leans on costs much. Of two columns
that say the same, each may look unimportant: the other stands in. The cost is measured on
validation rows, in the smooth loss that the network was trained by (log loss, or root mean squared
error), since accuracy moves in jumps of a whole row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.tables.schema import Target
from lamina.tables.scoring import checked

ROWS = 2000
"""Rows that are read at most: predictions are repeated for every column and shuffle."""

_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Student's t at 97.5 % for 1, 2 ... 9 degrees of freedom."""


def importance(
    predict: Callable[[Any], np.ndarray],
    frame: Any,
    y: np.ndarray,
    target: Target,
    columns: Sequence[str],
    repeats: int = 5,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Permutation importance of columns.

    Args:
        predict: from a frame to predictions as in `scoring.scores`.
        frame: polars.DataFrame of validation rows; at most 2,000 of them are read.
        y: their truth.
        target: what is predicted.
        columns: the names to shuffle, each by itself.
        repeats: shuffles per column, at least 2.
        seed: of the shuffles.
    Returns:
        A list of {"name", "mean", "low", "high"}, most important first: how much the loss rises
        (log loss; root mean squared error of a regression), and the 95 % interval of that mean over
        the shuffles (Student's t). Zero means the model does not miss the column.
    Raises:
        ArgumentError: predictions do not fit the rows.
    Source: Breiman (2001), Random forests, section 10.
    """
    y = np.asarray(y)
    random = np.random.default_rng(seed)
    if len(y) > ROWS:
        kept = np.sort(random.choice(len(y), ROWS, replace=False))
        frame, y = frame[kept], y[kept]
    if not len(y):
        return []
    before = loss(y, predict(frame), target)
    half = _STUDENT[min(repeats, 10) - 2] / repeats**0.5
    found = []
    for name in columns:
        rises = []
        for _ in range(repeats):
            shuffled = frame.with_columns(frame[name][random.permutation(len(y))].alias(name))
            rises.append(loss(y, predict(shuffled), target) - before)
        mean, spread = float(np.mean(rises)), float(np.std(rises, ddof=1)) * half
        found.append({"name": name, "mean": mean, "low": mean - spread, "high": mean + spread})
    return sorted(found, key=lambda row: -row["mean"])


def loss(y: np.ndarray, predicted: np.ndarray, target: Target) -> float:
    """Log loss, averaged over labels; root mean squared error of a regression.

    Args:
        y: the truth, as in `scoring.scores`.
        predicted: as in `scoring.scores`.
        target: what is predicted.
    Returns:
        The loss. Probabilities are kept a millionth away from 0 and 1, so that one certain and
        wrong answer does not outweigh all others.
    Example:
        >>> round(loss(np.array([0, 1]), np.array([0.5, 0.5]), Target(("y",), "binary", "")), 4)
        0.6931
    """
    y, predicted = checked(y, predicted, target)
    if target.task == "regression":
        return float(np.sqrt(np.mean((y - predicted) ** 2)))
    if target.task == "multiclass":
        given = np.take_along_axis(predicted, y[:, None], axis=1)
    else:
        given = np.where(y == 1, predicted, 1 - predicted)
    return float(-np.log(np.clip(given, 1e-6, 1 - 1e-6)).mean())
