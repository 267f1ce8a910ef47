"""Images in other sizes. Every axis is resampled by itself, by a matrix of weights worked out
beforehand.

Pixels are squares: the middle of pixel i lies at i + 0.5. With antialiasing the interpolating curve
is stretched when an axis shrinks, so that every input pixel counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError
from lamina.ops.convert import as_tensor, cast_to, dtype_of, to_float
from lamina.ops.elementwise import (
    absolute,
    divide,
    equal,
    greater_equal,
    less,
    less_equal,
    logical_and,
    maximum,
    subtract,
    where,
)
from lamina.ops.image_checks import check_rank, standardize_format
from lamina.ops.indexing import getitem
from lamina.ops.power_log import sinc
from lamina.ops.products import tensordot
from lamina.ops.reduction import sum
from lamina.ops.registration import image_op
from lamina.ops.shaping import moveaxis, pad
from lamina.runtime.dispatch import apply


def _triangle(x: Any) -> Any:
    return maximum(subtract(1.0, absolute(x)), 0.0)


def _cubic(x: Any) -> Any:
    """Keys (1981), a = -0.5."""
    x = absolute(x)
    near = ((1.5 * x - 2.5) * x) * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return where(less(x, 1.0), near, where(less(x, 2.0), far, 0.0))


def _lanczos(radius: int) -> Callable[[Any], Any]:
    def curve(x: Any) -> Any:
        return where(less(absolute(x), radius), sinc(x) * sinc(x / radius), 0.0)

    return curve


_CURVES = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), _triangle),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _cubic),
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}
_RESIZE = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic")


def weights(size: int, new_size: int, scale: Any, shift: Any, method: str, antialias: bool) -> Any:
    """How much each input pixel counts for each output pixel, (size, new_size).

    Args:
        size: pixels of the input.
        new_size: pixels of the output.
        scale: how much longer the output is.
        shift: where the input's origin lies in the output.
        method: name of the curve.
        antialias: whether to stretch the curve when shrinking.
    """
    line = np.arange(new_size) + 0.5
    pixels = np.arange(size, dtype="float64")[:, None]
    places = (line - shift) / scale - 0.5
    stretch = maximum(1.0 / scale, 1.0) if antialias else 1.0
    table = _CURVES[method]((places - pixels) / stretch)
    total = sum(table, 0)
    valid = logical_and(greater_equal(places, -0.5), less_equal(places, size - 0.5))
    valid = logical_and(valid, less(1e-4, absolute(total)))
    return where(valid, divide(table, where(equal(total, 0.0), 1.0, total)), 0.0)


def _resample(x: Any, axis: int, table: Any) -> Any:
    return moveaxis(tensordot(x, cast_to(table, dtype_of(x)), ((axis,), (0,))), -1, axis)


@image_op
def resize(
    images: Any,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Images in another size.

    Args:
        images: tensor (batch, height, width, channels) or one image.
        size: (height, width) of the result.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        antialias: whether every input pixel counts when an axis shrinks.
        crop_to_aspect_ratio: cut to the shape of the result first, in the middle.
        pad_to_aspect_ratio: fill up to the shape of the result first, on both sides.
        fill_mode: "constant".
        fill_value: what is filled up with.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor with the new height and width.
    Raises:
        ArgumentError: an argument is unknown, or both cropping and padding are asked for.
    """
    if interpolation not in _RESIZE:
        raise ArgumentError(
            "Invalid value for argument `interpolation`. Expected of one "
            f"{_RESIZE}. Received: interpolation={interpolation}"
        )
    if fill_mode != "constant":
        raise ArgumentError(
            "Invalid value for argument `fill_mode`. Only `'constant'` is supported. "
            f"Received: fill_mode={fill_mode}"
        )
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError(
            "Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`."
        )
    if len(size) != 2:
        raise ArgumentError(f"Expected `size` to be a tuple of 2 integers. Received: size={size}")
    if any(int(s) <= 0 for s in size):
        raise ArgumentError(f"`size` must have positive height and width. Received: size={size}")
    x = as_tensor(images)
    check_rank(x)
    last = standardize_format(data_format) == "channels_last"
    axes = (x.ndim - 3, x.ndim - 2) if last else (x.ndim - 2, x.ndim - 1)
    if crop_to_aspect_ratio:
        x = _cropped(x, axes, size)
    elif pad_to_aspect_ratio:
        x = _padded(x, axes, size, fill_value)
    dtype = dtype_of(x)
    for axis, new in zip(axes, size, strict=True):
        old, new = x.shape[axis], int(new)
        if old == new:
            continue
        if interpolation == "nearest":
            places = np.floor((np.arange(new) + 0.5) * (old / new)).astype("int32")
            x = apply("gather", x, places, axis=axis)
        else:
            table = weights(old, new, new / old, 0.0, interpolation, antialias)
            x = _resample(to_float(x), axis, table)
    return x if dtypes.is_float(dtype) else _as_integers(x, dtype)


def _as_integers(x: Any, dtype: str) -> Any:
    """Rounded and kept inside the dtype's range."""
    if not dtypes.is_float(dtype_of(x)):
        return x
    if not dtypes.is_int(dtype):
        return cast_to(x, dtype)
    info = np.iinfo(dtypes.to_numpy(dtype))
    kind = dtypes.to_numpy(dtype_of(x))
    x = apply("maximum", apply("round", x), np.asarray(info.min, kind))
    return cast_to(apply("minimum", x, np.asarray(info.max, kind)), dtype)


def _cropped(x: Any, axes: tuple[int, int], size: Sequence[int]) -> Any:
    height, width = (x.shape[a] for a in axes)
    new_height = max(min(height, int(float(width * size[0]) / size[1])), 1)
    new_width = max(min(width, int(float(height * size[1]) / size[0])), 1)
    key: list = [slice(None)] * x.ndim
    for axis, old, new in zip(axes, (height, width), (new_height, new_width), strict=True):
        start = int(float(old - new) / 2)
        key[axis] = slice(start, start + new)
    return getitem(x, tuple(key))


def _padded(x: Any, axes: tuple[int, int], size: Sequence[int], value: float) -> Any:
    height, width = (x.shape[a] for a in axes)
    new_height = max(height, int(float(width * size[0]) / size[1]))
    new_width = max(width, int(float(height * size[1]) / size[0]))
    widths = [(0, 0)] * x.ndim
    for axis, old, new in zip(axes, (height, width), (new_height, new_width), strict=True):
        side = int(float(new - old) / 2)
        widths[axis] = (side, side)
    return pad(x, widths, constant_values=value)


@image_op
def scale_and_translate(
    images: Any,
    output_shape: Sequence[int],
    scale: Any,
    translation: Any,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Any:
    """Images enlarged and moved: what lies at x comes to lie at scale * x + translation.

    Args:
        images: tensor.
        output_shape: shape of the result.
        scale: array (k,), for each axis of `spatial_dims`.
        translation: array (k,), in pixels of the result.
        spatial_dims: the k axes.
        method: "linear", "bilinear", "trilinear", "cubic", "bicubic", "tricubic", "lanczos3" or
            "lanczos5".
        antialias: whether every input pixel counts when an axis shrinks.
    Returns:
        Float tensor of `output_shape`; 0 where nothing of the input lies.
    """
    if method not in _CURVES:
        raise ArgumentError(
            "Invalid value for argument `method`. Expected of one "
            f"{set(_CURVES)}. Received: method={method}"
        )
    x = to_float(images)
    factors = cast_to(as_tensor(scale), "float64")
    shifts = cast_to(as_tensor(translation), "float64")
    for i, axis in enumerate(spatial_dims):
        axis, factor, shift = axis % x.ndim, factors[i], shifts[i]
        new = int(output_shape[axis])
        x = _resample(x, axis, weights(x.shape[axis], new, factor, shift, method, antialias))
    return x
