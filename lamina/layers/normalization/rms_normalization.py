"""Normalisation of each sample by its root mean square."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import axes_within
from lamina.layers.layer import Layer
from lamina.layers.normalization.scale_and_shift import sizes_along


class RMSNormalization(Layer):
    """Divide every sample by its root mean square along `axis`, and scale.

    y = scale * x / sqrt(mean(x²) + epsilon)

    Args:
        axis: int or list of int. Axes normalised together.
        epsilon: float > 0, in squared units of the input.
    Call arguments:
        inputs: float tensor (batch, …).
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: `axis` names an axis the input lacks.
    Source: Zhang, Sennrich (2019), arXiv:1910.07467.
    Example:
        >>> import numpy as np
        >>> RMSNormalization(epsilon=0.0)(np.array([[3.0, 3.0]], "float32")).tolist()
        [[1.0, 1.0]]
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = sorted(axis) if isinstance(axis, (list, tuple)) else axis
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        """Create scale, of the sizes along `axis`."""
        shape = sizes_along(self.axis, input_shape)
        self.scale = self.add_weight(shape=shape, initializer="ones", name="scale")

    def call(self, inputs: Any) -> Any:
        """The normalised input."""
        return ops.rms_normalization(inputs, self.scale, axis=self.axis, epsilon=self.epsilon)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape.

        Raises:
            ArgumentError: `axis` lies outside it.
        """
        axes_within(self.axis, input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}
