"""Losses that ask for a margin: zero once the right side is ahead by 1."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.losses.ranks import as_float_pair
from lamina.losses.wrapper import BuiltInLoss


def _signs(y_true: Any) -> Any:
    """Targets as -1 and 1: a tensor of nothing but 0 and 1 is converted, any other kept."""
    binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.where(binary, ops.subtract(ops.multiply(2.0, y_true), 1.0), y_true)


def _shortfall(y_true: Any, y_pred: Any) -> Any:
    """How far each prediction is from the margin, 0 beyond it."""
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    return ops.maximum(ops.subtract(1.0, ops.multiply(_signs(y_true), y_pred)), 0.0)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true * y_pred, 0) over the last axis.

    Args:
        y_true: targets -1 or 1, (batch, ..., n); a tensor of only 0 and 1 is converted.
        y_pred: predictions, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Example:
        >>> hinge([[-1.0, 1.0]], [[0.0, 2.0]]).tolist()
        [0.5]
    """
    return ops.mean(_shortfall(y_true, y_pred), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true * y_pred, 0)² over the last axis.

    Args:
        y_true: targets -1 or 1, (batch, ..., n); a tensor of only 0 and 1 is converted.
        y_pred: predictions, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Example:
        >>> squared_hinge([[-1.0, 1.0]], [[1.0, 2.0]]).tolist()
        [2.0]
    """
    return ops.mean(ops.square(_shortfall(y_true, y_pred)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(score of the best wrong class - score of the right class + 1, 0).

    Args:
        y_true: one-hot targets, (batch, ..., classes).
        y_pred: scores, (batch, ..., classes).
    Returns:
        Tensor (batch, ...).
    Example:
        >>> categorical_hinge([[0.0, 1.0]], [[0.5, 1.0]]).tolist()
        [0.5]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    right = ops.sum(ops.multiply(y_true, y_pred), axis=-1)
    wrong = ops.max(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=-1)
    return ops.maximum(ops.add(ops.subtract(wrong, right), 1.0), 0.0)


class Hinge(BuiltInLoss):
    """The margin loss of support vector machines: mean(max(1 - y_true * y_pred, 0)).

    Targets are -1 or 1; a tensor of only 0 and 1 is converted.

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> float(Hinge()([[-1.0, 1.0]], [[0.0, 2.0]]))
        0.5
    """

    function = staticmethod(hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class SquaredHinge(BuiltInLoss):
    """The squared margin loss: mean(max(1 - y_true * y_pred, 0)²).

    Targets are -1 or 1; a tensor of only 0 and 1 is converted.

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> float(SquaredHinge()([[-1.0, 1.0]], [[1.0, 2.0]]))
        2.0
    """

    function = staticmethod(squared_hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class CategoricalHinge(BuiltInLoss):
    """The margin loss for one of several classes: the right score should lead by 1.

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]]))
        0.5
    """

    function = staticmethod(categorical_hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
