"""Losses for one of several classes whose targets are class numbers."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.ir.dims import is_one
from lamina.losses.numerics import power
from lamina.losses.wrapper import BuiltInLoss
from lamina.ops.masking import set_keras_mask


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """-log of the probability given to the right class.

    Args:
        y_true: class numbers, (batch, ...) or (batch, ..., 1).
        y_pred: probabilities, or logits with `from_logits`, (batch, ..., classes).
        from_logits: whether `y_pred` comes before the softmax.
        ignore_class: a class number that marks places that do not count; their loss is 0 and they
            are left out of means. Default: none.
        axis: the axis of the classes in `y_pred`.
    Returns:
        Tensor (batch, ...).
    Numerics: as in `categorical_crossentropy`.
    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(4).tolist()
        [0.6930999755859375]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and is_one(y_true.shape[axis]):
        y_true = ops.squeeze(y_true, axis)
    if axis not in (-1, len(y_pred.shape) - 1):
        y_pred = ops.moveaxis(y_pred, axis, -1)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits)
    counted = ops.not_equal(y_true, ignore_class)
    values = ops.sparse_categorical_crossentropy(
        ops.where(counted, y_true, 0),
        ops.where(ops.expand_dims(counted, -1), y_pred, 0.0),
        from_logits=from_logits,
    )
    values = ops.where(counted, values, 0.0)
    set_keras_mask(values, counted)
    return values


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """(1 - p^q) / q, p being the probability given to the right class; forgives wrong labels.

    Args:
        y_true: class numbers, (batch, ...).
        y_pred: probabilities, (batch, ..., classes).
        q: between 0 and 1: near 0 the cross-entropy, near 1 the absolute error.
    Returns:
        Tensor (batch, ...).
    Numerics: at p = 0 the slope is 0.
    Source: Zhang, Sabuncu (2018), arXiv:1805.07836.
    Example:
        >>> categorical_generalized_cross_entropy([0], [[0.25, 0.75]], 0.5).tolist()
        [1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    hot = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)
    right = ops.sum(ops.multiply(y_pred, hot), axis=-1)
    return ops.divide(ops.subtract(1.0, power(right, q)), q)


class SparseCategoricalCrossentropy(BuiltInLoss):
    """Cross-entropy for one of several classes, with class numbers as targets.

    For one-hot targets there is `CategoricalCrossentropy`.

    Args:
        from_logits: whether predictions come before the softmax.
        ignore_class: a class number that marks places that do not count. Default: none.
        reduction: see `Loss`.
        axis: the axis of the classes in the predictions.
        name: the loss's name.
        dtype: see `Loss`.
    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
        0.6931
    """

    function = staticmethod(sparse_categorical_crossentropy)
    _integer_targets = True

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            name, reduction, dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis
        )


class CategoricalGeneralizedCrossEntropy(BuiltInLoss):
    """A cross-entropy that forgives wrong labels: (1 - p^q) / q.

    Targets are class numbers; p is the probability given to the right class.

    Args:
        q: between 0 and 1: near 0 the cross-entropy, near 1 the absolute error.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Raises:
        ArgumentError: `q` is not between 0 and 1.
    Source: Zhang, Sabuncu (2018), arXiv:1805.07836.
    Example:
        >>> float(CategoricalGeneralizedCrossEntropy()([0], [[0.25, 0.75]]))
        1.0
    """

    function = staticmethod(categorical_generalized_cross_entropy)
    _integer_targets = True

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        if not 0 < q < 1:
            raise ArgumentError(message("q must be in the interval (0, 1)", received=f"q={q}"))
        super().__init__(name, reduction, dtype, q=q)
