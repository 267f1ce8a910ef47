"""Cross-entropies for yes-or-no targets, plain and focal."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.losses.numerics import power
from lamina.losses.ranks import as_float_pair
from lamina.losses.wrapper import BuiltInLoss


def _smoothed(y_true: Any, label_smoothing: float) -> Any:
    """Targets drawn towards 0.5."""
    if not label_smoothing:
        return y_true
    return ops.add(ops.multiply(y_true, 1.0 - label_smoothing), 0.5 * label_smoothing)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: Any = -1,
) -> Any:
    """The mean of -(y_true * log(p) + (1 - y_true) * log(1 - p)).

    Args:
        y_true: targets 0 or 1 (or between), (batch, ..., n).
        y_pred: probabilities, or logits with `from_logits`, (batch, ..., n).
        from_logits: whether `y_pred` comes before the sigmoid.
        label_smoothing: how far targets are drawn towards 0.5, from 0 to 1.
        axis: the axis that the mean is taken over.
    Returns:
        Tensor (batch, ...).
    Numerics: probabilities are clipped to [epsilon(), 1 - epsilon()]; logits are exact however
        large.
    Example:
        >>> binary_crossentropy([[1.0]], [[0.5]]).round(4).tolist()
        [0.6930999755859375]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    y_true = _smoothed(y_true, label_smoothing)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: Any = -1,
) -> Any:
    """Binary cross-entropy in which easy samples count less, by the factor (1 - p)^gamma.

    p is the probability given to the right answer.

    Args:
        y_true: targets 0 or 1, (batch, ..., n).
        y_pred: probabilities, or logits with `from_logits`, (batch, ..., n).
        apply_class_balancing: whether class 1 is weighted by `alpha`, class 0 by 1 - `alpha`.
        alpha: weight of class 1.
        gamma: how strongly easy samples are played down; 0 gives the plain cross-entropy.
        from_logits: whether `y_pred` comes before the sigmoid.
        label_smoothing: how far targets are drawn towards 0.5, from 0 to 1.
        axis: the axis that the mean is taken over.
    Returns:
        Tensor (batch, ...).
    Source: Lin et al. (2017), arXiv:1708.02002.
    Example:
        >>> binary_focal_crossentropy([[1.0]], [[1.0]]).round(4).tolist()
        [0.0]
    """
    y_true, y_pred = as_float_pair(y_true, y_pred, squeeze=False)
    y_true = _smoothed(y_true, label_smoothing)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    values = ops.binary_crossentropy(y_true, y_pred, from_logits=False)
    no = ops.subtract(1.0, y_true)
    right = ops.add(ops.multiply(y_true, y_pred), ops.multiply(no, ops.subtract(1.0, y_pred)))
    values = ops.multiply(power(ops.subtract(1.0, right), gamma), values)
    if apply_class_balancing:
        weight = ops.add(ops.multiply(y_true, alpha), ops.multiply(no, 1.0 - alpha))
        values = ops.multiply(weight, values)
    return ops.mean(values, axis=axis)


class BinaryCrossentropy(BuiltInLoss):
    """Cross-entropy for yes-or-no targets: -(y_true * log(p) + (1 - y_true) * log(1 - p)).

    Args:
        from_logits: whether predictions come before the sigmoid.
        label_smoothing: how far targets are drawn towards 0.5, from 0 to 1.
        axis: the axis that the mean is taken over.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Numerics: probabilities are clipped to [epsilon(), 1 - epsilon()]; logits are exact however
        large.
    Example:
        >>> round(float(BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
        0.6931
    """

    function = staticmethod(binary_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: Any = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
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


class BinaryFocalCrossentropy(BuiltInLoss):
    """Binary cross-entropy in which easy samples count less, by the factor (1 - p)^gamma.

    Args:
        apply_class_balancing: whether class 1 is weighted by `alpha`, class 0 by 1 - `alpha`.
        alpha: weight of class 1.
        gamma: how strongly easy samples are played down; 0 gives the plain cross-entropy.
        from_logits: whether predictions come before the sigmoid.
        label_smoothing: how far targets are drawn towards 0.5, from 0 to 1.
        axis: the axis that the mean is taken over.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Source: Lin et al. (2017), arXiv:1708.02002.
    Example:
        >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
        0.1733
    """

    function = staticmethod(binary_focal_crossentropy)

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: Any = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            name,
            reduction,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
