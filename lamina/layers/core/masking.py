"""Padding found by its value: the source of a mask."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.shape_keeping import ShapeKeepingLayer
from lamina.ops.masking import set_keras_mask
from lamina.saving import deserialize_keras_object


class Masking(ShapeKeepingLayer):
    """Mask the time steps at which every feature has one value.

    Args:
        mask_value: the value that marks padding.
    Call arguments:
        inputs: tensor (batch, time, features).
    Returns:
        The input with zeros at masked steps; it carries a bool mask (batch, time), False at them.
    Example:
        >>> import numpy as np
        >>> layer = Masking()
        >>> layer.compute_mask(np.array([[[1.0], [0.0]]])).tolist()
        [[True, False]]
    """

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(mask_value, dict) and mask_value.get("config"):
            mask_value = deserialize_keras_object(mask_value)
        self.mask_value = mask_value
        self._nothing_to_build()

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """True where a step is real."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """The input with zeros at masked steps."""
        mask = self.compute_mask(inputs)
        outputs = ops.where(ops.expand_dims(mask, -1), inputs, ops.zeros_like(inputs))
        set_keras_mask(outputs, mask)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "mask_value": self.mask_value}
