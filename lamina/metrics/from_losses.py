"""Metrics that are the mean of a loss function: errors, cross-entropies, divergences, margins."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.losses.binary import binary_crossentropy
from lamina.losses.categorical import categorical_crossentropy
from lamina.losses.divergence import kl_divergence, poisson
from lamina.losses.margins import categorical_hinge, hinge, squared_hinge
from lamina.losses.ranks import as_float_pair
from lamina.losses.reduction import apply_mask
from lamina.losses.regression import (
    cosine_similarity,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from lamina.losses.sparse import sparse_categorical_crossentropy
from lamina.metrics.reduction import BuiltInMean, Mean
from lamina.ops.masking import get_keras_mask


def cosine(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """The cosine of the angle between targets and predictions: minus the loss."""
    return ops.negative(cosine_similarity(y_true, y_pred, axis=axis))


class MeanSquaredError(BuiltInMean):
    """The mean of squared errors.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(MeanSquaredError()([[0.0, 1.0]], [[2.0, 1.0]]))
        2.0
    """

    function = staticmethod(mean_squared_error)

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class RootMeanSquaredError(Mean):
    """The root of the mean of squared errors.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(RootMeanSquaredError()([[0.0, 0.0]], [[3.0, 3.0]]))
        3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype=dtype)
        self._direction = "down"

    def update_state(  # type: ignore[override]  # a mean of pairs, as in Keras
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Take a batch into account.

        Args:
            y_true: targets, (batch, ...).
            y_pred: predictions, same shape; places masked in them do not count.
            sample_weight: tensor with the first axes of the predictions.
        """
        weights = apply_mask(sample_weight, get_keras_mask(y_pred), self.dtype, reduction="sum")
        y_true, y_pred = as_float_pair(y_true, ops.convert_to_tensor(y_pred, dtype=self.dtype))
        super().update_state(ops.square(ops.subtract(y_pred, y_true)), sample_weight=weights)

    def result(self) -> Any:
        """The root so far."""
        return ops.sqrt(super().result())


class MeanAbsoluteError(BuiltInMean):
    """The mean of absolute errors.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]]))
        1.0
    """

    function = staticmethod(mean_absolute_error)

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class MeanAbsolutePercentageError(BuiltInMean):
    """The mean error in percent of the target.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]]))
        25.0
    """

    function = staticmethod(mean_absolute_percentage_error)

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(name, dtype)


class MeanSquaredLogarithmicError(BuiltInMean):
    """The mean of squared differences of logarithms.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
        0.0
    """

    function = staticmethod(mean_squared_logarithmic_error)

    def __init__(
        self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None
    ) -> None:
        super().__init__(name, dtype)


class CosineSimilarity(BuiltInMean):
    """The mean cosine of the angle between targets and predictions: 1 for one direction.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
        axis: the axis along which the vectors lie.
    Example:
        >>> float(CosineSimilarity()([[0.0, 2.0]], [[0.0, 3.0]]))
        1.0
    """

    function = staticmethod(cosine)
    direction = "up"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: Any = -1
    ) -> None:
        super().__init__(name, dtype, axis=axis)


class LogCoshError(BuiltInMean):
    """The mean of log(cosh(error)).

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(LogCoshError()([[0.0]], [[0.0]]))
        0.0
    """

    function = staticmethod(log_cosh)

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class Hinge(BuiltInMean):
    """The mean margin loss; targets -1 and 1, or 0 and 1.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(Hinge()([[-1.0, 1.0]], [[0.0, 2.0]]))
        0.5
    """

    function = staticmethod(hinge)

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class SquaredHinge(BuiltInMean):
    """The mean squared margin loss; targets -1 and 1, or 0 and 1.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(SquaredHinge()([[-1.0, 1.0]], [[1.0, 2.0]]))
        2.0
    """

    function = staticmethod(squared_hinge)

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class CategoricalHinge(BuiltInMean):
    """The mean margin loss for one of several classes; one-hot targets.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]]))
        0.5
    """

    function = staticmethod(categorical_hinge)

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class KLDivergence(BuiltInMean):
    """The mean Kullback-Leibler divergence.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
        0.0
    """

    function = staticmethod(kl_divergence)

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class Poisson(BuiltInMean):
    """The mean Poisson loss of counts.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
    Example:
        >>> float(Poisson()([[0.0]], [[2.0]]))
        2.0
    """

    function = staticmethod(poisson)

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class BinaryCrossentropy(BuiltInMean):
    """The mean cross-entropy of yes-or-no targets.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
        from_logits: whether predictions come before the sigmoid.
        label_smoothing: how far targets are drawn towards 0.5, from 0 to 1.
    Example:
        >>> round(float(BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
        0.6931
    """

    function = staticmethod(binary_crossentropy)

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(name, dtype, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(BuiltInMean):
    """The mean cross-entropy of one of several classes, with one-hot targets.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
        from_logits: whether predictions come before the softmax.
        label_smoothing: how far targets are drawn towards even shares, from 0 to 1.
        axis: the axis of the classes.
    Example:
        >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.6931
    """

    function = staticmethod(categorical_crossentropy)

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis
        )


class SparseCategoricalCrossentropy(BuiltInMean):
    """The mean cross-entropy of one of several classes, with class numbers as targets.

    Args:
        name: the metric's name.
        dtype: see `Metric`.
        from_logits: whether predictions come before the softmax.
        ignore_class: a class number that marks places that do not count. Default: none.
        axis: the axis of the classes in the predictions.
    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
        0.6931
    """

    function = staticmethod(sparse_categorical_crossentropy)

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis)
