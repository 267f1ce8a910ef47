"""Images as arrays and back, with Pillow, which is imported when it is needed."""

import io
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from lamina.base import config
from lamina.base.errors import ArgumentError, ArgumentTypeError, message, missing_extra, near

_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def _pillow(purpose: str) -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise missing_extra("pillow", "all", purpose) from None
    return Image


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: str | None = None
) -> Any:
    """A Pillow image from an array.

    Args:
        x: (height, width, channels) or, "channels_first", (channels, height, width), with 1, 3 or 4
            channels.
        data_format: the layout, None for the default.
        scale: stretch the values to 0..255; otherwise they must be in this range.
        dtype: float type computed in, None for the default.
    Returns:
        PIL.Image.Image of mode "L", "I" (one channel with values above 255), "RGB" or "RGBA".
    Raises:
        ArgumentError: the array has not three axes, or another number of channels.
    """
    image = _pillow("array_to_img")
    data_format = config.standardize_data_format(data_format)
    x = np.asarray(x, dtype=dtype or config.floatx())
    if x.ndim != 3:
        raise ArgumentError(
            message("Expected an image array of rank 3.", f"shape {x.shape}", "one image, no batch")
        )
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - x.min()
        x = x * (255 / x.max()) if x.max() else x
    channels = x.shape[2]
    if channels == 1 and x.max() > 255:
        return image.fromarray(x[:, :, 0].astype("int32"))
    if channels == 1:
        return image.fromarray(x[:, :, 0].astype("uint8"))
    if channels in (3, 4):
        return image.fromarray(x.astype("uint8"))
    raise ArgumentError(message("Unsupported channel number.", channels, "1, 3 or 4 channels"))


def img_to_array(img: Any, data_format: str | None = None, dtype: str | None = None) -> np.ndarray:
    """An array from a Pillow image.

    Args:
        img: PIL.Image.Image, or an array (height, width) or (height, width, channels).
        data_format: the layout wanted, None for the default.
        dtype: dtype of the result, None for the default float type.
    Returns:
        (height, width, channels) or (channels, height, width).
    Raises:
        ArgumentError: the image has neither two nor three axes.
    """
    data_format = config.standardize_data_format(data_format)
    x = np.asarray(img, dtype=dtype or config.floatx())
    if x.ndim == 2:
        x = x[:, :, None]
    if x.ndim != 3:
        raise ArgumentError(message("Unsupported image shape.", x.shape, "(height, width, ...)"))
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image file.

    Args:
        path: file name or open file.
        x: array as `array_to_img` takes it.
        data_format: its layout, None for the default.
        file_format: "png", "jpeg" and so on; None takes it from the file name.
        scale: stretch the values to 0..255.
        **kwargs: passed to `PIL.Image.Image.save`.
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = Path(path).suffix[1:]
    file_format = (file_format or "").lower().replace("jpg", "jpeg") or None
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format == "jpeg":
        warnings.warn(
            "JPEG has no transparency; the image is written as RGB.", UserWarning, stacklevel=2
        )
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Read an image file.

    Args:
        path: file name or io.BytesIO.
        color_mode: "grayscale", "rgb" or "rgba".
        target_size: (height, width), None for the file's own size.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
        keep_aspect_ratio: cut the middle part of the target's proportions out before resizing.
    Returns:
        PIL.Image.Image.
    Raises:
        ArgumentError: unknown color mode or interpolation.
        ArgumentTypeError: `path` is not a path.
    """
    if color_mode not in _MODES:
        raise ArgumentError(
            message(
                'color_mode must be "grayscale", "rgb", or "rgba".',
                repr(color_mode),
                fix=near(color_mode, _MODES) or None,
            )
        )
    if not isinstance(path, (str, bytes, os.PathLike, io.BytesIO)):
        raise ArgumentTypeError(
            message("path should be path-like or io.BytesIO.", type(path).__name__)
        )
    image = _pillow("load_img").open(path)
    image.load()
    gray = color_mode == "grayscale" and image.mode in ("L", "I;16", "I")
    if not gray and image.mode != _MODES[color_mode]:
        image = image.convert(_MODES[color_mode])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    return _resized(image, target_size, interpolation, keep_aspect_ratio)


def _resized(image: Any, target: tuple[int, int], interpolation: str, keep_ratio: bool) -> Any:
    if interpolation not in _INTERPOLATIONS:
        raise ArgumentError(
            message(
                f"Invalid interpolation method {interpolation} specified.",
                required=", ".join(_INTERPOLATIONS),
                fix=near(interpolation, _INTERPOLATIONS) or None,
            )
        )
    method = getattr(_pillow("load_img").Resampling, interpolation.upper())
    height, width = target
    box = None
    if keep_ratio:
        have_width, have_height = image.size
        cut_height = min(have_height, (have_width * height) // width)
        cut_width = min(have_width, (have_height * width) // height)
        top, left = (have_height - cut_height) // 2, (have_width - cut_width) // 2
        box = (left, top, left + cut_width, top + cut_height)
    return image.resize((width, height), method, box=box)
