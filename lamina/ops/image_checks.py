"""What the functions of `ops.image` have in common: data formats, ranks, single images as a batch
of one."""

from __future__ import annotations

from typing import Any

from lamina.base import config
from lamina.base.errors import ArgumentError, ShapeError
from lamina.ops.convert import as_tensor
from lamina.ops.shaping import expand_dims, squeeze, transpose


def standardize_format(data_format: str | None) -> str:
    """The data format, the configured one if None.

    Raises:
        ArgumentError: it is unknown.
    """
    name = config.image_data_format() if data_format is None else str(data_format).lower()
    if name not in ("channels_last", "channels_first"):
        raise ArgumentError(
            "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
            f"Received: data_format={data_format}"
        )
    return name


def check_rank(images: Any) -> None:
    """Raise unless a tensor is an image or a batch of them."""
    if len(images.shape) not in (3, 4):
        raise ShapeError(
            "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). "
            f"Received input with shape: images.shape={tuple(images.shape)}"
        )


class Batch:
    """Images as (batch, height, width, channels), and back to what they were.

    Args:
        images: tensor of 3 or 4 axes in a data format.
        data_format: as users give it.
    """

    def __init__(self, images: Any, data_format: str | None) -> None:
        images = as_tensor(images)
        check_rank(images)
        self.single = images.ndim == 3
        self.first = standardize_format(data_format) == "channels_first"
        batch = expand_dims(images, 0) if self.single else images
        self.value = transpose(batch, (0, 2, 3, 1)) if self.first else batch

    def restore(self, result: Any) -> Any:
        """A result (batch, height, width, channels, further axes…) in the form of the input."""
        if self.first:
            result = transpose(result, (0, 3, 1, 2, *range(4, result.ndim)))
        return squeeze(result, 0) if self.single else result
