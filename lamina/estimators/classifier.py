"""`LaminaClassifier`: classes in, probabilities out, as scikit-learn expects of a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.estimators.base import NetworkEstimator
from lamina.estimators.network import gives_logits, takes_class_numbers
from lamina.estimators.rows import Rows, read_rows, read_weights, weighted
from lamina.models import Model

_TOLERANCE = 1e-3  # by which the outputs of a builder's softmax may miss 1


class LaminaClassifier(ClassifierMixin, NetworkEstimator):
    """A neural network that tells classes apart, with the interface of scikit-learn.

    Scale X first: `make_pipeline(StandardScaler(), LaminaClassifier())`.

    Args:
        hidden_layer_sizes: units of each hidden layer. Default (100,); () for none.
        activation: of the hidden layers, a name or a function.
        dropout: share of each hidden layer's units that a training step leaves out, in [0, 1).
        optimizer: a name, or an Optimizer, which brings its own rate and is not changed itself.
        learning_rate: number > 0 or LearningRateSchedule, for an optimizer given by name.
        l2: number >= 0; l2 times the sum of the squared kernel weights is added to the loss.
        batch_size: rows in a step; None or "all" for all rows at once.
        epochs: passes over the rows.
        early_stopping: whether to set rows aside, and to end once their loss gets no better; the
            weights of the best epoch are kept. `partial_fit` does not look at it.
        validation_fraction: the share of rows set aside.
        patience: epochs without a better loss that are borne.
        class_weight: None, "balanced" (inversely to how often a class occurs), or a dict of class
            -> weight; it multiplies `sample_weight`.
        dtype: "float32" or "float64".
        random_state: int, RandomState or None, for weights, dropout, split and order of rows.
        warm_start: whether `fit` goes on with the network that there is, for `epochs` more.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch.
        build: function (meta, **keywords) that returns the model to train, see `BuildMeta`; its
            keywords are parameters `build__x`. Of the parameters above, `hidden_layer_sizes`,
            `activation`, `dropout` and `l2` then have no say, nor `optimizer` and `learning_rate`
            if it compiles the model.
    Attributes:
        classes_: the classes, sorted.
        model_: the `lamina.Model`; its outputs are probabilities in the order of `classes_`.
        loss_curve_: the loss of each epoch.
        validation_scores_: the accuracy on the rows set aside after each epoch, or None.
        n_iter_: epochs trained.
        n_features_in_, feature_names_in_: of the X that it was fitted on.
    Raises:
        ValueError: in `fit`: a parameter or the data cannot be used.
    Numerics: with `dtype="float64"` and all rows at once, a weight of 2 gives the network that
        repeating the row gives.
    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> classifier = LaminaClassifier((16,), learning_rate=0.02, epochs=60, random_state=0)
        >>> bool(classifier.fit(X, y).score(X, y) > 0.9)
        True
        >>> classifier.predict_proba(X[:2]).shape
        (2, 3)
    """

    classes_: np.ndarray

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: Any = "relu",
        dropout: float = 0.0,
        optimizer: Any = "adam",
        learning_rate: Any = 0.001,
        l2: float = 0.0,
        batch_size: int | str | None = 32,
        epochs: int = 100,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        class_weight: Any = None,
        dtype: str = "float32",
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        build: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.l2 = l2
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.class_weight = class_weight
        self.dtype = dtype
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.build = build

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LaminaClassifier:
        """Train a new network, or with `warm_start` the one there is.

        Args:
            X: numbers (rows, features): array or data frame.
            y: classes (rows,): numbers or text.
            sample_weight: numbers >= 0 (rows,); rows of weight 0 count as absent.
        Returns:
            The estimator itself.
        Raises:
            ValueError: data or parameters cannot be used, or the loss became NaN.
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> LaminaClassifier:
        """Train for one pass over these rows, on top of what was learned before.

        Args:
            X: numbers (rows, features).
            y: classes (rows,), not necessarily all of them.
            classes: all classes there are; needed at the first call.
            sample_weight: numbers >= 0 (rows,).
        Returns:
            The estimator itself.
        Raises:
            ValueError: `classes` is missing at the first call or differs later, or data or
                parameters cannot be used.
        """
        known = self.classes_ if hasattr(self, "model_") else None
        if isinstance(self.class_weight, str):
            raise ArgumentError(
                message(
                    f"class_weight={self.class_weight!r} cannot be used with partial_fit, which "
                    "does not see all rows.",
                    fix="compute_class_weight('balanced', classes=classes, y=y) on all rows, and "
                    "pass class_weight=dict(zip(classes, weights))",
                )
            )
        return self._partial_fit(X, y, sample_weight, classes=_all_classes(classes, known))

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row.

        Args:
            X: numbers (rows, features).
        Returns:
            Classes (rows,), of the dtype of `classes_`.
        """
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class.

        Args:
            X: numbers (rows, features).
        Returns:
            float64 (rows, classes); each row sums to one.
        Raises:
            ValueError: the outputs of a builder's model are no probabilities.
        """
        outputs = self._outputs(X)
        if gives_logits(self.model_):
            outputs = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        elif (outputs < 0).any() or (abs(outputs.sum(axis=1) - 1) > _TOLERANCE).any():
            raise ArgumentError(
                message(
                    "The outputs of the builder's model are no probabilities.",
                    received=f"a row of {outputs[0][:4].round(3).tolist()}",
                    fix="end it with a softmax, or compile it with a loss that has "
                    "from_logits=True",
                )
            )
        return outputs / outputs.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """The logarithm of `predict_proba`.

        Args:
            X: numbers (rows, features).
        Returns:
            float64 (rows, classes); -inf where a probability is zero.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    # --- what the base asks for ---

    def _read(self, X: Any, y: Any, sample_weight: Any, reset: bool, classes: Any = None) -> Rows:
        X, y = read_rows(self, reset, self.dtype, X=X, y=y)
        check_classification_targets(y)
        is_part = classes is not None  # and need not show all classes
        if not is_part:
            classes = np.unique(y) if reset else self.classes_
        numbers = _class_numbers(y, classes)
        weight = self._weights(numbers, classes, read_weights(sample_weight, X))
        rows = weighted(X, numbers, weight)
        if not is_part and (rows.y == rows.y[0]).all():
            raise _one_class(classes[rows.y[0]], len(rows) < len(y))
        self.classes_ = classes
        return rows

    def _weights(
        self, numbers: np.ndarray, classes: np.ndarray, weight: np.ndarray | None
    ) -> np.ndarray | None:
        """Sample weights times class weights."""
        if self.class_weight is None:
            return weight
        if isinstance(self.class_weight, dict):
            factors = compute_class_weight(self.class_weight, classes=classes, y=classes[numbers])
        else:
            totals = np.bincount(numbers, weights=weight, minlength=len(classes))
            counted = totals > 0
            factors = totals.sum() / (counted.sum() * np.where(counted, totals, np.inf))
        found = factors[numbers]
        return found if weight is None else found * weight

    def _meta(self) -> dict[str, Any]:
        classes = tuple(self.classes_.tolist())
        return {"task": "classification", "n_outputs": len(classes), "classes": classes}

    def _score_outputs(self, outputs: np.ndarray, part: Rows) -> float:
        return float(accuracy_score(part.y, outputs.argmax(axis=1), sample_weight=part.weight))

    def _targets(self, model: Model, y: np.ndarray) -> np.ndarray:
        if takes_class_numbers(model):
            return y
        return ops.one_hot(y, len(self.classes_), dtype=self.dtype)


def _all_classes(given: Any, known: np.ndarray | None) -> np.ndarray:
    """The classes of `partial_fit`: those of its first call."""
    if given is None:
        if known is None:
            raise ArgumentError("classes must be passed on the first call to partial_fit.")
        return known
    classes = np.unique(given)
    if known is not None and not np.array_equal(classes, known):
        raise ArgumentError(
            message(
                "`classes` is not the same as on the last call to partial_fit.",
                received=f"{classes!r:.80}",
                required=f"{known!r:.80}",
            )
        )
    return classes


def _class_numbers(y: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The place of each row's class among the classes."""
    numbers = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
    unknown = classes[numbers] != y
    if unknown.any():
        raise ArgumentError(
            message(
                "`y` holds a class that is not among the classes of the first fit.",
                received=f"{y[unknown][0]!r:.60} in {int(unknown.sum())} rows",
                required=f"{classes.tolist()!r:.80}",
            )
        )
    return numbers


def _one_class(label: Any, by_weight: bool) -> ArgumentError:
    return ArgumentError(
        message(
            "A classifier needs rows of at least two classes; there is only one class here.",
            received=f"{label!r:.60} alone"
            + (", as the other rows have weight 0" if by_weight else ""),
        )
    )
