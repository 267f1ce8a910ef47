"""Precision, recall and F1 of confusion matrices, of one or of a thousand resampled ones at once.

A rate without a denominator does not exist, nor does the F1 of a class without rows: it is NaN
here and says why in its figure. Means are over the classes that have one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.tables import figures
from lamina.tables.figures import figure
from lamina.tables.schema import Target

WHY = {
    "precision": figures.NO_PREDICTED,
    "recall": figures.NO_POSITIVES,
    "f1": figures.NO_POSITIVES,
}


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """A quotient, NaN where nothing is divided by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below == 0, np.nan, above / below)


def mean_defined(values: np.ndarray, axis: int = -1) -> Any:
    """The mean of those that exist; NaN if none does."""
    defined = np.isfinite(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=axis), defined.sum(axis=axis))


def accuracy(matrix: np.ndarray) -> np.ndarray:
    """The share of rows on the diagonal, (...), of matrices (..., classes, classes)."""
    return ratio(np.trace(matrix, axis1=-2, axis2=-1), matrix.sum(axis=(-2, -1)))


def balanced_accuracy(matrix: np.ndarray) -> Any:
    """Recall, averaged over the classes that have rows."""
    return mean_defined(rates(matrix)["recall"])


def rates(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall and F1 of every class.

    Args:
        matrix: (..., classes, classes) counts, true classes as rows.
    Returns:
        name -> (..., classes), NaN where they do not exist.
    Example:
        >>> {name: rate.tolist() for name, rate in rates(np.array([[3, 1], [0, 0]])).items()}
        {'precision': [1.0, 0.0], 'recall': [0.75, nan], 'f1': [0.857..., nan]}
    """
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    return rates_of(right, matrix.sum(axis=-2), matrix.sum(axis=-1))


def rates_of(right: np.ndarray, chosen: np.ndarray, support: np.ndarray) -> dict[str, np.ndarray]:
    """The same from hits, predicted and true rows of every class, or their shares."""
    f1 = np.where(support == 0, np.nan, ratio(2 * right, support + chosen))
    return {"precision": ratio(right, chosen), "recall": ratio(right, support), "f1": f1}


def per_class(matrix: np.ndarray, target: Target) -> list[dict[str, Any]]:
    """A row of figures per class.

    Args:
        matrix: (classes, classes) counts, true classes as rows.
        target: names the classes.
    Returns:
        As "per_class" of `scoring.scores`.
    """
    found = rates(matrix)
    return [
        {
            "class": name,
            **{rate: figure(found[rate][k], why=WHY[rate]) for rate in found},
            "support": int(matrix[k].sum()),
            "predicted": int(matrix[:, k].sum()),
        }
        for k, name in enumerate(target.classes)
    ]
