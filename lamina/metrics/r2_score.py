"""`R2Score`: the share of the targets' variance that predictions explain."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lamina import ops
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.losses.ranks import as_float_pair
from lamina.metrics.metric import Metric
from lamina.runtime.variable import Variable

_AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")
_SUMS = {"squared_sum": "squared_sum", "sum": "sum", "total_mse": "residual", "count": "count"}


class R2Score(Metric):
    """The share of the targets' variance that predictions explain; 1 is perfect.

    R² = 1 - sum((y_true - y_pred)²) / sum((y_true - mean(y_true))²)

    Args:
        class_aggregation: "uniform_average" takes the mean over outputs,
            "variance_weighted_average" weighs them by their variance, None keeps them apart.
        num_regressors: the number of explaining variables, for the adjusted score; 0: not adjusted.
        name: the metric's name.
        dtype: see `Metric`.
    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: targets or predictions are not (batch, outputs).
    Numerics: an output whose targets are all equal scores 1 if predicted exactly, else 0.
    Example:
        >>> float(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])).__round__(4)
        0.5714
    """

    squared_sum: Variable
    sum: Variable
    total_mse: Variable
    count: Variable

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in _AGGREGATIONS:
            raise ArgumentError(
                message(
                    "Invalid value for argument `class_aggregation`.",
                    received=f"class_aggregation={class_aggregation!r}",
                    required=f"one of {_AGGREGATIONS}",
                )
            )
        if num_regressors < 0:
            raise ArgumentError(
                message(
                    "Invalid value for argument `num_regressors`.",
                    received=f"num_regressors={num_regressors}",
                    required="a value >= 0",
                )
            )
        self._direction = "up"
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        shapes = f"y_pred.shape={tuple(y_pred_shape)} and y_true.shape={tuple(y_true_shape)}"
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ShapeError(
                message(
                    "R2Score expects 2D inputs with shape (batch_size, output_dim).",
                    received=shapes,
                )
            )
        if y_pred_shape[-1] is None or y_true_shape[-1] is None:
            raise ShapeError(
                message(
                    "R2Score expects 2D inputs with shape (batch_size, output_dim), with "
                    "output_dim fully defined (not None).",
                    received=shapes,
                )
            )
        for attribute, name in _SUMS.items():
            setattr(self, attribute, self.add_variable((y_pred_shape[-1],), "zeros", name=name))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Args:
            y_true: targets, (batch, outputs).
            y_pred: predictions, (batch, outputs).
            sample_weight: None, or tensor (batch,) or (batch, outputs).
        """
        y_true, y_pred = as_float_pair(y_true, ops.convert_to_tensor(y_pred, dtype=self.dtype))
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        weights = ops.convert_to_tensor(1 if sample_weight is None else sample_weight, self.dtype)
        if len(weights.shape) == 1:
            weights = ops.expand_dims(weights, 1)
        shape = tuple(y_true.shape)
        weights = ops.broadcast_to(weights, shape)
        weighted = ops.multiply(y_true, weights)
        residual = ops.multiply(ops.square(ops.subtract(y_true, y_pred)), weights)
        self.sum.assign_add(ops.sum(weighted, axis=0))
        self.squared_sum.assign_add(ops.sum(ops.multiply(y_true, weighted), axis=0))
        self.total_mse.assign_add(ops.sum(residual, axis=0))
        self.count.assign_add(ops.sum(weights, axis=0))
        self.num_samples.assign_add(
            ops.convert_to_tensor(dims.product(shape), dtype=self.num_samples.dtype)
        )

    def result(self) -> Any:
        """The score so far: a scalar, or (outputs,) without an aggregation."""
        mean = ops.divide_no_nan(self.sum, self.count)
        total = ops.subtract(self.squared_sum, ops.multiply(self.sum, mean))
        constant = ops.equal(total, 0)
        share = ops.divide(self.total_mse, ops.where(constant, 1.0, total))
        exact = ops.logical_and(ops.equal(self.total_mse, 0), ops.greater(self.count, 0))
        scores = ops.where(constant, ops.cast(exact, share.dtype), ops.subtract(1.0, share))
        if self.class_aggregation == "uniform_average":
            scores = ops.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = ops.divide_no_nan(ops.sum(ops.multiply(total, scores)), ops.sum(total))
        return self._adjusted(scores) if self.num_regressors else scores

    def _adjusted(self, scores: Any) -> Any:
        """The score lowered for each explaining variable, where there are enough samples."""
        samples = ops.convert_to_tensor(self.num_samples)
        free = ops.subtract(samples, 1.0 + self.num_regressors)  # degrees of freedom left
        if isinstance(free, np.ndarray) and free <= 0:
            problem = (
                "More independent predictors than datapoints in adjusted R2 score"
                if free < 0
                else "Division by zero in Adjusted R2 score"
            )
            warnings.warn(f"{problem}. Falling back to standard R2 score.", stacklevel=3)
        enough = ops.greater(free, 0)
        factor = ops.divide(ops.subtract(samples, 1.0), ops.where(enough, free, 1.0))
        adjusted = ops.subtract(1.0, ops.multiply(ops.subtract(1.0, scores), factor))
        return ops.where(enough, adjusted, scores)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
