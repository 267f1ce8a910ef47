"""The base of layers that move elements and compute nothing: no weights, and the input's dtype."""

from __future__ import annotations

from typing import Any

from lamina.layers.layer import Layer, is_default
from lamina.ops.symbolic import KerasTensor


class MovingLayer(Layer):
    """A layer whose output has the input's dtype and the shape of `compute_output_shape`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if is_default(self.build):
            self.built = True

    def compute_output_spec(self, inputs: Any) -> Any:
        """A symbolic tensor of `compute_output_shape` and the input's dtype."""
        return KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)
