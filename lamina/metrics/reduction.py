"""Sums and means over all batches, and metrics that are the mean of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from lamina import ops
from lamina.base import families
from lamina.losses.loss import Loss
from lamina.losses.ranks import squeeze_or_expand_to_same_rank
from lamina.losses.reduction import apply_mask
from lamina.metrics.metric import Metric
from lamina.ops.masking import get_keras_mask


def reduce_to_samplewise_values(
    values: Any, sample_weight: Any, reduce_fn: Callable[..., Any], dtype: Any
) -> tuple[Any, Any]:
    """One weighted value, and one weight, for each sample.

    Args:
        values: tensor (batch, ...) or a scalar.
        sample_weight: None, or a tensor with the first axes of `values`.
        reduce_fn: `ops.sum` or `ops.mean`, which joins the axes behind those of the weights.
        dtype: dtype of the results.
    Returns:
        (values, weights): weighted values (batch,) or a scalar, and weights or None.
    """
    mask = get_keras_mask(values)
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
        sample_weight = apply_mask(sample_weight, mask, dtype, reduction="sum")
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        weighted = len(sample_weight.shape)
        if len(values.shape) > weighted:
            values = reduce_fn(values, axis=tuple(range(weighted, len(values.shape))))
        sample_weight = ops.broadcast_to(sample_weight, values.shape)
        values = ops.multiply(values, sample_weight)
        if weighted > 1:
            sample_weight = reduce_fn(sample_weight, axis=tuple(range(1, weighted)))
    if len(values.shape) > 1:
        values = reduce_fn(values, axis=tuple(range(1, len(values.shape))))
    return values, sample_weight


class Sum(Metric):
    """The sum of all values seen.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(Sum()([1.0, 2.0]))
        3.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values.

        Args:
            values: tensor of any shape.
            sample_weight: tensor that they are multiplied by.
        """
        values, _ = reduce_to_samplewise_values(values, sample_weight, ops.sum, self.dtype)
        self.total.assign_add(ops.sum(values))

    def result(self) -> Any:
        """The sum so far."""
        return ops.cast(self.total, self.dtype)


class Mean(Metric):
    """The weighted mean of all values seen.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Numerics: no values, or weights that sum to zero, give 0.
    Example:
        >>> mean = Mean()
        >>> mean.update_state([1.0, 2.0])
        >>> float(mean([6.0]))
        3.0
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take values into account.

        Args:
            values: tensor (batch, ...) or a scalar.
            sample_weight: tensor with the first axes of `values`.
        """
        values, weights = reduce_to_samplewise_values(values, sample_weight, ops.mean, self.dtype)
        self.total.assign_add(ops.sum(values))
        if weights is not None:
            count = ops.sum(weights)
        else:
            count = values.shape[0] if values.shape else 1
        self.count.assign_add(ops.convert_to_tensor(count, dtype=self.dtype))

    def result(self) -> Any:
        """The mean so far."""
        return ops.divide_no_nan(self.total, self.count)


class MeanMetricWrapper(Mean):
    """The mean of a function of targets and predictions.

    Args:
        fn: `fn(y_true, y_pred, **kwargs)` gives a value for each sample.
        name: the metric's name.
        dtype: see `Metric`.
        **kwargs: further arguments of `fn`.
    Example:
        >>> metric = MeanMetricWrapper(lambda t, p: ops.abs(t - p), name="distance")
        >>> float(metric(ops.array([1.0]), ops.array([3.0])))
        2.0
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        if isinstance(fn, Loss) or str(getattr(fn, "__module__", "")).startswith("lamina.losses."):
            self._direction = "down"

    def update_state(  # type: ignore[override]  # a mean of pairs, as in Keras
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Take a batch into account.

        Args:
            y_true: targets.
            y_pred: predictions; places masked in them do not count.
            sample_weight: tensor with the first axes of the function's values.
        """
        mask = get_keras_mask(y_pred)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        weights = apply_mask(sample_weight, mask, dtype=self.dtype, reduction="sum")
        super().update_state(values, sample_weight=weights)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {
            **super().get_config(),
            "fn": families.serialize(self._fn),
            **families.serialize(self._fn_kwargs),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A metric from what `get_config` returned."""
        if "fn" in config:
            config = families.deserialize(config)
        return cls(**config)


class BuiltInMean(MeanMetricWrapper):
    """The mean of one of Lamina's own functions, which is part of the class.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
        **kwargs: further arguments of the function; each becomes an attribute and part of the
            config.
    """

    function: ClassVar[Callable[..., Any]]
    direction: ClassVar[str] = "down"  # which way is better

    def __init__(self, name: str | None, dtype: Any, **kwargs: Any) -> None:
        super().__init__(type(self).function, name, dtype, **kwargs)
        self._direction = self.direction
        for key, value in kwargs.items():
            setattr(self, key, value)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {**Metric.get_config(self), **self._fn_kwargs}
