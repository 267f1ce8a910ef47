"""What a model has to beat: always the same answer, and a straight line.

"majority" answers every row alike (the commonest class and the shares of the training rows; the
mean of a regression; but of a series the latest value); "linear" is scikit-learn's logistic or
ridge regression on the same encoded columns as the network's. How far a model is ahead is resampled
in pairs: both are scored on the same drawn rows, so that what both find hard does not blur the
difference.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lamina.base.errors import missing_extra
from lamina.tables.bootstrap import repeats_for, resampled_means
from lamina.tables.figures import Figure, figure
from lamina.tables.rates import mean_defined, rates_of
from lamina.tables.schema import Target
from lamina.tables.scoring import HEADLINE, checked, decide, scores
from lamina.tables.series import changed

MOST_ROWS = 100_000
"""Training rows that the linear model reads; more would not move a straight line."""


def baselines(
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
    target: Target,
    seed: int = 0,
    *,
    predicted: np.ndarray | None = None,
    threshold: float = 0.5,
    naive: np.ndarray | None = None,
    repeats: int = 1000,
) -> dict[str, Any]:
    """Scores of both baselines on the test rows.

    Args:
        x_train: (rows, columns) encoded training rows, finite, of mean 0 and deviation 1 or so.
        y_train: their truth, as in `scoring.scores`.
        x_test: (rows, columns) encoded test rows.
        y_test: their truth.
        target: what is predicted.
        seed: of the linear model and the resampling.
        predicted: the model's own predictions of the test rows, as in `scoring.scores`; None
            leaves "ahead" out.
        threshold: of the model.
        naive: of a series, the latest value before each test row; `y_train` are changes then, of
            logarithms if the target is one.
        repeats: resamples.
    Returns:
        {"majority": baseline, "linear": baseline}, each {"name": "majority", "mean",
        "latest value", "logistic regression" or "ridge regression", "answer": the class or mean
        that "majority" always gives, else "", "figures": name -> Figure, "ahead": Figure}: how much
        better the model's headline figure is (above zero is better, also of errors). A linear model
        that cannot be fitted has "figures" {} and a "note"; one that stopped early its figures and
        a "note".
    Raises:
        ArgumentError: as `scoring.scores` does.
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise missing_extra("scikit-learn", "tables", "the linear baseline") from None

    y_train = np.asarray(y_train)
    linear = _linear(x_train, y_train, x_test, target, seed)
    if naive is None:
        same = majority_predictions(y_train, target)
        majority = {
            "name": "mean" if target.task == "regression" else "majority",
            "answer": _answer(y_train, target),
            "predicted": np.broadcast_to(same, (len(y_test), *same.shape)),
        }
    else:
        majority = {"name": "latest value", "answer": "", "predicted": naive}
        if linear["predicted"] is not None:
            linear["predicted"] = changed(naive, linear["predicted"], target.log)
    found = {"majority": majority, "linear": linear}
    for baseline in found.values():
        theirs = baseline.pop("predicted")
        baseline["figures"] = {}
        if theirs is not None:
            scored = scores(y_test, theirs, target, seed=seed, repeats=repeats)
            baseline["figures"] = scored["figures"]
            if predicted is not None:
                baseline["ahead"] = ahead(
                    y_test, predicted, theirs, target, threshold, seed=seed, repeats=repeats
                )
    return found


def majority_predictions(y_train: np.ndarray, target: Target) -> np.ndarray:
    """What the majority baseline predicts of every row.

    Args:
        y_train: (rows,) or (rows, labels) truth of the training rows.
        target: what is predicted.
    Returns:
        One row of predictions: (), (classes,) or (labels,); the mean of a regression, else the
        share of each class.
    """
    if target.task == "multiclass":
        return np.bincount(y_train, minlength=len(target.classes)) / len(y_train)
    return np.asarray(y_train.mean(axis=0))


def _answer(y_train: np.ndarray, target: Target) -> str:
    if target.task == "regression":
        return f"{y_train.mean():.4g}"
    if target.task == "multilabel":
        return ""
    return target.classes[np.bincount(y_train, minlength=len(target.classes)).argmax()]


def ahead(
    y: np.ndarray,
    model: np.ndarray,
    other: np.ndarray,
    target: Target,
    threshold: float = 0.5,
    *,
    seed: int = 0,
    repeats: int = 1000,
) -> Figure:
    """By how much a model's headline figure is better than another's, on the same rows.

    Args:
        y: the truth, as in `scoring.scores`.
        model: predictions of the model.
        other: predictions of the other; its threshold is 0.5.
        target: what is predicted.
        threshold: of the model.
        seed: of the resampling.
        repeats: resamples.
    Returns:
        The difference of accuracies, of mean F1 over labels, or of root mean squared errors
        (other - model): above zero, the model is better.
    Example:
        >>> target = Target(("y",), "binary", "", ("no", "yes"))
        >>> ahead(np.array([0, 1] * 20), np.array([0.1, 0.9] * 20), np.zeros(40), target)["value"]
        0.5
    """
    truth, first = checked(y, model, target)
    _, second = checked(y, other, target)
    if not len(truth):
        return figure(np.nan)
    columns = np.concatenate(
        [
            _terms(truth, decide(p, target, t), target)
            for p, t in ((first, threshold), (second, 0.5))
        ],
        axis=1,
    ).astype(np.float64)
    done = repeats_for(len(columns), repeats, columns.shape[1])
    drawn = resampled_means(columns, done, seed)
    whole = columns.mean(axis=0, keepdims=True)

    def difference(means: np.ndarray) -> np.ndarray:
        one, two = (_headline(part, target) for part in np.split(means, 2, axis=1))
        return two - one if HEADLINE[target.task] == "rmse" else one - two

    return figure(float(difference(whole)[0]), difference(drawn))


def _terms(y: np.ndarray, answers: np.ndarray, target: Target) -> np.ndarray:
    """What the headline figure needs of each row, (rows, terms)."""
    if target.task == "regression":
        return ((y - answers) ** 2)[:, None]
    if target.task == "multilabel":
        return np.concatenate([y * answers, answers, y], axis=1)
    return (y == answers)[:, None]


def _headline(means: np.ndarray, target: Target) -> np.ndarray:
    if target.task == "regression":
        return np.sqrt(means[:, 0])
    if target.task == "multilabel":
        return mean_defined(rates_of(*np.split(means, 3, axis=1))["f1"])
    return means[:, 0]


def _linear(
    x_train: Any, y_train: np.ndarray, x_test: Any, target: Target, seed: int
) -> dict[str, Any]:
    from sklearn.exceptions import ConvergenceWarning

    name = "ridge regression" if target.task == "regression" else "logistic regression"
    baseline: dict[str, Any] = {"name": name, "answer": "", "predicted": None}
    if len(y_train) > MOST_ROWS:
        kept = np.random.default_rng(seed).choice(len(y_train), MOST_ROWS, replace=False)
        x_train, y_train = x_train[kept], y_train[kept]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        try:
            baseline["predicted"] = _fitted_linear(x_train, y_train, x_test, target, seed)
        except ValueError as error:  # such as training rows of one class
            baseline["note"] = f"not fitted: {error}"
    if any(issubclass(w.category, ConvergenceWarning) for w in caught):
        baseline["note"] = "stopped before it converged"
    return baseline


def _fitted_linear(
    x_train: Any, y_train: np.ndarray, x_test: Any, target: Target, seed: int
) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression, Ridge

    def logistic(y: np.ndarray, classes: int) -> np.ndarray:
        """Probabilities of all classes; those that training rows lack have none."""
        seen = np.unique(y)
        p = np.zeros((x_test.shape[0], classes))
        if len(seen) == 1:
            p[:, seen] = 1.0
        else:
            model = LogisticRegression(max_iter=500, random_state=seed)
            p[:, seen] = model.fit(x_train, y).predict_proba(x_test)
        return p

    if target.task == "regression":
        return Ridge().fit(x_train, y_train).predict(x_test)
    if target.task == "multilabel":
        return np.stack([logistic(column, 2)[:, 1] for column in y_train.T], axis=1)
    p = logistic(y_train, len(target.classes))
    return p[:, 1] if target.task == "binary" else p
