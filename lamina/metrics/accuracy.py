"""Accuracies: the share of predictions that are right."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import config
from lamina.ir import dims
from lamina.losses.ranks import as_float_pair, squeeze_or_expand_to_same_rank
from lamina.metrics.reduction import BuiltInMean


def _as_numbers(matches: Any) -> Any:
    return ops.cast(matches, config.floatx())


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where prediction and target are equal, 0 elsewhere.

    Args:
        y_true: targets, (batch, ...).
        y_pred: predictions, same shape.
    Returns:
        Float tensor (batch, ...).
    Example:
        >>> accuracy([1, 2], [1, 3]).tolist()
        [1.0, 0.0]
    """
    return _as_numbers(ops.equal(*as_float_pair(y_true, y_pred)))


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """1 where prediction and target are on the same side, 0 elsewhere.

    Args:
        y_true: targets 0 or 1, (batch, ...).
        y_pred: probabilities, same shape.
        threshold: predictions above it mean 1.
    Returns:
        Float tensor (batch, ...).
    Example:
        >>> binary_accuracy([1, 0], [0.9, 0.6]).tolist()
        [1.0, 0.0]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    predicted = ops.cast(ops.greater(y_pred, threshold), y_true.dtype)
    return _as_numbers(ops.equal(y_true, predicted))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the greatest prediction is at the target's class, 0 elsewhere.

    Args:
        y_true: one-hot targets, (batch, ..., classes).
        y_pred: probabilities or scores, (batch, ..., classes).
    Returns:
        Float tensor (batch, ...).
    Example:
        >>> categorical_accuracy([[0, 1]], [[0.2, 0.8]]).tolist()
        [1.0]
    """
    return _as_numbers(ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1)))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the greatest prediction is at the target's class, 0 elsewhere.

    Args:
        y_true: class numbers, (batch, ...) or (batch, ..., 1).
        y_pred: probabilities or scores, (batch, ..., classes).
    Returns:
        Float tensor (batch, ...).
    Example:
        >>> sparse_categorical_accuracy([1], [[0.2, 0.8]]).tolist()
        [1.0]
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and dims.is_one(y_true.shape[-1]):
        y_true = ops.squeeze(y_true, -1)
    matches = _as_numbers(ops.equal(y_true, ops.cast(ops.argmax(y_pred, axis=-1), y_true.dtype)))
    if len(matches.shape) > 1 and dims.is_one(matches.shape[-1]):
        matches = ops.squeeze(matches, -1)
    return matches


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the target's class is among the k greatest predictions, 0 elsewhere.

    Args:
        y_true: one-hot targets, (batch, ..., classes).
        y_pred: probabilities or scores, (batch, ..., classes).
        k: how many predictions count.
    Returns:
        Float tensor (batch, ...).
    Example:
        >>> top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.6, 0.3]], k=2).tolist()
        [1.0]
    """
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred, k=k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """1 where the target's class is among the k greatest predictions, 0 elsewhere.

    Args:
        y_true: class numbers, (batch, ...).
        y_pred: probabilities or scores, (batch, ..., classes); with `from_sorted_ids` class
            numbers, the most likely first.
        k: how many predictions count.
        from_sorted_ids: whether `y_pred` holds class numbers.
    Returns:
        Float tensor of the targets' shape.
    Example:
        >>> sparse_top_k_categorical_accuracy([2], [[0.1, 0.6, 0.3]], k=2).tolist()
        [1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype if from_sorted_ids else "int32")
    shape = tuple(y_true.shape)
    if len(y_pred.shape) > 2:
        y_pred = ops.reshape(y_pred, (dims.product(y_pred.shape[:-1]), y_pred.shape[-1]))
    y_true = ops.reshape(y_true, (dims.product(shape),))
    if from_sorted_ids:
        matches = ops.any(ops.equal(ops.expand_dims(y_true, 1), y_pred[:, :k]), axis=1)
    else:
        matches = ops.in_top_k(y_true, y_pred, k=k)
    return ops.reshape(_as_numbers(matches), shape)


class Accuracy(BuiltInMean):
    """The share of predictions that equal their target.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(Accuracy()([1, 2], [1, 3]))
        0.5
    """

    function = staticmethod(accuracy)
    direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class BinaryAccuracy(BuiltInMean):
    """The share of probabilities that are on the right side of a threshold.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
        threshold: predictions above it mean 1.
    Example:
        >>> float(BinaryAccuracy()([1, 0], [0.9, 0.6]))
        0.5
    """

    function = staticmethod(binary_accuracy)
    direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name, dtype, threshold=threshold)


class CategoricalAccuracy(BuiltInMean):
    """The share of samples whose greatest prediction is at the right class; one-hot targets.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(CategoricalAccuracy()([[0, 1]], [[0.2, 0.8]]))
        1.0
    """

    function = staticmethod(categorical_accuracy)
    direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class SparseCategoricalAccuracy(BuiltInMean):
    """The share of samples whose greatest prediction is at the right class; class numbers.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(SparseCategoricalAccuracy()([1], [[0.2, 0.8]]))
        1.0
    """

    function = staticmethod(sparse_categorical_accuracy)
    direction = "up"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class TopKCategoricalAccuracy(BuiltInMean):
    """The share of samples whose class is among the k greatest predictions; one-hot targets.

    Args:
        k: how many predictions count.
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(TopKCategoricalAccuracy(k=2)([[0, 0, 1]], [[0.1, 0.6, 0.3]]))
        1.0
    """

    function = staticmethod(top_k_categorical_accuracy)
    direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(name, dtype, k=k)


class SparseTopKCategoricalAccuracy(BuiltInMean):
    """The share of samples whose class is among the k greatest predictions; class numbers.

    Args:
        k: how many predictions count.
        name: the metric's name.
        dtype: see `Metric`.
        from_sorted_ids: whether predictions are class numbers, the most likely first.
    Example:
        >>> float(SparseTopKCategoricalAccuracy(k=2)([2], [[0.1, 0.6, 0.3]]))
        1.0
    """

    function = staticmethod(sparse_top_k_categorical_accuracy)
    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(name, dtype, k=k, from_sorted_ids=from_sorted_ids)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        config = super().get_config()
        if not config["from_sorted_ids"]:  # as in files that Keras writes
            del config["from_sorted_ids"]
        return config
