"""Losses for numbers: squared, absolute, relative and logarithmic errors, and angles."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.base import config
from lamina.losses.numerics import unit_vectors
from lamina.losses.ranks import as_float_pair
from lamina.losses.wrapper import BuiltInLoss, without_default


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of (y_true - y_pred)² over the last axis.

    Args:
        y_true: targets, (batch, ..., n).
        y_pred: predictions, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Example:
        >>> mean_squared_error([[0.0, 1.0]], [[2.0, 1.0]]).tolist()
        [2.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of |y_true - y_pred| over the last axis.

    Args:
        y_true: targets, (batch, ..., n).
        y_pred: predictions, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Example:
        >>> mean_absolute_error([[0.0, 1.0]], [[2.0, 1.0]]).tolist()
        [1.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    return ops.mean(ops.abs(ops.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """100 times the mean of |y_true - y_pred| / |y_true| over the last axis.

    Args:
        y_true: targets, (batch, ..., n).
        y_pred: predictions, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Numerics: |y_true| below epsilon() counts as epsilon().
    Example:
        >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).tolist()
        [25.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    scale = ops.maximum(ops.abs(y_true), config.epsilon())
    relative = ops.abs(ops.divide(ops.subtract(y_true, y_pred), scale))
    return ops.multiply(100.0, ops.mean(relative, axis=-1))


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of (log(y_true + 1) - log(y_pred + 1))² over the last axis.

    Args:
        y_true: targets >= 0, (batch, ..., n).
        y_pred: predictions, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Numerics: values below epsilon() count as epsilon().
    Example:
        >>> mean_squared_logarithmic_error([[1.0]], [[1.0]]).tolist()
        [0.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    logs = [ops.log1p(ops.maximum(y, config.epsilon())) for y in (y_pred, y_true)]
    return ops.mean(ops.square(ops.subtract(*logs)), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """Minus the cosine of the angle between targets and predictions.

    Args:
        y_true: targets, (batch, ..., n).
        y_pred: predictions, (batch, ..., n).
        axis: the axis along which the vectors lie.
    Returns:
        Tensor (batch, ...): -1 for one direction, 0 for a right angle, 1 for opposite directions.
    Numerics: a zero vector gives 0, with slope 0.
    Example:
        >>> cosine_similarity([[0.0, 2.0]], [[0.0, 3.0]]).tolist()
        [-1.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    product = ops.multiply(unit_vectors(y_true, axis), unit_vectors(y_pred, axis))
    return ops.negative(ops.sum(product, axis=axis))


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """The mean of half the squared error up to `delta`, of a straight line beyond.

    Args:
        y_true: targets, (batch, ..., n).
        y_pred: predictions, (batch, ..., n).
        delta: where the parabola becomes a line.
    Returns:
        Tensor (batch, ...).
    Source: Huber (1964), Annals of Mathematical Statistics 35.
    Example:
        >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
        [1.5]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    distance = ops.abs(ops.subtract(y_pred, y_true))
    near = ops.minimum(
        distance, delta
    )  # delta * |e| - delta²/2 = near * (|e| - near/2) beyond delta
    values = ops.multiply(near, ops.subtract(distance, ops.multiply(0.5, near)))
    return ops.mean(values, axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """The mean of log(cosh(y_pred - y_true)) over the last axis.

    Close to half the squared error for small errors, to |error| - log(2) for large ones.

    Args:
        y_true: targets, (batch, ..., n).
        y_pred: predictions, (batch, ..., n).
    Returns:
        Tensor (batch, ...).
    Numerics: never overflows.
    Example:
        >>> log_cosh([[0.0]], [[0.0]]).tolist()
        [0.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    error = ops.subtract(y_pred, y_true)
    values = ops.subtract(ops.add(error, ops.softplus(ops.multiply(-2.0, error))), math.log(2.0))
    return ops.mean(values, axis=-1)


class MeanSquaredError(BuiltInLoss):
    """The mean of squared errors: mean((y_true - y_pred)²).

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> float(MeanSquaredError()([[0.0, 1.0]], [[2.0, 1.0]]))
        2.0
    """

    function = staticmethod(mean_squared_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class MeanAbsoluteError(BuiltInLoss):
    """The mean of absolute errors: mean(|y_true - y_pred|).

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> float(MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]]))
        1.0
    """

    function = staticmethod(mean_absolute_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class MeanAbsolutePercentageError(BuiltInLoss):
    """The mean error in percent of the target: 100 * mean(|y_true - y_pred| / |y_true|).

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Numerics: |y_true| below epsilon() counts as epsilon().
    Example:
        >>> float(MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]]))
        25.0
    """

    function = staticmethod(mean_absolute_percentage_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class MeanSquaredLogarithmicError(BuiltInLoss):
    """The mean of squared differences of logarithms: mean((log(y_true + 1) - log(y_pred + 1))²).

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> float(MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
        0.0
    """

    function = staticmethod(mean_squared_logarithmic_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class CosineSimilarity(BuiltInLoss):
    """Minus the cosine of the angle between targets and predictions.

    Args:
        axis: the axis along which the vectors lie.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Numerics: a zero vector gives 0, with slope 0.
    Example:
        >>> float(CosineSimilarity()([[0.0, 2.0]], [[0.0, 3.0]]))
        -1.0
    """

    function = staticmethod(cosine_similarity)

    def __init__(
        self,
        axis: Any = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype, axis=axis)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; `axis`, which Keras forgets, where it is not -1."""
        return without_default(super().get_config(), axis=-1)


class Huber(BuiltInLoss):
    """Half the squared error for errors up to `delta`, a straight line beyond.

    Args:
        delta: where the parabola becomes a line.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Source: Huber (1964), Annals of Mathematical Statistics 35.
    Example:
        >>> float(Huber()([[0.0, 0.0]], [[1.0, 3.0]]))
        1.5
    """

    function = staticmethod(huber)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype, delta=delta)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; `delta`, which Keras forgets, where it is not 1."""
        return without_default(super().get_config(), delta=1.0)


class LogCosh(BuiltInLoss):
    """The mean of log(cosh(y_pred - y_true)): squared error near 0, absolute error far off.

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> float(LogCosh()([[0.0]], [[0.0]]))
        0.0
    """

    function = staticmethod(log_cosh)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
