"""An activation function as a layer of its own."""

from __future__ import annotations

from typing import Any

from lamina import activations
from lamina.layers.shape_keeping import ShapeKeepingLayer


class Activation(ShapeKeepingLayer):
    """Apply an activation function.

    Args:
        activation: its name, or any function of a tensor.
    Call arguments:
        inputs: tensor of any shape.
    Returns:
        Tensor of the input's shape.
    Example:
        >>> import numpy as np
        >>> Activation("relu")(np.array([-3.0, 2.0], "float32")).tolist()
        [0.0, 2.0]
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self._nothing_to_build()

    def call(self, inputs: Any) -> Any:
        """activation(inputs)."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}
