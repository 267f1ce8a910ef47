"""How targets and predictions vary together: Pearson's and the concordance correlation."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import config
from lamina.losses.ranks import as_float_pair
from lamina.metrics.reduction import BuiltInMean


def _distances(x: Any, axis: Any) -> tuple[Any, Any]:
    """The mean along an axis, and the distances from it."""
    mean = ops.mean(x, axis=axis, keepdims=True)
    return mean, ops.subtract(x, mean)


def pearson_correlation(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """The correlation of targets and predictions along an axis, from -1 to 1.

    Args:
        y_true: targets, (batch, ..., n).
        y_pred: predictions, same shape.
        axis: the axis along which they are compared; 0 compares over the batch.
    Returns:
        Tensor without that axis.
    Numerics: where one side is constant, the correlation is undefined and 0 is given.
    Example:
        >>> pearson_correlation([[1.0, 2.0, 3.0]], [[3.0, 2.0, 1.0]]).round(4).tolist()
        [-1.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    (_, first), (_, second) = _distances(y_true, axis), _distances(y_pred, axis)
    spread = ops.multiply(ops.std(first, axis=axis), ops.std(second, axis=axis))
    return ops.divide_no_nan(ops.mean(ops.multiply(first, second), axis=axis), spread)


def concordance_correlation(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """How close the pairs (target, prediction) lie to the line y = x, from -1 to 1.

    Args:
        y_true: targets, (batch, ..., n).
        y_pred: predictions, same shape.
        axis: the axis along which they are compared; 0 compares over the batch.
    Returns:
        Tensor without that axis.
    Numerics: epsilon() is added to the divisor.
    Source: Lin (1989), Biometrics 45.
    Example:
        >>> concordance_correlation([[1.0, 2.0, 3.0]], [[3.0, 2.0, 1.0]]).round(4).tolist()
        [-1.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    (first_mean, first), (second_mean, second) = _distances(y_true, axis), _distances(y_pred, axis)
    spread = ops.mean(ops.add(ops.square(first), ops.square(second)), axis=axis, keepdims=True)
    spread = ops.add(spread, ops.square(ops.subtract(first_mean, second_mean)))
    common = ops.multiply(2.0, ops.multiply(first, second))
    return ops.mean(ops.divide(common, ops.add(spread, config.epsilon())), axis=axis)


class PearsonCorrelation(BuiltInMean):
    """The mean correlation of targets and predictions.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
        axis: the axis along which they are compared; 0 compares over the batch.
    Numerics: where one side is constant, the correlation is undefined and 0 is given.
    Example:
        >>> round(float(PearsonCorrelation()([[1.0, 2.0, 3.0]], [[3.0, 2.0, 1.0]])), 4)
        -1.0
    """

    function = staticmethod(pearson_correlation)
    direction = "up"

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: Any = None, axis: Any = -1
    ) -> None:
        super().__init__(name, dtype, axis=axis)


class ConcordanceCorrelation(BuiltInMean):
    """The mean concordance correlation: how close (target, prediction) lie to the line y = x.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
        axis: the axis along which they are compared; 0 compares over the batch.
    Source: Lin (1989), Biometrics 45.
    Example:
        >>> round(float(ConcordanceCorrelation()([[1.0, 2.0, 3.0]], [[3.0, 2.0, 1.0]])), 4)
        -1.0
    """

    function = staticmethod(concordance_correlation)
    direction = "up"

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: Any = -1
    ) -> None:
        super().__init__(name, dtype, axis=axis)
