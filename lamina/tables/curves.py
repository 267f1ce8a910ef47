"""What drawings are made of: ROC, precision against recall, calibration, a table of thresholds.

All come as plain lists, thinned to what an eye can tell apart. A curve that does not exist, such
as the ROC of a class without rows, is left out; scoring.py says why in its figure. Regressions have
points instead: true against predicted values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.tables.schema import Target
from lamina.tables.scoring import checked, decide

POINTS = 200
CLASSES = 8
BINS = 10
ROWS = 1500


def curves(
    y: np.ndarray, predicted: np.ndarray, target: Target, threshold: float = 0.5, *, seed: int = 0
) -> dict[str, Any]:
    """Everything that is drawn of the test rows.

    Args:
        y: as in `scoring.scores`.
        predicted: as in `scoring.scores`.
        target: what is predicted.
        threshold: probability from which a positive is predicted.
        seed: of the choice of points, where there are too many.
    Returns:
        For classes and labels {"roc": list of {"class", "fpr", "tpr"}, "pr": list of {"class",
        "recall", "precision", "share"} with the share of positives, "thresholds": list of
        {"threshold", "precision", "recall", "f1", "accuracy", "predicted", "chosen"} ([] but for
        "binary"), "calibration": {"of": "positive", "predicted" (class) or "labels", "bins": list
        of {"stated", "observed", "low", "high", "rows"}, "error"} or None without rows}. "binary"
        has the curve of the positive class, the others those of their 8 commonest classes. For a
        regression {"points": {"true", "predicted", "rows"}}, at most 1,500 of all "rows".
    Raises:
        ArgumentError: as `scoring.scores` does.
    Example:
        >>> target = Target(("y",), "binary", "", ("no", "yes"))
        >>> curves(np.array([0, 1]), np.array([0.2, 0.9]), target)["roc"]
        [{'class': 'yes', 'fpr': [0.0, 0.0, 1.0], 'tpr': [0.0, 1.0, 1.0]}]
    """
    y, predicted = checked(y, predicted, target)
    if target.task == "regression":
        return {"points": _points(y, predicted, seed)}
    questions = _questions(y, predicted, target)
    roc, pr = [], []
    for name, positive, score in questions:
        if 0 < positive.sum() < len(positive):
            roc.append({"class": name, **_roc(positive, score)})
            pr.append({"class": name, **_pr(positive, score)})
    table = threshold_table(y, predicted, threshold) if target.task == "binary" else []
    return {
        "roc": roc,
        "pr": pr,
        "thresholds": table,
        "calibration": _calibration(y, predicted, target),
    }


def threshold_table(y: np.ndarray, probability: np.ndarray, chosen: float) -> list[dict[str, Any]]:
    """What other thresholds would have meant.

    Args:
        y: (rows,) of 0 and 1.
        probability: (rows,) of the positive class.
        chosen: the threshold in use.
    Returns:
        As "thresholds" of `curves`: 0.1, 0.2 ... 0.9 and the chosen one, in ascending order;
        None for a rate that does not exist.
    """
    table = []
    steps = [k / 10 for k in range(1, 10) if abs(k / 10 - chosen) > 1e-9]
    for threshold in sorted([*steps, chosen]):
        answer = probability >= threshold
        hits, said, there = int((answer & (y == 1)).sum()), int(answer.sum()), int(y.sum())
        table.append(
            {
                "threshold": float(threshold),
                "precision": hits / said if said else None,
                "recall": hits / there if there else None,
                "f1": 2 * hits / (said + there) if there else None,
                "accuracy": float((answer == (y == 1)).mean()) if len(y) else None,
                "predicted": said,
                "chosen": threshold == chosen,
            }
        )
    return table


def _questions(
    y: np.ndarray, p: np.ndarray, target: Target
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name, truth and score of each yes-or-no question, commonest classes only."""
    if target.task == "binary":
        return [(target.classes[1], y == 1, p)]
    truth = y == 1 if target.task == "multilabel" else y[:, None] == np.arange(p.shape[1])
    commonest = np.sort(np.argsort(-truth.sum(axis=0), kind="stable")[:CLASSES])
    return [(target.classes[k], truth[:, k], p[:, k]) for k in commonest]


def _roc(positive: np.ndarray, score: np.ndarray) -> dict[str, list[float]]:
    from sklearn.metrics import roc_curve

    false_rate, true_rate, _ = roc_curve(positive, score)
    return _thinned({"fpr": false_rate, "tpr": true_rate})


def _pr(positive: np.ndarray, score: np.ndarray) -> dict[str, Any]:
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(positive, score)
    thinned = _thinned({"recall": recall[::-1], "precision": precision[::-1]})
    return thinned | {"share": float(positive.mean())}


def _thinned(lines: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """The points at evenly spaced places along the curve."""
    along = np.cumsum(sum(np.abs(np.diff(v, prepend=v[0])) for v in lines.values()))
    wanted = np.linspace(0, along[-1], POINTS)
    kept = np.unique(np.append(np.searchsorted(along, wanted), [0, len(along) - 1]))
    if len(kept) >= len(along) or len(along) <= POINTS:
        kept = np.arange(len(along))
    return {name: [round(float(x), 5) for x in v[kept]] for name, v in lines.items()}


def _calibration(y: np.ndarray, p: np.ndarray, target: Target) -> dict[str, Any] | None:
    """How often what was given a probability came true, in ten bins of it."""
    if not y.size:
        return None
    if target.task == "multiclass":
        of, stated, true = "predicted", p.max(axis=1), decide(p, target) == y
    else:
        of = "positive" if target.task == "binary" else "labels"
        stated, true = p.reshape(-1), y.reshape(-1) == 1
    number = np.minimum((stated * BINS).astype(np.int64), BINS - 1)
    bins, error = [], 0.0
    for k in np.unique(number):
        inside = number == k
        rows, observed = int(inside.sum()), float(true[inside].mean())
        low, high = _wilson(observed, rows)
        mean = float(stated[inside].mean())
        error += rows / len(true) * abs(observed - mean)
        bins.append({"stated": mean, "observed": observed, "low": low, "high": high, "rows": rows})
    return {"of": of, "bins": bins, "error": error}


def _wilson(observed: float, rows: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (1927)."""
    z2 = 3.8415
    middle = (observed + z2 / (2 * rows)) / (1 + z2 / rows)
    spread = (observed * (1 - observed) / rows + z2 / (4 * rows**2)) * z2
    half = spread**0.5 / (1 + z2 / rows)
    return max(0.0, middle - half), min(1.0, middle + half)


def _points(y: np.ndarray, predicted: np.ndarray, seed: int) -> dict[str, Any]:
    kept = np.arange(len(y))
    if len(y) > ROWS:
        kept = np.sort(np.random.default_rng(seed).choice(len(y), ROWS, replace=False))
    return {"true": y[kept].tolist(), "predicted": predicted[kept].tolist(), "rows": len(y)}
