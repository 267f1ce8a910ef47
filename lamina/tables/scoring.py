"""Scores of predictions, each with an interval from resampling the rows.

Which scores a task has is decided here; each kind of answer has its own file. What a figure looks
like is said in figures.py, how rows are resampled in bootstrap.py. One formula gives a figure of
all rows and of every resample, so the two cannot disagree. A figure that does not exist says why
and is never zero: recall without positives, the ROC area of rows of one class, R2 of equal values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.tables.class_scores import class_scores
from lamina.tables.label_scores import label_scores
from lamina.tables.schema import Target
from lamina.tables.value_scores import value_scores

HEADLINE = {"binary": "accuracy", "multiclass": "accuracy", "multilabel": "f1"} | {
    "regression": "rmse"
}
"""The figure that a run is judged by, per task."""

SMALLER_IS_BETTER = frozenset({"rmse", "mae", "log_loss", "brier"})


def scores(
    y: np.ndarray,
    predicted: np.ndarray,
    target: Target,
    threshold: float = 0.5,
    *,
    seed: int = 0,
    repeats: int = 1000,
) -> dict[str, Any]:
    """Score predictions against the truth.

    Args:
        y: the truth: (rows,) class numbers; (rows, labels) of 0 and 1 for "multilabel"; (rows,)
            values for "regression".
        predicted: probabilities: (rows,) of the positive class, or (rows, 2), for "binary";
            (rows, classes) for "multiclass"; (rows, labels) for "multilabel"; (rows,) values for
            "regression".
        target: what is predicted.
        threshold: probability from which a positive is predicted; "multiclass" ignores it.
        seed: of the resampling.
        repeats: resamples; large tables take fewer, see bootstrap.py.
    Returns:
        {"rows": int, "repeats": int, "figures": name -> Figure, "per_class": list of {"class",
        "precision", "recall", "f1" (Figures), "support", "predicted" (row counts)}, "confusion":
        {"classes", "matrix"} with true classes as rows}. "per_class" is [] for a regression, and
        "confusion" None for it and for "multilabel".
        Figures of "binary": accuracy, balanced_accuracy, precision, recall, f1, auc,
        average_precision, log_loss, brier; of "multiclass": the same without precision and recall,
        f1 and what follows it being means over the classes that have rows; of "multilabel":
        accuracy (all labels right), label_accuracy, f1, auc, average_precision, log_loss, brier;
        of "regression": rmse, mae, r2.
    Raises:
        ArgumentError: shapes do not fit, or predictions are not finite.
    Source: Efron (1979), the bootstrap; percentile intervals.
    Example:
        >>> target = Target(("y",), "binary", "", ("no", "yes"))
        >>> found = scores(np.array([0, 0, 1]), np.array([0.2, 0.6, 0.9]), target)
        >>> found["figures"]["recall"]["value"], found["confusion"]["matrix"]
        (1.0, [[1, 1], [0, 1]])
    """
    y, predicted = checked(y, predicted, target)
    if target.task == "regression":
        return value_scores(y, predicted, seed, repeats)
    answers = decide(predicted, target, threshold)
    make = label_scores if target.task == "multilabel" else class_scores
    return make(y, predicted, answers, target, seed, repeats)


def checked(y: np.ndarray, predicted: np.ndarray, target: Target) -> tuple[np.ndarray, np.ndarray]:
    """Truth and predictions in one form per task.

    Args:
        y: as in `scores`.
        predicted: as in `scores`.
        target: what is predicted.
    Returns:
        y as float64 (regression) or int64, and predictions as float64: (rows,) for "binary" and
        "regression", (rows, classes) else.
    Raises:
        ArgumentError: as in `scores`.
    """
    y = np.asarray(y, np.float64 if target.task == "regression" else np.int64)
    predicted = np.asarray(predicted, np.float64)
    if target.task == "binary" and predicted.ndim == 2 and predicted.shape[1] == 2:
        predicted = predicted[:, 1]
    if target.task in ("binary", "regression") and predicted.shape == (len(y), 1):
        predicted = predicted[:, 0]
    rows, classes = len(y), len(target.classes)
    wide = target.task in ("multiclass", "multilabel")
    expected = (rows, classes) if wide else (rows,)
    if predicted.shape != expected or y.shape != (
        (rows,) if target.task != "multilabel" else expected
    ):
        raise ArgumentError(
            message(
                f"predictions of a {target.task} target do not fit its rows.",
                received=f"y {y.shape}, predictions {predicted.shape}",
                required=f"predictions {expected}",
            )
        )
    if not np.isfinite(predicted).all():
        broken = int(np.flatnonzero(~np.isfinite(predicted.reshape(rows, -1)).all(axis=1))[0])
        raise ArgumentError(f"predictions must be finite; row {broken} is {predicted[broken]}.")
    return y, predicted


def decide(predicted: np.ndarray, target: Target, threshold: float = 0.5) -> np.ndarray:
    """The answers behind probabilities.

    Args:
        predicted: as `checked` gives it.
        target: what is predicted.
        threshold: probability from which a positive is predicted.
    Returns:
        (rows,) class numbers; (rows, labels) of 0 and 1 for "multilabel"; values unchanged.
    """
    if target.task == "regression":
        return predicted
    if target.task == "multiclass":
        return predicted.argmax(axis=1)
    return (predicted >= threshold).astype(np.int64)
