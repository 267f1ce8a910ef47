"""F-scores: precision and recall in one number, for each class or joined."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import config
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.metrics.metric import Metric
from lamina.runtime.variable import Variable

_AVERAGES = (None, "micro", "macro", "weighted")
_COUNTS = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


class FBetaScore(Metric):
    """The weighted harmonic mean of precision and recall.

    score = (1 + beta²) * precision * recall / (beta² * precision + recall)

    Args:
        average: None gives one score for each class; "micro" counts all classes together, "macro"
            takes the mean of the classes, "weighted" weighs them by their number of targets.
        beta: how much more recall counts than precision.
        threshold: predictions above it mean "yes"; None: the greatest prediction of each row.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: an argument is of the wrong type or out of range.
        ShapeError: targets or predictions are not (batch, classes).
    Numerics: epsilon() is added to divisors; a class that never occurs scores 0.
    Example:
        >>> score = FBetaScore(beta=2.0)
        >>> score([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]]).round(2).tolist()
        [0.0, 0.8299999833106995]
    """

    true_positives: Variable
    false_positives: Variable
    false_negatives: Variable
    intermediate_weights: Variable

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if average not in _AVERAGES:
            raise _invalid(
                "average", average, "Expected one of: {None, 'micro', 'macro', 'weighted'}"
            )
        if not isinstance(beta, float):
            raise _invalid("beta", beta, "It should be a Python float")
        if beta <= 0.0:
            raise _invalid("beta", beta, "It should be > 0")
        if threshold is not None and not isinstance(threshold, float):
            raise _invalid("threshold", threshold, "It should be a Python float")
        if threshold is not None and not 0.0 < threshold <= 1.0:
            raise _invalid("threshold", threshold, "It should verify 0 < threshold <= 1")
        self._direction = "up"
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.axis = None if average == "micro" else 0
        self._built = False

    def _build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ShapeError(
                message(
                    "FBetaScore expects 2D inputs with shape (batch_size, output_dim).",
                    received=f"y_pred.shape={tuple(y_pred_shape)} and "
                    f"y_true.shape={tuple(y_true_shape)}",
                )
            )
        if y_pred_shape[-1] is None or y_true_shape[-1] is None:
            raise ShapeError(
                message(
                    "FBetaScore expects 2D inputs with shape (batch_size, output_dim), with "
                    "output_dim fully defined (not None).",
                    received=f"y_pred.shape={tuple(y_pred_shape)} and "
                    f"y_true.shape={tuple(y_true_shape)}",
                )
            )
        shape = () if self.average == "micro" else (y_pred_shape[-1],)
        for name in _COUNTS:
            setattr(self, name, self.add_variable(shape, "zeros", dtype=self.dtype, name=name))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: targets 0 or 1, (batch, classes).
            y_pred: predictions between 0 and 1, (batch, classes).
            sample_weight: None, or tensor (batch,).
        """
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        if self.threshold is None:
            greatest = ops.max(y_pred, axis=-1, keepdims=True)
            nonzero = ops.greater(ops.abs(y_pred), 1e-9)  # a row of zeros says nothing
            decided = ops.logical_and(ops.greater_equal(y_pred, greatest), nonzero)
        else:
            decided = ops.greater(y_pred, self.threshold)
        decided = ops.cast(decided, self.dtype)
        if sample_weight is not None:
            sample_weight = ops.expand_dims(ops.convert_to_tensor(sample_weight, self.dtype), 1)
        changes = (
            ops.multiply(decided, y_true),
            ops.multiply(decided, ops.subtract(1, y_true)),
            ops.multiply(ops.subtract(1, decided), y_true),
            y_true,
        )
        for name, change in zip(_COUNTS, changes, strict=True):
            if sample_weight is not None:
                change = ops.multiply(change, sample_weight)
            getattr(self, name).assign_add(ops.sum(change, axis=self.axis))

    def result(self) -> Any:
        """The score so far: a scalar, or (classes,) without an average."""
        right = self.true_positives
        precision = _ratio(right, ops.add(right, self.false_positives))
        recall = _ratio(right, ops.add(right, self.false_negatives))
        square = self.beta**2
        mean = _ratio(
            ops.multiply(precision, recall), ops.add(ops.multiply(square, precision), recall)
        )
        score = ops.multiply(mean, 1 + square)
        if self.average == "weighted":
            weights = _ratio(self.intermediate_weights, ops.sum(self.intermediate_weights))
            return ops.sum(ops.multiply(score, weights))
        return score if self.average is None else ops.mean(score)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall: 2 * precision * recall / (precision + recall).

    Args:
        average: None gives one score for each class; "micro" counts all classes together, "macro"
            takes the mean of the classes, "weighted" weighs them by their number of targets.
        threshold: predictions above it mean "yes"; None: the greatest prediction of each row.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: an argument is of the wrong type or out of range.
        ShapeError: targets or predictions are not (batch, classes).
    Numerics: epsilon() is added to divisors; a class that never occurs scores 0.
    Example:
        >>> F1Score()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]]).round(2).tolist()
        [0.0, 0.6700000166893005]
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        config = super().get_config()
        del config["beta"]
        return config


def _ratio(part: Any, whole: Any) -> Any:
    return ops.divide(part, ops.add(whole, config.epsilon()))


def _invalid(argument: str, value: Any, required: str) -> ArgumentError:
    return ArgumentError(
        f"Invalid `{argument}` argument value. {required}. "
        f"Received: {argument}={value} of type '{type(value)}'"
    )
