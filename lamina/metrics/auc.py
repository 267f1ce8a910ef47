"""`AUC`: the area under a curve of two rates over all thresholds, as a sum over a grid of them."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np

from lamina import ops
from lamina.base import config
from lamina.base.errors import ArgumentError, ShapeError, message, near
from lamina.base.loading import check_size
from lamina.metrics.confusion import ConfusionMatrix, are_even, update_counts
from lamina.metrics.metric import Metric
from lamina.runtime.variable import Variable


class AUCCurve(Enum):
    """Which two rates: y over x."""

    ROC = "ROC"  # true positive rate over false positive rate
    PR = "PR"  # precision over recall
    PRGAIN = "PRGAIN"  # the same, as gains over always saying "yes"


class AUCSummationMethod(Enum):
    """The height of the area between two neighbouring thresholds."""

    INTERPOLATION = "interpolation"  # the mean of both sides
    MAJORING = "majoring"  # the greater
    MINORING = "minoring"  # the smaller


class AUC(Metric):
    """The area under a curve of two rates over all thresholds.

    Args:
        num_thresholds: how many thresholds the curve is computed at, at even distances.
        curve: "ROC" (true over false positive rate), "PR" (precision over recall) or "PRGAIN".
        summation_method: "interpolation", "majoring" or "minoring": the height between two
            thresholds. For "PR" interpolation follows the counts, not the rates.
        name: the metric's name.
        dtype: see `Metric`.
        thresholds: the thresholds between 0 and 1, in place of `num_thresholds`; 0 and 1 are added.
        multi_label: whether the second axis holds labels, each with a curve of its own; the result
            is the mean over them. Otherwise all predictions are counted together.
        num_labels: the number of labels, where the state must exist before the first batch.
        label_weights: weights of the labels in the mean (or of their predictions in the counts).
        from_logits: whether predictions come before the sigmoid.
    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: with `multi_label`, predictions are not (batch, labels).
    Numerics: a rate without anything to count is 0.
    Source: Davis, Goadrich (2006), ICML, for "PR"; Flach, Kull (2015), NIPS, for "PRGAIN".
    Example:
        >>> float(AUC(num_thresholds=3)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        0.75
    """

    true_positives: Variable
    false_positives: Variable
    true_negatives: Variable
    false_negatives: Variable

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str | AUCCurve = "ROC",
        summation_method: str | AUCSummationMethod = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._direction = "up"
        self.curve = _member(AUCCurve, curve, "curve")
        self.summation_method = _member(AUCSummationMethod, summation_method, "summation method")
        self._init_from_thresholds = thresholds is not None
        if thresholds is None and num_thresholds <= 1:
            raise ArgumentError(
                message(
                    "Argument `num_thresholds` must be an integer > 1. "
                    f"Received: num_thresholds={num_thresholds}"
                )
            )
        if thresholds is None:
            check_size(num_thresholds, "a list of thresholds")
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        else:
            inner = sorted(thresholds)
        self.num_thresholds = len(inner) + 2
        self._even = thresholds is None or are_even([0.0, *inner, 1.0])
        epsilon = config.epsilon()  # so that predictions of exactly 0 and 1 are counted
        self._thresholds = np.array([-epsilon, *inner, 1.0 + epsilon])
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = (
            None if label_weights is None else ops.array(label_weights, dtype=self.dtype)
        )
        self._from_logits = from_logits
        self._built = False
        if num_labels and not multi_label:
            raise ArgumentError(message("`num_labels` is needed only when `multi_label` is True."))
        if not multi_label or num_labels:
            self._build((None, num_labels) if multi_label else None)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, with those just below 0 and just above 1."""
        return list(self._thresholds)

    def _build(self, shape: Any) -> None:
        """Make the counts, for predictions of a shape (None unless multi-label)."""
        size: tuple[int, ...] = (self.num_thresholds,)
        if self.multi_label:
            if len(shape) != 2:
                raise ShapeError(
                    message(
                        f"`y_pred` must have rank 2 when `multi_label=True`. Found rank "
                        f"{len(shape)}.",
                        received=tuple(shape),
                        required="(batch, labels)",
                    )
                )
            self._num_labels = shape[1]
            size = (self.num_thresholds, shape[1])
        self._build_input_shape = shape
        for outcome in ("true_positives", "false_positives", "true_negatives", "false_negatives"):
            setattr(self, outcome, self.add_variable(size, "zeros", name=outcome))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: targets 0 or 1, (batch, ...).
            y_pred: predictions between 0 and 1 (or logits), same shape.
            sample_weight: None, or a tensor that broadcasts against them.
        """
        y_pred = ops.convert_to_tensor(y_pred)
        if not self._built:
            self._build(y_pred.shape)
        update_counts(
            {outcome: getattr(self, outcome.name.lower()) for outcome in ConfusionMatrix},
            y_true,
            ops.sigmoid(y_pred) if self._from_logits else y_pred,
            self._thresholds,
            even=self._even,
            sample_weight=sample_weight,
            multi_label=self.multi_label,
            label_weights=None if self.multi_label else self.label_weights,
        )

    def result(self) -> Any:
        """The area so far."""
        interpolate = self.summation_method is AUCSummationMethod.INTERPOLATION
        if self.curve is AUCCurve.PR and interpolate:
            return self.interpolate_pr_auc()
        x, y = self._rates()
        left, right = y[:-1], y[1:]
        if interpolate:
            heights = ops.multiply(ops.add(left, right), 0.5)
        elif self.summation_method is AUCSummationMethod.MINORING:
            heights = ops.minimum(left, right)
        else:
            heights = ops.maximum(left, right)
        return self._area(ops.multiply(ops.subtract(x[:-1], x[1:]), heights))

    def _rates(self) -> tuple[Any, Any]:
        """The curve: x and y at each threshold."""
        tp, fp, tn, fn = (ops.convert_to_tensor(v) for v in self._counts())
        recall = ops.divide_no_nan(tp, ops.add(tp, fn))
        if self.curve is AUCCurve.ROC:
            return ops.divide_no_nan(fp, ops.add(fp, tn)), recall
        if self.curve is AUCCurve.PR:
            return recall, ops.divide_no_nan(tp, ops.add(tp, fp))
        odds = ops.divide_no_nan(ops.add(tp, fn), ops.add(tn, fp))
        nothing = ops.equal(tp, 0)

        def gain(errors: Any, empty: float) -> Any:
            value = ops.subtract(1.0, ops.multiply(odds, ops.divide_no_nan(errors, tp)))
            return ops.where(nothing, empty, value)

        return ops.maximum(gain(fn, 0.0), 0.0), gain(fp, 1.0)

    def _counts(self) -> tuple[Any, Any, Any, Any]:
        return (
            self.true_positives,
            self.false_positives,
            self.true_negatives,
            self.false_negatives,
        )

    def _area(self, parts: Any) -> Any:
        """The parts between thresholds added up, and the mean over labels."""
        area = ops.sum(parts, axis=0)
        if not self.multi_label:
            return area
        if self.label_weights is None:
            return ops.mean(area)
        weighted = ops.sum(ops.multiply(area, self.label_weights))
        return ops.divide_no_nan(weighted, ops.sum(self.label_weights))

    def interpolate_pr_auc(self) -> Any:
        """The area under precision over recall, where true and false positives grow in proportion.

        Between two thresholds with (tp, p) counted, p = tp + fp, precision is
        slope + intercept / p with slope = dtp / dp; the area is its integral over recall.

        Source: Davis, Goadrich (2006), ICML, section 3.
        """
        tp, fp, _, fn = (ops.convert_to_tensor(v) for v in self._counts())
        p = ops.add(tp, fp)
        more, less = p[:-1], p[1:]
        step = ops.subtract(tp[:-1], tp[1:])
        slope = ops.divide_no_nan(step, ops.maximum(ops.subtract(more, less), 0.0))
        intercept = ops.subtract(tp[1:], ops.multiply(slope, less))
        both = ops.logical_and(ops.greater(more, 0), ops.greater(less, 0))
        ratio = ops.where(both, ops.divide_no_nan(more, ops.maximum(less, 0.0)), 1.0)
        gained = ops.multiply(slope, ops.add(step, ops.multiply(intercept, ops.log(ratio))))
        positives = ops.maximum(ops.add(tp[1:], fn[1:]), 0.0)
        return self._area(ops.divide_no_nan(gained, positives))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        weights = self.label_weights
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve.value,
            "summation_method": self.summation_method.value,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if weights is None else ops.convert_to_numpy(weights).tolist(),
            "from_logits": self._from_logits,
        }
        if self._init_from_thresholds:
            config["thresholds"] = self.thresholds[1:-1]
        return config


def _member(kind: type[Enum], value: Any, noun: str) -> Any:
    """A member of an enumeration, named in capitals or not."""
    if isinstance(value, kind):
        return value
    known = {str(m.value).lower(): m for m in kind}
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise ArgumentError(
        message(
            f'Invalid AUC {noun} value: "{value}". Expected values are {[m.value for m in kind]}',
            fix=near(value, [m.value for m in kind]) or None,
        )
    )
