"""Losses between distributions that are not cross-entropies: Kullback-Leibler and Poisson."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import config
from lamina.losses.ranks import as_float_pair
from lamina.losses.wrapper import BuiltInLoss


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """The sum of y_true * log(y_true / y_pred) over the last axis.

    Args:
        y_true: probabilities, (batch, ..., n).
        y_pred: probabilities, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Numerics: probabilities are clipped to [epsilon(), 1].
    Source: Kullback, Leibler (1951), Annals of Mathematical Statistics 22.
    Example:
        >>> kl_divergence([[0.5, 0.5]], [[0.5, 0.5]]).tolist()
        [0.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    y_true = ops.clip(y_true, config.epsilon(), 1)
    y_pred = ops.clip(y_pred, config.epsilon(), 1)
    return ops.sum(ops.multiply(y_true, ops.log(ops.divide(y_true, y_pred))), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """The mean of y_pred - y_true * log(y_pred) over the last axis.

    The negative log-likelihood of counts y_true at rates y_pred, without the part that no
    prediction changes.

    Args:
        y_true: counts, (batch, ..., n).
        y_pred: rates > 0, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Numerics: epsilon() is added to the rate in the logarithm.
    Example:
        >>> poisson([[0.0]], [[2.0]]).tolist()
        [2.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    log_rate = ops.log(ops.add(y_pred, config.epsilon()))
    return ops.mean(ops.subtract(y_pred, ops.multiply(y_true, log_rate)), axis=-1)


class KLDivergence(BuiltInLoss):
    """The Kullback-Leibler divergence: sum(y_true * log(y_true / y_pred)).

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Numerics: probabilities are clipped to [epsilon(), 1].
    Source: Kullback, Leibler (1951), Annals of Mathematical Statistics 22.
    Example:
        >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
        0.0
    """

    function = staticmethod(kl_divergence)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class Poisson(BuiltInLoss):
    """The loss of counts: mean(y_pred - y_true * log(y_pred)).

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> float(Poisson()([[0.0]], [[2.0]]))
        2.0
    """

    function = staticmethod(poisson)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
