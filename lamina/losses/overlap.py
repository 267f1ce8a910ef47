"""Losses for areas: how much predicted and true regions overlap."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import config
from lamina.losses.ranks import as_float_pair
from lamina.losses.wrapper import BuiltInLoss


def _share(part: Any, whole: Any) -> Any:
    return ops.divide(part, ops.add(whole, config.epsilon()))


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """1 - 2 * overlap / (size of y_true + size of y_pred).

    Args:
        y_true: targets between 0 and 1, any shape.
        y_pred: predictions between 0 and 1, same shape.
        axis: axes that sizes are summed over; None: all.
    Returns:
        Tensor of the remaining axes; a scalar for None.
    Numerics: epsilon() is added to the divisor; nothing at all gives 1.
    Source: Dice (1945), Ecology 26.
    Example:
        >>> round(float(dice([[1.0, 0.0]], [[1.0, 0.0]])), 4)
        0.0
    """
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    sizes = ops.add(ops.sum(y_true, axis=axis), ops.sum(y_pred, axis=axis))
    return ops.subtract(1.0, _share(ops.multiply(2.0, overlap), sizes))


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Any:
    """1 - overlap / (overlap + alpha * what is missed + beta * what is wrongly predicted).

    Args:
        y_true: targets between 0 and 1, any shape.
        y_pred: predictions between 0 and 1, same shape.
        alpha: weight of what is missed.
        beta: weight of what is predicted but not there.
        axis: axes that sizes are summed over; None: all.
    Returns:
        Tensor of the remaining axes; a scalar for None.
    Numerics: epsilon() is added to the divisor.
    Source: Salehi, Erdogmus, Gholipour (2017), arXiv:1706.05721. As in Keras, `alpha` weighs what
        is missed and `beta` what is added.
    Example:
        >>> round(float(tversky([[1.0, 0.0]], [[1.0, 0.0]])), 4)
        0.0
    """
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    missed = ops.sum(ops.multiply(y_true, ops.subtract(1.0, y_pred)), axis=axis)
    added = ops.sum(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=axis)
    errors = ops.add(ops.multiply(missed, alpha), ops.multiply(added, beta))
    return ops.subtract(1.0, _share(overlap, ops.add(overlap, errors)))


class Dice(BuiltInLoss):
    """The Dice loss of two areas: 1 - 2 * overlap / (size of y_true + size of y_pred).

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        axis: axes that sizes are summed over; None: all, the batch included.
        dtype: see `Loss`.
    Source: Dice (1945), Ecology 26.
    Example:
        >>> round(float(Dice()([[1.0, 0.0]], [[1.0, 0.0]])), 4)
        0.0
    """

    function = staticmethod(dice)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype, axis=axis)


class Tversky(BuiltInLoss):
    """The Tversky loss of two areas: the Dice loss with weights for what is missed and added.

    Args:
        alpha: weight of what is missed.
        beta: weight of what is predicted but not there.
        reduction: see `Loss`.
        name: the loss's name.
        axis: axes that sizes are summed over; None: all, the batch included.
        dtype: see `Loss`.
    Source: Salehi, Erdogmus, Gholipour (2017), arXiv:1706.05721.
    Example:
        >>> round(float(Tversky()([[1.0, 0.0]], [[1.0, 0.0]])), 4)
        0.0
    """

    function = staticmethod(tversky)

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype, alpha=alpha, beta=beta, axis=axis)
