"""The rows that a model is furthest off, for a person to look at.

Wrong labels in the data, rows of a kind that training lacked and plain blunders show here first.
Only answers that are wrong count; of a regression, every row that is off.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.tables.schema import Target
from lamina.tables.scoring import checked, decide


def worst(
    y: np.ndarray,
    predicted: np.ndarray,
    target: Target,
    threshold: float = 0.5,
    count: int = 10,
) -> list[dict[str, Any]]:
    """The worst answers, worst first.

    Args:
        y: the truth, as in `scoring.scores`.
        predicted: as in `scoring.scores`.
        target: what is predicted.
        threshold: probability from which a positive is predicted.
        count: how many at most.
    Returns:
        A list of {"position": index in `y`, "true": text, "predicted": text, "probability": what
        was given to the answer that is true (None for a regression and for labels), "error":
        predicted - true (None but for a regression)}. Labels are texts such as "red, round".
    Raises:
        ArgumentError: as `scoring.scores` does.
    Example:
        >>> target = Target(("y",), "binary", "", ("no", "yes"))
        >>> worst(np.array([0, 1, 1]), np.array([0.2, 0.4, 0.1]), target, count=1)
        [{'position': 2, 'true': 'yes', 'predicted': 'no', 'probability': 0.1, 'error': None}]
    """
    y, predicted = checked(y, predicted, target)
    answers = decide(predicted, target, threshold)
    if target.task == "regression":
        loss, wrong = np.abs(predicted - y), predicted != y
    elif target.task == "multilabel":
        loss, wrong = np.abs(predicted - y).max(axis=1, initial=0), (answers != y).any(axis=1)
    else:
        if target.task == "binary":
            given = np.where(y == 1, predicted, 1 - predicted)
        else:
            given = predicted[np.arange(len(y)), y]
        loss, wrong = 1 - given, answers != y
    places = np.flatnonzero(wrong)
    places = places[np.argsort(-loss[places], kind="stable")][:count]
    ranked = target.task in ("binary", "multiclass")
    return [
        {
            "position": int(k),
            "true": _text(y[k], target),
            "predicted": _text(answers[k], target),
            "probability": float(round(1 - loss[k], 12)) if ranked else None,
            "error": float(predicted[k] - y[k]) if target.task == "regression" else None,
        }
        for k in places
    ]


def _text(answer: np.ndarray, target: Target) -> str:
    if target.task == "regression":
        return f"{answer:.0f}" if abs(answer) >= 1000 else f"{answer:.4g}"
    if target.task == "multilabel":
        named = [n for n, has in zip(target.classes, answer, strict=True) if has]
        return ", ".join(named) or "–"
    return target.classes[int(answer)]
