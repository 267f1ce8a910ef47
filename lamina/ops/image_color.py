"""Colours: grey values, and hue, saturation and value."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ShapeError
from lamina.ops.convert import as_tensor, cast_to, dtype_of, scalar, to_float
from lamina.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    equal,
    mod,
    multiply,
    subtract,
    where,
)
from lamina.ops.image_checks import check_rank, standardize_format
from lamina.ops.reduction import max, min, sum
from lamina.ops.registration import image_op
from lamina.ops.shaping import concatenate, split

_LUMA = np.asarray([0.2989, 0.587, 0.114])  # ITU-R BT.601


def _channel_axis(images: Any, data_format: str | None) -> int:
    check_rank(images)
    return -1 if standardize_format(data_format) == "channels_last" else -3


@image_op
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Any:
    """The brightness of coloured images.

    Args:
        images: tensor (batch, height, width, 3) or one image; 1 channel is left as it is.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor with 1 channel, of the dtype of `images`.
    Raises:
        ShapeError: there are neither 3 channels nor 1.
    """
    images = as_tensor(images)
    axis = _channel_axis(images, data_format)
    if images.shape[axis] not in (1, 3):
        raise ShapeError(
            "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). Received input with shape: "
            f"images.shape={tuple(images.shape)}"
        )
    if images.shape[axis] == 1:
        return images
    dtype = dtype_of(images)
    x = to_float(images)
    luma = _LUMA.astype(dtypes.to_numpy(dtype_of(x))).reshape((3,) if axis == -1 else (3, 1, 1))
    return cast_to(sum(multiply(x, luma), axis, keepdims=True), dtype)


def _three_channels(images: Any, data_format: str | None) -> tuple[Any, int]:
    images = as_tensor(images)
    axis = _channel_axis(images, data_format)
    if images.shape[axis] != 3:
        raise ShapeError(
            "Input images must have 3 channels, but received images with "
            f"{images.shape[axis]} channels. Received: images.shape={tuple(images.shape)}"
        )
    if not dtypes.is_float(dtype_of(images)):
        raise ArgumentError(
            f"Invalid images dtype: expected float dtype. Received: images.dtype={dtype_of(images)}"
        )
    return images, axis


@image_op
def rgb_to_hsv(images: Any, data_format: str | None = None) -> Any:
    """Red, green and blue as hue, saturation and value, all in [0, 1].

    Args:
        images: float tensor (batch, height, width, 3) or one image.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the shape and dtype of `images`.
    """
    images, axis = _three_channels(images, data_format)
    red, green, blue = split(images, 3, axis)
    value = max(images, axis, keepdims=True)
    span = subtract(value, min(images, axis, keepdims=True))
    flat = equal(span, 0)
    one = scalar(1.0, dtype_of(images))
    safe = where(flat, one, span)
    dark = equal(value, 0)
    saturation = where(dark, multiply(value, 0), divide(span, where(dark, one, value)))
    sector = where(
        equal(value, red),
        divide(subtract(green, blue), safe),
        where(
            equal(value, green),
            add(divide(subtract(blue, red), safe), 2.0),
            add(divide(subtract(red, green), safe), 4.0),
        ),
    )
    hue = where(flat, multiply(value, 0), mod(divide(sector, 6.0), 1.0))
    return concatenate([hue, saturation, value], axis)


@image_op
def hsv_to_rgb(images: Any, data_format: str | None = None) -> Any:
    """The inverse of `rgb_to_hsv`.

    Args:
        images: float tensor (batch, height, width, 3) or one image.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the shape and dtype of `images`.
    """
    images, axis = _three_channels(images, data_format)
    hue, saturation, value = split(images, 3, axis)
    angle = multiply(mod(hue, 1.0), 6.0)
    tents = [  # how far each colour is from its darkest, 0 … 1
        clip(subtract(absolute(subtract(angle, 3.0)), 1.0), 0.0, 1.0),
        clip(subtract(2.0, absolute(subtract(angle, 2.0))), 0.0, 1.0),
        clip(subtract(2.0, absolute(subtract(angle, 4.0))), 0.0, 1.0),
    ]
    lost = [multiply(saturation, subtract(1.0, tent)) for tent in tents]
    return concatenate([multiply(value, subtract(1.0, part)) for part in lost], axis)
