"""Parts of images: patches, and borders added or cut off."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ArgumentTypeError
from lamina.ops.convert import as_tensor, dtype_of
from lamina.ops.image_checks import check_rank, standardize_format
from lamina.ops.nn_conv import conv
from lamina.ops.registration import image_op
from lamina.ops.shaping import expand_dims, pad, squeeze, take_range


@image_op
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Windows of images, each as one pixel with many channels.

    Args:
        images: tensor (batch, height, width, channels) or one image; with a `size` of three numbers
            (batch, depth, height, width, channels) or one volume.
        size: int, (height, width) or (depth, height, width) of a window.
        strides: distance of the windows; default `size`.
        dilation_rate: distance of a window's pixels.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor (batch, rows, columns, window * channels).
    """
    if not isinstance(size, int):
        if not isinstance(size, (tuple, list)):
            raise ArgumentTypeError(
                "Invalid `size` argument. Expected an int or a tuple. "
                f"Received: size={size} of type {type(size).__name__}"
            )
        if len(size) not in (2, 3):
            raise ArgumentError(
                "Invalid `size` argument. Expected a tuple of length 2 or 3. "
                f"Received: size={size} with length {len(size)}"
            )
    sizes = (size, size) if isinstance(size, int) else tuple(size)
    return _patches(images, sizes, strides, dilation_rate, padding, data_format)


@image_op
def extract_patches_3d(
    volumes: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Windows of volumes, each as one voxel with many channels; see `extract_patches`.

    Args:
        volumes: tensor (batch, depth, height, width, channels) or one volume.
        size: int or (depth, height, width) of a window.
        strides: distance of the windows; default `size`.
        dilation_rate: distance of a window's voxels.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor (batch, layers, rows, columns, window * channels).
    """
    if not isinstance(size, int) and (not isinstance(size, (tuple, list)) or len(size) != 3):
        raise ArgumentTypeError(
            "Invalid `size` argument. Expected an int or a tuple of length 3. "
            f"Received: size={size}"
        )
    sizes = (size,) * 3 if isinstance(size, int) else tuple(size)
    if strides is not None and not isinstance(strides, int) and len(strides) != 3:
        raise ArgumentError(f"Invalid `strides` argument. Got: {strides}")
    return _patches(volumes, sizes, strides, dilation_rate, padding, data_format)


def _patches(
    images: Any, sizes: tuple, strides: Any, dilation: Any, padding: str, data_format: str | None
) -> Any:
    x = as_tensor(images)
    form = standardize_format(data_format)
    single = x.ndim == len(sizes) + 1
    x = expand_dims(x, 0) if single else x
    channels = x.shape[-1] if form == "channels_last" else x.shape[1]
    count = int(np.prod(sizes)) * channels
    kernel = np.eye(
        count, dtype=dtypes.to_numpy(dtype_of(x))
    )  # one filter for each place and channel
    kernel = kernel.reshape(*sizes, channels, count)
    result = conv(x, kernel, strides or sizes, padding, form, dilation)
    return squeeze(result, 0) if single else result


def _axes(x: Any, data_format: str | None) -> tuple[int, int]:
    """The axes of height and width."""
    check_rank(x)
    last = standardize_format(data_format) == "channels_last"
    return (x.ndim - 3, x.ndim - 2) if last else (x.ndim - 2, x.ndim - 1)


def _two_of_three(names: tuple[str, str, str], values: list[int | None]) -> None:
    """Raise unless exactly two of three related numbers are given, none of them negative."""
    if sum(v is not None for v in values) != 2:
        raise ArgumentError(
            f"Must specify exactly two of {', '.join(names)}. Received: "
            + ", ".join(f"{n}={v}" for n, v in zip(names, values, strict=True))
        )
    for name, value in zip(names, values, strict=True):
        _check_size(name, value)


def _check_size(name: str, value: int | None) -> None:
    if value is not None and value < 0:
        raise ArgumentError(f"{name} must be >= 0. Received: {name}={value}")


@image_op
def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Images with a border of zeros; two of three numbers are given for each axis.

    Args:
        images: tensor (batch, height, width, channels) or one image.
        top_padding: rows above.
        left_padding: columns on the left.
        bottom_padding: rows below.
        right_padding: columns on the right.
        target_height: height of the result.
        target_width: width of the result.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the new size.
    Raises:
        ArgumentError: not two of three are given, or one comes out negative.
    """
    x = as_tensor(images)
    widths = [(0, 0)] * x.ndim
    plans = (
        ("top_padding", "bottom_padding", "target_height"),
        ("left_padding", "right_padding", "target_width"),
    )
    given: Any = (
        [top_padding, bottom_padding, target_height],
        [left_padding, right_padding, target_width],
    )
    for axis, names, (before, after, target) in zip(
        _axes(x, data_format), plans, given, strict=True
    ):
        _two_of_three(names, [before, after, target])
        size = x.shape[axis]
        if before is None:
            before = target - after - size
        elif after is None:
            after = target - before - size
        _check_size(names[0], before)
        _check_size(names[1], after)
        widths[axis] = (before, after)
    return pad(x, widths)


@image_op
def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Images with a border cut off; two of three numbers are given for each axis.

    Args:
        images: tensor (batch, height, width, channels) or one image.
        top_cropping: rows cut off above.
        left_cropping: columns cut off on the left.
        bottom_cropping: rows cut off below.
        right_cropping: columns cut off on the right.
        target_height: height of the result.
        target_width: width of the result.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the new size.
    Raises:
        ArgumentError: not two of three are given, or one comes out negative.
    """
    x = as_tensor(images)
    plans = (
        ("top_cropping", "bottom_cropping", "target_height"),
        ("left_cropping", "right_cropping", "target_width"),
    )
    given: Any = ([top_cropping, bottom_cropping, target_height],
             [left_cropping, right_cropping, target_width])  # fmt: skip
    for axis, names, (before, after, target) in zip(
        _axes(x, data_format), plans, given, strict=True
    ):
        _two_of_three(names, [before, after, target])
        size = x.shape[axis]
        if before is None:
            before = size - target - after
        elif target is None:
            target = size - after - before
        _check_size(names[0], before)
        _check_size(names[2], target)
        x = take_range(x, axis, before, before + target)
    return x
