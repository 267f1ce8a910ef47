"""Intersection over union: how much predicted and true regions of each class overlap."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.base import config, dtypes
from lamina.base.errors import ArgumentError, message
from lamina.base.loading import check_size
from lamina.ir import dims
from lamina.metrics.metric import Metric


def _flat(x: Any) -> Any:
    return ops.reshape(x, (dims.product(tuple(x.shape)),)) if len(x.shape) > 1 else x


class IoU(Metric):
    """The mean over some classes of intersection / union.

    Args:
        num_classes: the number of classes; labels outside of 0 … num_classes - 1 do not count.
        target_class_ids: the classes that the mean is taken over.
        name: the metric's name.
        dtype: dtype of the counts; default int32. Fractional sample weights need a float dtype.
        ignore_class: a target that marks places that do not count. Default: none.
        sparse_y_true: whether targets are class numbers; else one-hot along `axis`.
        sparse_y_pred: whether predictions are class numbers; else scores along `axis`.
        axis: the axis of the classes.
    Raises:
        ArgumentError: a target class is not one of the classes.
    Numerics: classes that occur neither in targets nor in predictions are left out.
    Example:
        >>> round(float(IoU(2, [0])([0, 0, 1, 1], [0, 1, 0, 1])), 4)
        0.3333
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name=name, dtype=dtype or "int")
        if max(target_class_ids) >= num_classes:
            raise ArgumentError(
                message(
                    f"Target class id {max(target_class_ids)} is out of range, which is "
                    f"[0, {num_classes})."
                )
            )
        self._direction = "up"
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", dtype=self.dtype, name="total_confusion_matrix"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: class numbers, or one-hot without `sparse_y_true`.
            y_pred: class numbers, or scores without `sparse_y_pred`.
            sample_weight: None, or a weight for each place.
        """
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        y_true, y_pred = _flat(ops.cast(y_true, "int32")), _flat(ops.cast(y_pred, "int32"))
        counted = ops.logical_and(self._is_class(y_true), self._is_class(y_pred))
        if self.ignore_class is not None:
            counted = ops.logical_and(counted, ops.not_equal(y_true, self.ignore_class))
        place = ops.add(ops.multiply(y_true, self.num_classes), y_pred)
        place = ops.where(counted, place, 0)
        weights = ops.where(counted, self._weights(sample_weight, y_true), 0)
        size = self.num_classes
        counts = ops.scatter(ops.expand_dims(place, -1), weights, (size * size,))
        self.total_cm.assign_add(ops.reshape(counts, (size, size)))

    def _is_class(self, labels: Any) -> Any:
        return ops.logical_and(ops.greater_equal(labels, 0), ops.less(labels, self.num_classes))

    def _weights(self, sample_weight: Any, y_true: Any) -> Any:
        if sample_weight is None:
            sample_weight = 1
        else:
            sample_weight = ops.convert_to_tensor(sample_weight)
            if dtypes.is_float(sample_weight.dtype) and dtypes.is_int(self.dtype):
                warnings.warn(
                    f"{type(self).__name__}: passing weight as `float`, but dtype is `int`: "
                    "type casting cuts fractions off. Use integer weights, or dtype='float32'.",
                    stacklevel=3,
                )
        weights = _flat(ops.convert_to_tensor(sample_weight, dtype=self.dtype))
        return ops.broadcast_to(weights, tuple(y_true.shape))

    def result(self) -> Any:
        """The mean so far, a float scalar."""
        counts = ops.convert_to_tensor(self.total_cm)
        diagonal = ops.eye(self.num_classes, dtype="bool")
        common = ops.sum(ops.where(diagonal, counts, 0), axis=0)
        union = ops.subtract(ops.add(ops.sum(counts, axis=0), ops.sum(counts, axis=1)), common)
        common = ops.cast(ops.take(common, self.target_class_ids, axis=0), "float32")
        union = ops.cast(ops.take(union, self.target_class_ids, axis=0), "float32")
        occurs = ops.greater(union, 1e-9)
        shares = ops.where(occurs, ops.divide(common, ops.add(union, config.epsilon())), 0.0)
        number = ops.sum(ops.cast(occurs, "float32"))
        return ops.divide(ops.sum(shares), ops.add(number, config.epsilon()))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        return {key: value for key, value in IoU.get_config(self).items() if key not in names}


class BinaryIoU(IoU):
    """Intersection over union for yes-or-no predictions.

    Args:
        target_class_ids: the classes that the mean is taken over: 0, 1 or both.
        threshold: predictions from it on mean class 1.
        name: the metric's name.
        dtype: dtype of the counts; default int32.
    Example:
        >>> round(float(BinaryIoU([1])([0, 1, 1], [0.1, 0.2, 0.7])), 4)
        0.5
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: targets 0 or 1.
            y_pred: predictions, same shape.
            sample_weight: None, or a weight for each place.
        """
        y_pred = ops.convert_to_tensor(y_pred, dtype="float32")
        super().update_state(y_true, ops.greater_equal(y_pred, self.threshold), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {
            **Metric.get_config(self),
            "target_class_ids": self.target_class_ids,
            "threshold": self.threshold,
        }


class MeanIoU(IoU):
    """The mean over all classes of intersection / union.

    Args:
        num_classes: the number of classes.
        name: the metric's name.
        dtype: dtype of the counts; default int32.
        ignore_class: a target that marks places that do not count. Default: none.
        sparse_y_true: whether targets are class numbers; else one-hot along `axis`.
        sparse_y_pred: whether predictions are class numbers; else scores along `axis`.
        axis: the axis of the classes.
    Example:
        >>> round(float(MeanIoU(2)([0, 0, 1, 1], [0, 1, 0, 1])), 4)
        0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        check_size(num_classes, "a list of classes")
        super().__init__(
            num_classes,
            list(range(num_classes)),
            name,
            dtype,
            ignore_class,
            sparse_y_true,
            sparse_y_pred,
            axis,
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """The mean over some classes of intersection / union, with one-hot targets.

    Args:
        num_classes: the number of classes.
        target_class_ids: the classes that the mean is taken over.
        name: the metric's name.
        dtype: dtype of the counts; default int32.
        ignore_class: a class whose places do not count. Default: none.
        sparse_y_pred: whether predictions are class numbers; else scores along `axis`.
        axis: the axis of the classes.
    Example:
        >>> round(float(OneHotIoU(2, [0])([[1, 0], [0, 1]], [[0.9, 0.1], [0.7, 0.3]])), 4)
        0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """The mean over all classes of intersection / union, with one-hot targets.

    Args:
        num_classes: the number of classes.
        name: the metric's name.
        dtype: dtype of the counts; default int32.
        ignore_class: a class whose places do not count. Default: none.
        sparse_y_pred: whether predictions are class numbers; else scores along `axis`.
        axis: the axis of the classes.
    Example:
        >>> round(float(OneHotMeanIoU(2)([[1, 0], [0, 1]], [[0.9, 0.1], [0.7, 0.3]])), 4)
        0.25
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return self._config_without("target_class_ids", "sparse_y_true")
