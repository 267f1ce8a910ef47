"""Scores of answers that are one class per row.

The confusion matrix gives every figure of decisions, and its resamples their intervals.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.tables.bootstrap import repeats_for, resampled_tables
from lamina.tables.figures import figure, share
from lamina.tables.probabilities import TINY, probability_figures
from lamina.tables.rates import WHY, accuracy, balanced_accuracy, mean_defined, per_class, rates
from lamina.tables.schema import Target


def class_scores(
    y: np.ndarray, p: np.ndarray, answers: np.ndarray, target: Target, seed: int, repeats: int
) -> dict[str, Any]:
    """Scores of a "binary" or "multiclass" target.

    Args:
        y: (rows,) class numbers.
        p: (rows,) probabilities of the positive class, or (rows, classes).
        answers: (rows,) class numbers.
        target: what is predicted.
        seed: of the resampling.
        repeats: resamples.
    Returns:
        As `scoring.scores`.
    """
    count, rows = len(target.classes), len(y)
    matrix = np.bincount(y * count + answers, minlength=count**2).reshape(count, count)
    drawn = resampled_tables(matrix, repeats_for(count**2, repeats), seed)
    found = {
        "accuracy": share(int(np.trace(matrix)), rows, accuracy(drawn)),
        "balanced_accuracy": figure(balanced_accuracy(matrix), balanced_accuracy(drawn)),
    }
    whole, samples = rates(matrix), rates(drawn)
    if target.task == "binary":
        said = {"precision": int(matrix[:, 1].sum()), "recall": int(matrix[1].sum())}
        for name, of in said.items():
            found[name] = share(int(matrix[1, 1]), of, samples[name][..., 1], WHY[name])
        found["f1"] = figure(whole["f1"][1], samples["f1"][..., 1], WHY["f1"])
        questions = {1: (y == 1, p)}
        given, brier = np.where(y == 1, p, 1 - p), (p - y) ** 2
    else:
        found["f1"] = figure(mean_defined(whole["f1"]), mean_defined(samples["f1"]))
        questions = {k: (y == k, p[:, k]) for k in range(count)}
        given, brier = p[np.arange(rows), y], ((p - np.eye(count)[y]) ** 2).sum(axis=1)
    losses = np.stack([-np.log(np.clip(given, TINY, 1 - TINY)), brier], axis=1)
    more, done = probability_figures(questions, losses, target, seed, repeats)
    return {
        "rows": rows,
        "repeats": done,
        "figures": found | more,
        "per_class": per_class(matrix, target),
        "confusion": {"classes": list(target.classes), "matrix": matrix.tolist()},
    }
