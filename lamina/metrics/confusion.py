"""Counting right and wrong decisions at thresholds: the ground of precision, recall and AUC.

A prediction above a threshold is a "yes". Weighted counts of yes and no, right and wrong, are added
to variables, one element for each threshold (and label, with `multi_label`). Thresholds at even
distances take one pass over the predictions, others one comparison for each threshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np

from lamina import ops
from lamina.base import config
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.losses.ranks import squeeze_or_expand_to_same_rank
from lamina.runtime.variable import Variable

NEVER = -1e10  # below any threshold: what is not among the top k is a "no"


class ConfusionMatrix(Enum):
    """The four outcomes of a decision."""

    TRUE_POSITIVES = "tp"
    FALSE_POSITIVES = "fp"
    TRUE_NEGATIVES = "tn"
    FALSE_NEGATIVES = "fn"


def parse_thresholds(thresholds: Any, default: float) -> list[float]:
    """Thresholds as a list.

    Args:
        thresholds: None, a number or a list of numbers between 0 and 1.
        default: what None means.
    Raises:
        ArgumentError: a threshold is outside of [0, 1].
    """
    if thresholds is None:
        return [default]
    given = list(thresholds) if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]
    invalid = [t for t in given if t is None or not 0 <= t <= 1]
    if invalid:
        raise ArgumentError(
            message(
                f"Threshold values must be in [0, 1]. Received: {invalid}",
                received=f"thresholds={thresholds}",
            )
        )
    return given


def are_even(thresholds: Sequence[float]) -> bool:
    """Whether thresholds are 0, 1/n, 2/n … 1, for n >= 2."""
    if len(thresholds) < 3:
        return False
    even = np.linspace(0.0, 1.0, len(thresholds))
    return bool(np.allclose(thresholds, even, atol=config.epsilon()))


def update_counts(
    counts: Mapping[ConfusionMatrix, Variable],
    y_true: Any,
    y_pred: Any,
    thresholds: Sequence[float] | np.ndarray,
    even: bool = False,
    top_k: int | None = None,
    class_id: int | None = None,
    sample_weight: Any = None,
    multi_label: bool = False,
    label_weights: Any = None,
) -> None:
    """Add a batch to weighted counts.

    Args:
        counts: outcome -> variable (thresholds,), or (thresholds, labels) with `multi_label`.
        y_true: targets; anything but 0 is a "yes".
        y_pred: predictions between 0 and 1, same shape.
        thresholds: numbers in rising order.
        even: whether they are at even distances, see `are_even`.
        top_k: only the k greatest predictions along the last axis can be a "yes".
        class_id: only this index of the last axis counts.
        sample_weight: None, or a tensor that broadcasts against the predictions.
        multi_label: whether labels, the second axis, are counted separately.
        label_weights: None, or a weight for each label.
    Raises:
        ShapeError: `class_id` is given for predictions without classes.
    """
    dtype = next(iter(counts.values())).dtype
    y_true, y_pred = ops.cast(y_true, dtype), ops.cast(y_pred, dtype)
    y_pred, y_true = squeeze_or_expand_to_same_rank(y_pred, y_true)
    if sample_weight is not None:
        sample_weight = ops.expand_dims(ops.cast(sample_weight, dtype), -1)
        _, sample_weight = squeeze_or_expand_to_same_rank(
            y_true, sample_weight, expand_rank_1=False
        )
    if top_k is not None:
        y_pred = _keep_top(y_pred, top_k)
    if class_id is not None:
        if len(y_pred.shape) == 1:
            raise ShapeError(
                message(
                    "When class_id is provided, y_pred must be a 2D array with shape "
                    f"(num_samples, num_classes), found shape: {tuple(y_pred.shape)}"
                )
            )
        y_true, y_pred = y_true[..., class_id, None], y_pred[..., class_id, None]
    weights = _joined_weights(sample_weight, label_weights, y_pred, dtype)
    yes = ops.not_equal(y_true, 0)
    if not multi_label:
        size = (dims.product(tuple(y_pred.shape)),)
        yes, y_pred = ops.reshape(yes, size), ops.reshape(y_pred, size)
        weights = None if weights is None else ops.reshape(weights, size)
    found = ops.cast(yes, dtype)
    missing = ops.cast(ops.logical_not(yes), dtype)
    if weights is not None:
        found, missing = ops.multiply(found, weights), ops.multiply(missing, weights)
    count = _count_even if even else _count_above
    _add(counts, count(found, y_pred, thresholds), count(missing, y_pred, thresholds),
         ops.sum(found, axis=0), ops.sum(missing, axis=0))  # fmt: skip


def _add(
    counts: Mapping[ConfusionMatrix, Variable], tp: Any, fp: Any, positives: Any, negatives: Any
) -> None:
    """Add to the counts that are kept; what is not predicted as a "yes" is a "no"."""
    for outcome, variable in counts.items():
        if outcome is ConfusionMatrix.TRUE_POSITIVES:
            change = tp
        elif outcome is ConfusionMatrix.FALSE_POSITIVES:
            change = fp
        elif outcome is ConfusionMatrix.TRUE_NEGATIVES:
            change = ops.subtract(negatives, fp)
        else:
            change = ops.subtract(positives, tp)
        variable.assign_add(change)


def _keep_top(y_pred: Any, k: int) -> Any:
    """Predictions, all but the k greatest along the last axis replaced by `NEVER`."""
    _, places = ops.top_k(y_pred, k)
    chosen = ops.any(ops.one_hot(places, y_pred.shape[-1], dtype="bool"), axis=-2)
    return ops.where(chosen, y_pred, NEVER)


def _joined_weights(sample_weight: Any, label_weights: Any, y_pred: Any, dtype: str) -> Any:
    """One weight for each prediction, or None."""
    weights = sample_weight
    if label_weights is not None:
        label_weights = ops.expand_dims(ops.cast(label_weights, dtype), 0)
        weights = label_weights if weights is None else ops.multiply(weights, label_weights)
    return None if weights is None else ops.broadcast_to(weights, tuple(y_pred.shape))


def _count_above(weights: Any, y_pred: Any, thresholds: Sequence[float] | np.ndarray) -> Any:
    """The summed weights of predictions above each threshold, (thresholds, ...).

    Args:
        weights: (batch,) or (batch, labels).
        y_pred: same shape.
        thresholds: (thresholds,), or (thresholds, labels).
    """
    limits = ops.convert_to_tensor(thresholds, dtype=y_pred.dtype)
    while len(limits.shape) <= len(y_pred.shape):
        limits = ops.expand_dims(limits, 1)
    above = ops.greater(ops.expand_dims(y_pred, 0), limits)
    return ops.sum(ops.where(above, ops.expand_dims(weights, 0), 0.0), axis=1)


def _count_even(weights: Any, y_pred: Any, thresholds: Sequence[float] | np.ndarray) -> Any:
    """`_count_above` for thresholds at even distances.

    A prediction p is above the first ceil(p * n) of the thresholds 0, 1/n … 1. Weights are summed
    by that number, and then from the end.
    """
    number = len(thresholds)
    steps = ops.ceil(ops.multiply(ops.clip(y_pred, 0.0, 1.0), float(number - 1)))
    steps = ops.cast(ops.where(ops.isnan(steps), 0.0, steps), "int32")
    if thresholds[0] < 0.0:  # even p = 0 is above the first threshold
        steps = ops.maximum(steps, 1)
    if len(y_pred.shape) == 1:
        return _sums_from_end(weights, steps, number)
    labels = y_pred.shape[1]
    steps = ops.add(steps, ops.multiply(ops.arange(labels, dtype="int32"), number))
    size = (dims.product(tuple(y_pred.shape)),)
    weights, steps = ops.reshape(weights, size), ops.reshape(steps, size)
    return _sums_from_end(weights, steps, number, labels)


def _sums_from_end(weights: Any, steps: Any, number: int, labels: int | None = None) -> Any:
    """For each threshold, the summed weights of what is above it: (number,) or (number, labels)."""
    sums = ops.scatter(ops.expand_dims(steps, -1), weights, (number * (labels or 1),))
    rows = ops.transpose(ops.reshape(sums, (labels or 1, number)))
    above = ops.flip(ops.cumsum(ops.flip(rows, axis=0), axis=0), axis=0)
    above = ops.concatenate([above[1:], ops.zeros_like(above[:1])], axis=0)
    return above if labels is not None else ops.reshape(above, (number,))
