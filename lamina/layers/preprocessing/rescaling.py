"""A factor and a summand for inputs, such as pixels from 0 … 255 to 0 … 1."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import config
from lamina.layers.shape_keeping import ShapeKeepingLayer
from lamina.saving import deserialize_keras_object, serialize_keras_object


class Rescaling(ShapeKeepingLayer):
    """inputs * scale + offset.

    Args:
        scale: number, or sequence with one number for each channel.
        offset: number, or sequence with one number for each channel.
    Call arguments:
        inputs: tensor of any shape and dtype.
    Returns:
        Float tensor of the input's shape.
    Example:
        >>> import numpy as np
        >>> Rescaling(1 / 255)(np.array([[0, 255]])).tolist()
        [[0.0, 1.0]]
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset
        self._allow_non_tensor_positional_args = True
        self._nothing_to_build()

    def call(self, inputs: Any) -> Any:
        """inputs * scale + offset."""
        dtype = self.compute_dtype
        scale = ops.cast(ops.convert_to_tensor(self.scale), dtype)
        offset = ops.cast(ops.convert_to_tensor(self.offset), dtype)
        if scale.ndim > 0 and config.image_data_format() == "channels_first":
            scale = ops.reshape(scale, (*scale.shape, *[1] * (3 - scale.ndim)))
        return ops.add(ops.multiply(ops.cast(inputs, dtype), scale), offset)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "scale": serialize_keras_object(self.scale),
            "offset": serialize_keras_object(self.offset),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Rescaling:
        """A layer from `get_config`."""
        numbers = {
            key: deserialize_keras_object(config[key], custom_objects=custom_objects)
            for key in ("scale", "offset")
        }
        return cls(**{**config, **numbers})
