"""A penalty for activations, as a layer of its own."""

from __future__ import annotations

from typing import Any

from lamina import regularizers
from lamina.layers.shape_keeping import ShapeKeepingLayer


class ActivityRegularization(ShapeKeepingLayer):
    """Pass the input on and add a penalty for it to the loss.

    Args:
        l1: float >= 0, weight of the sum of absolute values.
        l2: float >= 0, weight of the sum of squares.
    Call arguments:
        inputs: float tensor of any shape.
    Returns:
        The input.
    Example:
        >>> import numpy as np
        >>> layer = ActivityRegularization(l1=0.5)
        >>> layer(np.ones((2, 3), "float32")).shape, float(layer.losses[0])
        ((2, 3), 1.5)
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2
        self._nothing_to_build()

    def call(self, inputs: Any) -> Any:
        """The input."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return {**config, "l1": self.l1, "l2": self.l2}
