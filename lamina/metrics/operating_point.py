"""The best of one rate at the thresholds where another rate reaches a given value."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.base.loading import check_size
from lamina.metrics.confusion import ConfusionMatrix, update_counts
from lamina.metrics.metric import Metric
from lamina.runtime.variable import Variable


class OperatingPoint(Metric):
    """Base of metrics that look for the best threshold under a condition.

    Args:
        value: what the rate under the condition must reach.
        num_thresholds: how many thresholds are tried, at even distances.
        class_id: only this index of the last axis counts.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: `value` is outside of [0, 1], or there are no thresholds.
    """

    condition: ClassVar[str]  # the name of the rate under the condition, also of the argument
    true_positives: Variable
    false_positives: Variable
    true_negatives: Variable
    false_negatives: Variable

    def __init__(
        self,
        value: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if not 0 <= value <= 1:
            raise ArgumentError(
                message(
                    f"Argument `{self.condition}` must be in the range [0, 1]. "
                    f"Received: {self.condition}={value}"
                )
            )
        if num_thresholds <= 0:
            raise ArgumentError(
                message(
                    "Argument `num_thresholds` must be an integer > 0. "
                    f"Received: num_thresholds={num_thresholds}"
                )
            )
        check_size(num_thresholds, "a list of thresholds")
        self._direction = "up"
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self._even = num_thresholds > 1
        last = num_thresholds - 1
        self.thresholds = [i / last for i in range(num_thresholds)] if self._even else [0.5]
        for outcome in ConfusionMatrix:
            count = outcome.name.lower()
            setattr(self, count, self.add_variable((num_thresholds,), "zeros", name=count))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: targets 0 or 1, (batch, ...).
            y_pred: predictions between 0 and 1, same shape.
            sample_weight: None, or a tensor that broadcasts against them.
        """
        update_counts(
            {outcome: getattr(self, outcome.name.lower()) for outcome in ConfusionMatrix},
            y_true,
            y_pred,
            self.thresholds,
            even=self._even,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )

    def _rate(self, right: str, wrong: str) -> Any:
        right, wrong = getattr(self, right), getattr(self, wrong)
        return ops.divide_no_nan(right, ops.add(right, wrong))

    def _recall(self) -> Any:
        return self._rate("true_positives", "false_negatives")

    def _precision(self) -> Any:
        return self._rate("true_positives", "false_positives")

    def _specificity(self) -> Any:
        return self._rate("true_negatives", "false_positives")

    def _best(self, wanted: Any, condition: Any) -> Any:
        """The greatest wanted rate where the condition's rate reaches the value; 0 if nowhere."""
        feasible = ops.greater_equal(condition, self.value)
        return ops.max(ops.where(feasible, wanted, 0.0), initial=0)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "num_thresholds": self.num_thresholds,
            self.condition: self.value,
        }


class SensitivityAtSpecificity(OperatingPoint):
    """The best sensitivity (recall) at thresholds where the specificity reaches a value.

    Args:
        specificity: the value, in [0, 1].
        num_thresholds: how many thresholds are tried, at even distances.
        class_id: only this index of the last axis counts.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: an argument is out of range.
    Example:
        >>> float(SensitivityAtSpecificity(0.5)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        1.0
    """

    condition = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity

    def result(self) -> Any:
        """The best sensitivity so far."""
        return self._best(self._recall(), self._specificity())


class SpecificityAtSensitivity(OperatingPoint):
    """The best specificity at thresholds where the sensitivity (recall) reaches a value.

    Args:
        sensitivity: the value, in [0, 1].
        num_thresholds: how many thresholds are tried, at even distances.
        class_id: only this index of the last axis counts.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: an argument is out of range.
    Example:
        >>> float(SpecificityAtSensitivity(0.5)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        1.0
    """

    condition = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity

    def result(self) -> Any:
        """The best specificity so far."""
        return self._best(self._specificity(), self._recall())


class PrecisionAtRecall(OperatingPoint):
    """The best precision at thresholds where the recall reaches a value.

    Args:
        recall: the value, in [0, 1].
        num_thresholds: how many thresholds are tried, at even distances.
        class_id: only this index of the last axis counts.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: an argument is out of range.
    Example:
        >>> float(PrecisionAtRecall(0.5)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        1.0
    """

    condition = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall

    def result(self) -> Any:
        """The best precision so far."""
        return self._best(self._precision(), self._recall())


class RecallAtPrecision(OperatingPoint):
    """The best recall at thresholds where the precision reaches a value.

    Args:
        precision: the value, in [0, 1].
        num_thresholds: how many thresholds are tried, at even distances.
        class_id: only this index of the last axis counts.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: an argument is out of range.
    Example:
        >>> float(RecallAtPrecision(0.8)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        0.5
    """

    condition = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision

    def result(self) -> Any:
        """The best recall so far."""
        return self._best(self._recall(), self._precision())
