"""Metrics of yes-or-no decisions at given thresholds: counts of outcomes, precision, recall."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.metrics.confusion import (
    NEVER,
    ConfusionMatrix,
    are_even,
    parse_thresholds,
    update_counts,
)
from lamina.metrics.metric import Metric
from lamina.runtime.variable import Variable


def _without_axis_of_one(values: Any) -> Any:
    """A scalar where there is only one threshold."""
    return ops.squeeze(values, 0) if values.shape[0] == 1 else values


class OutcomeCount(Metric):
    """The weighted number of one kind of outcome.

    Args:
        thresholds: number or list of numbers in [0, 1]: predictions above mean "yes"; default 0.5.
        name: the metric's name.
        dtype: see `Metric`.
    Returns:
        A scalar, or one number for each threshold of a list.
    Raises:
        ArgumentError: a threshold is outside of [0, 1].
    """

    outcome: ClassVar[ConfusionMatrix]

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = parse_thresholds(thresholds, 0.5)
        self._even = are_even(self.thresholds)
        self.accumulator = self.add_variable((len(self.thresholds),), "zeros", name="accumulator")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: targets 0 or 1, (batch, ...).
            y_pred: predictions between 0 and 1, same shape.
            sample_weight: None, or a tensor that broadcasts against them.
        """
        update_counts(
            {self.outcome: self.accumulator},
            y_true,
            y_pred,
            self.thresholds,
            even=self._even,
            sample_weight=sample_weight,
        )

    def result(self) -> Any:
        """The number so far."""
        return _without_axis_of_one(ops.convert_to_tensor(self.accumulator))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class FalsePositives(OutcomeCount):
    """The number of wrong "yes" decisions.

    Args:
        thresholds: number or list of numbers in [0, 1]: predictions above mean "yes"; default 0.5.
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(FalsePositives()([0, 1], [0.9, 0.9]))
        1.0
    """

    outcome = ConfusionMatrix.FALSE_POSITIVES


class FalseNegatives(OutcomeCount):
    """The number of wrong "no" decisions.

    Args:
        thresholds: number or list of numbers in [0, 1]: predictions above mean "yes"; default 0.5.
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(FalseNegatives()([1, 1], [0.1, 0.9]))
        1.0
    """

    outcome = ConfusionMatrix.FALSE_NEGATIVES


class TrueNegatives(OutcomeCount):
    """The number of right "no" decisions.

    Args:
        thresholds: number or list of numbers in [0, 1]: predictions above mean "yes"; default 0.5.
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(TrueNegatives()([0, 1], [0.1, 0.1]))
        1.0
    """

    outcome = ConfusionMatrix.TRUE_NEGATIVES


class TruePositives(OutcomeCount):
    """The number of right "yes" decisions.

    Args:
        thresholds: number or list of numbers in [0, 1]: predictions above mean "yes"; default 0.5.
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(TruePositives()([1, 1], [0.9, 0.1]))
        1.0
    """

    outcome = ConfusionMatrix.TRUE_POSITIVES


class OutcomeShare(Metric):
    """The share of true positives among true positives and one kind of error.

    Args:
        thresholds: number or list of numbers in [0, 1]: predictions above mean "yes"; default 0.5,
            or with `top_k` none.
        top_k: only the k greatest predictions along the last axis can be a "yes".
        class_id: only this index of the last axis counts.
        name: the metric's name.
        dtype: see `Metric`.
    """

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._direction = "up"
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = parse_thresholds(thresholds, 0.5 if top_k is None else NEVER)
        self._even = are_even(self.thresholds)
        self.true_positives = self._count("true_positives")

    def _count(self, name: str) -> Variable:
        return self.add_variable((len(self.thresholds),), "zeros", name=name)

    def _errors(self) -> tuple[ConfusionMatrix, Variable]:
        """The kind of error that counts, and its number so far."""
        raise NotImplementedError

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: targets 0 or 1, (batch, ...).
            y_pred: predictions between 0 and 1, same shape.
            sample_weight: None, or a tensor that broadcasts against them.
        """
        update_counts(
            {ConfusionMatrix.TRUE_POSITIVES: self.true_positives, **dict([self._errors()])},
            y_true,
            y_pred,
            self.thresholds,
            even=self._even,
            top_k=self.top_k,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )

    def result(self) -> Any:
        """The share so far; 0 where nothing was counted."""
        _, errors = self._errors()
        return _without_axis_of_one(
            ops.divide_no_nan(self.true_positives, ops.add(self.true_positives, errors))
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(OutcomeShare):
    """The share of "yes" decisions that are right.

    Args:
        thresholds: number or list of numbers in [0, 1]: predictions above mean "yes"; default 0.5,
            or with `top_k` none.
        top_k: only the k greatest predictions along the last axis can be a "yes".
        class_id: only this index of the last axis counts.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: a threshold is outside of [0, 1].
    Numerics: without a "yes" it is 0.
    Example:
        >>> float(Precision()([0, 1, 1], [0.9, 0.9, 0.1]))
        0.5
    """

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(thresholds, top_k, class_id, name, dtype)
        self.false_positives = self._count("false_positives")

    def _errors(self) -> tuple[ConfusionMatrix, Variable]:
        return ConfusionMatrix.FALSE_POSITIVES, self.false_positives


class Recall(OutcomeShare):
    """The share of targets "yes" that are found.

    Args:
        thresholds: number or list of numbers in [0, 1]: predictions above mean "yes"; default 0.5,
            or with `top_k` none.
        top_k: only the k greatest predictions along the last axis can be a "yes".
        class_id: only this index of the last axis counts.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: a threshold is outside of [0, 1].
    Numerics: without a target "yes" it is 0.
    Example:
        >>> float(Recall()([0, 1, 1], [0.9, 0.9, 0.1]))
        0.5
    """

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(thresholds, top_k, class_id, name, dtype)
        self.false_negatives = self._count("false_negatives")

    def _errors(self) -> tuple[ConfusionMatrix, Variable]:
        return ConfusionMatrix.FALSE_NEGATIVES, self.false_negatives
