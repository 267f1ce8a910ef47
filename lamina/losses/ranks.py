"""Targets, predictions and weights brought to the same number of axes.

Only a last axis of size 1 is ever added or taken away; everything else is left to broadcasting.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.ir.dims import is_one


def squeeze_or_expand_to_same_rank(x1: Any, x2: Any, expand_rank_1: bool = True) -> tuple[Any, Any]:
    """Two tensors with as many axes as each other, where they differ by a last axis of size 1.

    Args:
        x1: tensor.
        x2: tensor.
        expand_rank_1: whether a tensor with one axis gets a second one of size 1; if False, the
            other tensor loses its last axis.
    Returns:
        The two tensors; unchanged where the rule does not apply.
    Example:
        >>> a, b = squeeze_or_expand_to_same_rank(ops.ones((4, 3, 1)), ops.ones((4, 3)))
        >>> a.shape, b.shape
        ((4, 3), (4, 3))
    """
    first, second = len(x1.shape), len(x2.shape)
    if first == second + 1 and is_one(x1.shape[-1]):
        if second == 1 and expand_rank_1:
            return x1, ops.expand_dims(x2, -1)
        return ops.squeeze(x1, -1), x2
    if second == first + 1 and is_one(x2.shape[-1]):
        if first == 1 and expand_rank_1:
            return ops.expand_dims(x1, -1), x2
        return x1, ops.squeeze(x2, -1)
    return x1, x2


def as_float_pair(y_true: Any, y_pred: Any, squeeze: bool = True) -> tuple[Any, Any]:
    """Targets and predictions as tensors of the predictions' dtype.

    Args:
        y_true: targets: array, tensor, number or nested list.
        y_pred: predictions.
        squeeze: whether they are also brought to the same number of axes.
    Returns:
        The pair (targets, predictions).
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    return squeeze_or_expand_to_same_rank(y_true, y_pred) if squeeze else (y_true, y_pred)
