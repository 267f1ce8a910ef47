"""Cross-entropies for one of several classes, with one-hot targets: plain and focal."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import ops
from lamina.base import config
from lamina.base.errors import ArgumentError, message
from lamina.ir.dims import is_one
from lamina.losses.numerics import power, shares
from lamina.losses.ranks import as_float_pair
from lamina.losses.wrapper import BuiltInLoss


def _prepared(
    loss: str, y_true: Any, y_pred: Any, label_smoothing: float, axis: Any
) -> tuple[Any, Any]:
    """Checked, converted and smoothed targets, and predictions."""
    if isinstance(axis, bool):
        raise ArgumentError(
            message(f"{loss}: `axis` must be of type `int`.", received=f"axis={axis}, a bool")
        )
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    if y_pred.shape and is_one(y_pred.shape[-1]):
        warnings.warn(
            f"In loss {loss}, expected y_pred.shape to be (batch_size, num_classes) with "
            f"num_classes > 1. Received: y_pred.shape={y_pred.shape}. Consider using "
            "'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
            stacklevel=3,
        )
    if label_smoothing:
        even = label_smoothing / y_true.shape[-1]
        y_true = ops.add(ops.multiply(y_true, 1.0 - label_smoothing), even)
    return y_true, y_pred


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """-sum(y_true * log(y_pred)) over the classes.

    Args:
        y_true: one-hot targets or probabilities, (batch, ..., classes).
        y_pred: probabilities, or logits with `from_logits`, (batch, ..., classes).
        from_logits: whether `y_pred` comes before the softmax.
        label_smoothing: how far targets are drawn towards even shares, from 0 to 1.
        axis: the axis of the classes.
    Returns:
        Tensor (batch, ...).
    Raises:
        ArgumentError: `axis` is a bool.
    Numerics: probabilities are divided by their sum and clipped to [epsilon(), 1 - epsilon()];
        a row of zeros has a finite loss and slope.
    Example:
        >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4).tolist()
        [0.6930999755859375]
    """
    y_true, y_pred = _prepared("categorical_crossentropy", y_true, y_pred, label_smoothing, axis)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Categorical cross-entropy in which easy samples count less, by alpha * (1 - p)^gamma.

    Args:
        y_true: one-hot targets, (batch, ..., classes).
        y_pred: probabilities, or logits with `from_logits`, (batch, ..., classes).
        alpha: weight of all classes, or a list with that of each.
        gamma: how strongly easy samples are played down.
        from_logits: whether `y_pred` comes before the softmax.
        label_smoothing: how far targets are drawn towards even shares, from 0 to 1.
        axis: the axis of the classes.
    Returns:
        Tensor (batch, ...).
    Raises:
        ArgumentError: `axis` is a bool.
    Source: Lin et al. (2017), arXiv:1708.02002.
    Example:
        >>> categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4).tolist()
        [0.043299999088048935]
    """
    y_true, y_pred = _prepared(
        "categorical_focal_crossentropy", y_true, y_pred, label_smoothing, axis
    )
    output = ops.softmax(y_pred, axis=axis) if from_logits else y_pred
    output = ops.clip(shares(output, axis), config.epsilon(), 1.0 - config.epsilon())
    weight = ops.multiply(power(ops.subtract(1.0, output), gamma), alpha)
    values = ops.multiply(weight, ops.multiply(y_true, ops.log(output)))
    return ops.negative(ops.sum(values, axis=axis))


class CategoricalCrossentropy(BuiltInLoss):
    """Cross-entropy for one of several classes, with one-hot targets: -sum(y_true * log(y_pred)).

    For class numbers as targets there is `SparseCategoricalCrossentropy`.

    Args:
        from_logits: whether predictions come before the softmax.
        label_smoothing: how far targets are drawn towards even shares, from 0 to 1.
        axis: the axis of the classes.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Numerics: a row of zeros has a finite loss and slope.
    Example:
        >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.6931
    """

    function = staticmethod(categorical_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            name,
            reduction,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(BuiltInLoss):
    """Categorical cross-entropy in which easy samples count less, by the factor (1 - p)^gamma.

    Args:
        alpha: weight of all classes, or a list with that of each.
        gamma: how strongly easy samples are played down.
        from_logits: whether predictions come before the softmax.
        label_smoothing: how far targets are drawn towards even shares, from 0 to 1.
        axis: the axis of the classes.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Source: Lin et al. (2017), arXiv:1708.02002.
    Example:
        >>> round(float(CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.0433
    """

    function = staticmethod(categorical_focal_crossentropy)

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            name,
            reduction,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
