"""Normalisation of each sample to length 1."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import axes_within
from lamina.layers.normalization.layer_normalization import checked_axis
from lamina.layers.shape_keeping import ShapeKeepingLayer


class UnitNormalization(ShapeKeepingLayer):
    """Scale every sample so that the squares along `axis` sum to 1.

    Args:
        axis: int or list of int. Axes normalised together.
    Call arguments:
        inputs: float tensor (batch, …).
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentTypeError: `axis` is neither int nor a list of them.
        ArgumentError: `axis` names an axis the input lacks.
    Example:
        >>> import numpy as np
        >>> UnitNormalization()(np.array([[3.0, 4.0]], "float32")).round(3).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = checked_axis(axis)
        self._nothing_to_build()

    def call(self, inputs: Any) -> Any:
        """The input at length 1; zeros stay zeros."""
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        return ops.normalize(inputs, axis=axis, order=2, epsilon=1e-12)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape.

        Raises:
            ArgumentError: `axis` lies outside it.
        """
        axes_within(self.axis, input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "axis": self.axis}
