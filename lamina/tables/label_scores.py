"""Scores of answers that are any of several labels per row.

Labels of one row belong together, so rows are resampled, not answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.tables import figures
from lamina.tables.bootstrap import repeats_for, resampled_means
from lamina.tables.figures import figure, share
from lamina.tables.probabilities import TINY, probability_figures
from lamina.tables.rates import mean_defined, per_class, rates_of
from lamina.tables.schema import Target


def label_scores(
    y: np.ndarray, p: np.ndarray, answers: np.ndarray, target: Target, seed: int, repeats: int
) -> dict[str, Any]:
    """Scores of a "multilabel" target.

    Args:
        y: (rows, labels) of 0 and 1.
        p: (rows, labels) probabilities.
        answers: (rows, labels) of 0 and 1.
        target: what is predicted.
        seed: of the resampling.
        repeats: resamples.
    Returns:
        As `scoring.scores`.
    """
    rows, right = len(y), answers == y
    hits = y * answers
    # Row means of: right answers, then per label hits, predicted and true positives.
    columns = np.column_stack([right.all(axis=1), right.mean(axis=1), hits, answers, y])
    drawn = resampled_means(columns, repeats_for(rows, repeats, columns.shape[1]), seed)
    samples = rates_of(*np.split(drawn[:, 2:], 3, axis=1))
    whole = rates_of(hits.sum(axis=0), answers.sum(axis=0), y.sum(axis=0))
    found = {
        "accuracy": share(int(right.all(axis=1).sum()), rows, drawn[:, 0]),
        "label_accuracy": share(int(right.sum()), right.size, drawn[:, 1]),
        "f1": figure(mean_defined(whole["f1"]), mean_defined(samples["f1"]), figures.NO_POSITIVES),
    }
    given = np.where(y == 1, p, 1 - p)
    entropy = -np.log(np.clip(given, TINY, 1 - TINY))
    losses = np.stack([entropy.mean(axis=1), ((1 - given) ** 2).mean(axis=1)], axis=1)
    questions = {k: (y[:, k] == 1, p[:, k]) for k in range(y.shape[1])}
    more, done = probability_figures(questions, losses, target, seed, repeats)
    return {
        "rows": rows,
        "repeats": done,
        "figures": found | more,
        "per_class": [_label(*row) for row in zip(target.classes, y.T, answers.T, strict=True)],
        "confusion": None,
    }


def _label(name: str, y: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    matrix = np.bincount(2 * y + answers, minlength=4).reshape(2, 2)
    return per_class(matrix, Target((name,), "binary", "", ("", name)))[1]
