"""Scores of predictions, each with an interval from resampling the rows.

Which figures a task has is decided here; what a figure looks like is said in figures.py, how rows
are resampled in bootstrap.py. One formula gives a figure of all rows and of every resample, so the
two cannot disagree. A figure that does not exist says why and is never zero: recall without
positives, the ROC area of rows of one class, R2 of equal values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.tables import figures
from lamina.tables.bootstrap import repeats_for, resampled_means, resampled_tables, resamples
from lamina.tables.figures import Figure, figure, share
from lamina.tables.ranking import PLACES, Ranking
from lamina.tables.schema import Target

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
        return _value_scores(y, predicted, seed, repeats)
    if target.task == "multilabel":
        return _label_scores(y, predicted, target, threshold, seed, repeats)
    return _class_scores(y, predicted, target, threshold, seed, repeats)


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


# --- classes ---


def _class_scores(
    y: np.ndarray, p: np.ndarray, target: Target, threshold: float, seed: int, repeats: int
) -> dict[str, Any]:
    count, rows = len(target.classes), len(y)
    answers = decide(p, target, threshold)
    matrix = np.bincount(y * count + answers, minlength=count**2).reshape(count, count)
    drawn = resampled_tables(matrix, repeats_for(count**2, repeats), seed)
    found = {"accuracy": share(int(np.trace(matrix)), rows, _accuracy(drawn))}
    found["balanced_accuracy"] = figure(_balanced(matrix), _balanced(drawn))
    if count == 2:
        for name, whole, samples in zip(
            ("precision", "recall", "f1"), _rates(matrix), _rates(drawn), strict=True
        ):
            found[name] = figure(whole[1], samples[..., 1], _why(matrix)[name][1])
        probabilities = np.stack([1 - p, p], axis=1)
        positive = {1: p}
    else:
        found["f1"] = figure(_mean_defined(_rates(matrix)[2]), _mean_defined(_rates(drawn)[2]))
        probabilities, positive = p, {k: p[:, k] for k in range(count)}
    truth = np.eye(count)[y]
    losses = _losses(truth, probabilities, count)
    questions = {k: (y == k, score) for k, score in positive.items()}
    ranked, done = _ranked(questions, losses, rows, target, seed, repeats)
    return {
        "rows": rows,
        "repeats": done,
        "figures": found | ranked,
        "per_class": _per_class(matrix, target),
        "confusion": {"classes": list(target.classes), "matrix": matrix.tolist()},
    }


def _accuracy(matrix: np.ndarray) -> np.ndarray:
    return _ratio(np.trace(matrix, axis1=-2, axis2=-1), matrix.sum(axis=(-2, -1)))


def _balanced(matrix: np.ndarray) -> Any:
    return _mean_defined(_rates(matrix)[1])


def _rates(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 of every class, (..., classes), NaN where they do not exist."""
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    support, chosen = matrix.sum(axis=-1), matrix.sum(axis=-2)
    return _ratio(right, chosen), _ratio(right, support), _ratio(2 * right, support + chosen)


def _why(matrix: np.ndarray) -> dict[str, list[str]]:
    """Why each class's rates would not exist."""
    support, chosen = matrix.sum(axis=1), matrix.sum(axis=0)
    without = [
        figures.NO_BOTH if not (s or c) else figures.NO_POSITIVES
        for s, c in zip(support, chosen, strict=True)
    ]
    return {
        "precision": [figures.NO_PREDICTED] * len(support),
        "recall": [figures.NO_POSITIVES] * len(support),
        "f1": without,
    }


def _per_class(matrix: np.ndarray, target: Target) -> list[dict[str, Any]]:
    rates, why = dict(zip(("precision", "recall", "f1"), _rates(matrix), strict=True)), _why(matrix)
    return [
        {
            "class": name,
            **{rate: figure(rates[rate][k], why=why[rate][k]) for rate in rates},
            "support": int(matrix[k].sum()),
            "predicted": int(matrix[:, k].sum()),
        }
        for k, name in enumerate(target.classes)
    ]


# --- labels ---


def _label_scores(
    y: np.ndarray, p: np.ndarray, target: Target, threshold: float, seed: int, repeats: int
) -> dict[str, Any]:
    rows, count = y.shape
    right = decide(p, target, threshold) == y
    answers = decide(p, target, threshold)
    matrices = np.stack(
        [np.bincount(y[:, k] * 2 + answers[:, k], minlength=4).reshape(2, 2) for k in range(count)]
    )
    done = repeats_for(rows, repeats, 2 * count)
    # Columns of row means: right answers, then per label hits, predicted and true positives.
    columns = [right.all(axis=1), right.mean(axis=1), *(y * answers).T, *answers.T, *y.T]
    drawn = resampled_means(np.stack(columns, axis=1).astype(np.float64), done, seed)
    hits, chosen, positives = np.split(drawn[:, 2:], 3, axis=1)
    exact = int(right.all(axis=1).sum())
    found = {
        "accuracy": share(exact, rows, drawn[:, 0]),
        "label_accuracy": share(int(right.sum()), right.size, drawn[:, 1]),
        "f1": figure(
            _mean_defined(_rates(matrices)[2][:, 1]),
            _mean_defined(_ratio(2 * hits, chosen + positives)),
            figures.NO_BOTH,
        ),
    }
    clipped = np.clip(p, _TINY, 1 - _TINY)
    entropy = -np.log(np.where(y == 1, clipped, 1 - clipped)).mean(axis=1)
    losses = np.stack([entropy, ((p - y) ** 2).mean(axis=1)], axis=1)
    questions = {k: (y[:, k] == 1, p[:, k]) for k in range(count)}
    ranked, done = _ranked(questions, losses, rows, target, seed, repeats)
    per_class = [
        _per_class(m, Target((n,), "binary", "", ("", n)))[1]
        for m, n in zip(matrices, target.classes, strict=True)
    ]
    return {
        "rows": rows,
        "repeats": done,
        "figures": found | ranked,
        "per_class": per_class,
        "confusion": None,
    }


# --- what classes and labels share ---

_TINY = float(np.finfo(np.float64).eps)


def _losses(truth: np.ndarray, p: np.ndarray, count: int) -> np.ndarray:
    """Cross-entropy and Brier score of every row, (rows, 2); two classes count once."""
    entropy = -np.log(np.clip((truth * p).sum(axis=1), _TINY, 1 - _TINY))
    brier = ((truth - p) ** 2).sum(axis=1) / (2 if count == 2 else 1)
    return np.stack([entropy, brier], axis=1)


def _ranked(
    questions: dict[int, tuple[np.ndarray, np.ndarray]],
    losses: np.ndarray,
    rows: int,
    target: Target,
    seed: int,
    repeats: int,
) -> tuple[dict[str, Figure], int]:
    """Ranking figures averaged over the questions that can be asked, and mean losses."""
    names = ("auc", "average_precision", "log_loss", "brier")
    done = repeats_for(rows, repeats, len(questions))
    if not rows:
        return {name: figure(np.nan) for name in names}, done
    asked = {k: q for k, q in questions.items() if 0 < q[0].sum() < rows}
    exact = [Ranking(*q) for q in asked.values()]
    quick = [Ranking(*q, places=PLACES) for q in asked.values()]

    def of(rankings: list[Ranking], counts: np.ndarray) -> np.ndarray:
        each = np.array([r.figures(counts) for r in rankings])  # (questions, 2, repeats)
        both = _mean_defined(each, axis=0) if asked else np.full((2, counts.shape[1]), np.nan)
        return np.concatenate([both, losses.T @ counts / rows])

    whole = of(exact, np.ones((rows, 1)))[:, 0]
    drawn = np.concatenate([of(quick, counts) for counts in resamples(rows, done, seed)], axis=1)
    no_negatives = all(q[0].all() for q in questions.values())
    why = figures.NO_NEGATIVES if no_negatives else figures.NO_POSITIVES
    found = {n: figure(w, d, why) for n, w, d in zip(names, whole, drawn, strict=True)}
    left_out = [target.classes[k] for k in questions if k not in asked]
    if asked and left_out:
        for name in names[:2]:
            found[name]["note"] = "without " + ", ".join(left_out)
    return found, done


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below == 0, np.nan, above / below)


def _mean_defined(values: np.ndarray, axis: int = -1) -> Any:
    """The mean of those that exist; NaN if none does."""
    defined = np.isfinite(values)
    return _ratio(np.where(defined, values, 0.0).sum(axis=axis), defined.sum(axis=axis))


# --- values ---


def _value_scores(y: np.ndarray, predicted: np.ndarray, seed: int, repeats: int) -> dict[str, Any]:
    rows, done = len(y), repeats_for(len(y), repeats)
    result: dict[str, Any] = {"rows": rows, "repeats": done, "per_class": [], "confusion": None}
    if not rows:
        return result | {"figures": {n: figure(np.nan) for n in ("rmse", "mae", "r2")}}
    error, centred = predicted - y, y - y.mean()
    columns = np.stack([error**2, np.abs(error), centred, centred**2], axis=1)
    drawn = resampled_means(columns, done, seed)
    result["figures"] = {
        name: figure(whole, samples, figures.CONSTANT)
        for name, whole, samples in zip(
            ("rmse", "mae", "r2"), _of_means(columns.mean(axis=0)), _of_means(drawn), strict=True
        )
    }
    return result


def _of_means(means: np.ndarray) -> tuple[Any, Any, Any]:
    squared, absolute, centre, spread = np.moveaxis(means, -1, 0)
    return np.sqrt(squared), absolute, 1 - _ratio(squared, spread - centre**2)
