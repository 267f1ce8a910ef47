"""From picture files to one array: decoded by Pillow, fitted into one size, gray or in colour.

A picture is shrunk or enlarged until it fits, its sides in proportion, and stands in the middle of
black. What is transparent lies on white. A file that cannot be decoded is left out and told.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina.base.errors import missing_extra

LONGEST = 64  # pixels of the longer side, unless asked for
_SHORTEST = 4
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")  # no EPS, which runs programs
_TOGETHER = 1024  # pictures turned gray at once
_GRAY = 2.0  # mean difference between channels up to which a picture counts as gray


@dataclass(frozen=True)
class Header:
    """What is known of a picture before its pixels are read.

    Attributes:
        digest: of the file's bytes.
        height, width: in pixels.
    """

    digest: str
    height: int
    width: int


def read_header(path: Path) -> Header | str:
    """The header of a picture, or why there is none."""
    image_module = _pillow()
    try:
        content = path.read_bytes()
        with _opened(image_module, content) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5  # the camera was held upright
    except Exception as error:
        return _why(error)
    if turned:
        width, height = height, width
    return Header(hashlib.sha256(content).hexdigest(), height, width)


def choose_size(headers: Sequence[Header], longest: int | None) -> tuple[int, int]:
    """Height and width that pictures are fitted into.

    Args:
        headers: of training pictures.
        longest: pixels of the longer side; None for that of the median, at most `LONGEST`.
    Example:
        >>> choose_size([Header("", 300, 400)], None), choose_size([Header("", 28, 28)], None)
        ((48, 64), (28, 28))
    """
    height = float(np.median([h.height for h in headers]))
    width = float(np.median([h.width for h in headers]))
    wanted = longest or min(LONGEST, max(height, width))
    scale = wanted / max(height, width)
    return max(_SHORTEST, round(height * scale)), max(_SHORTEST, round(width * scale))


def read_pictures(
    paths: Sequence[Path], size: tuple[int, int]
) -> tuple[np.ndarray, dict[int, str]]:
    """Pictures in one size.

    Args:
        paths: of the files.
        size: height and width.
    Returns:
        (pictures, height, width, 3) uint8, black where one cannot be read; and place -> why.
    """
    return _all_fitted(paths, Path.read_bytes, size)


def fit_pictures(
    contents: Sequence[bytes], size: tuple[int, int]
) -> tuple[np.ndarray, dict[int, str]]:
    """Pictures in one size, whose files were read already.

    Args:
        contents: of the files.
        size: height and width.
    Returns:
        As `read_pictures`.
    """
    return _all_fitted(contents, bytes, size)


def fit_arrays(arrays: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pictures in one size, whose pixels are there already.

    Args:
        arrays: (pictures, height, width, 3) uint8.
        size: height and width.
    Returns:
        As the first of `read_pictures`.
    """
    if arrays.shape[1:3] == size:
        return arrays
    image_module = _pillow()
    return np.stack([_placed(image_module, image_module.fromarray(a), size) for a in arrays])


def count_pixels(content: bytes) -> int:
    """How many pixels a picture has by its header, which is all that is read; 0 without one.

    Args:
        content: of its file.
    """
    image_module = _pillow()
    try:
        with _opened(image_module, content) as image:
            return int(image.width * image.height)
    except Exception:  # damaged files make Pillow raise errors of nearly every kind
        return 0


def are_gray(pixels: np.ndarray) -> bool:
    """Whether hardly any picture, at most one in a hundred, has a colour.

    Args:
        pixels: (pictures, height, width, 3) uint8.
    """
    coloured = sum(
        float((p.max(axis=-1) - p.min(axis=-1)).mean()) > _GRAY for p in pixels
    )  # channels of one pixel; uint8 holds their difference
    return coloured <= len(pixels) // 100


def gray(pixels: np.ndarray) -> np.ndarray:
    """(pictures, height, width, 1) uint8: brightness as the eye weighs colours (ITU-R 601)."""
    light = np.empty((*pixels.shape[:3], 1), np.uint8)
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    for start in range(0, len(pixels), _TOGETHER):  # as floats they take four times the room
        some = slice(start, start + _TOGETHER)
        light[some, ..., 0] = np.rint(pixels[some] @ weights)
    return light


def _all_fitted(
    sources: Sequence[Any], read: Callable[[Any], bytes], size: tuple[int, int]
) -> tuple[np.ndarray, dict[int, str]]:
    image_module = _pillow()
    pixels = np.zeros((len(sources), *size, 3), np.uint8)
    damaged: dict[int, str] = {}
    for place, source in enumerate(sources):
        try:
            pixels[place] = _fitted(image_module, read(source), size)
        except Exception as error:
            damaged[place] = _why(error)
    return pixels, damaged


def _fitted(image_module: Any, content: bytes, size: tuple[int, int]) -> np.ndarray:
    from PIL import ImageOps

    with _opened(image_module, content) as image:
        plain = _in_colours(image_module, ImageOps.exif_transpose(image))
    return _placed(image_module, plain, size)


def _placed(image_module: Any, plain: Any, size: tuple[int, int]) -> np.ndarray:
    """A picture in colours, as large as the size allows, in the middle of black."""
    from PIL import ImageOps

    height, width = size
    fitted = ImageOps.contain(plain, (width, height), image_module.Resampling.BILINEAR)
    canvas = image_module.new("RGB", (width, height))
    canvas.paste(fitted, ((width - fitted.width) // 2, (height - fitted.height) // 2))
    return np.asarray(canvas)


def _in_colours(image_module: Any, image: Any) -> Any:
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits and more: stretched to 8
        values = np.asarray(image, np.float64)
        low, high = float(values.min()), float(values.max())
        top = 255.0 if low >= 0 and high <= 255 else max(65535.0, high)
        return image_module.fromarray(
            (np.maximum(values, 0) * (255 / top)).astype(np.uint8)
        ).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = image_module.new("RGBA", image.size, "white")
        return image_module.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _opened(image_module: Any, content: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", image_module.DecompressionBombWarning)
        return image_module.open(io.BytesIO(content), formats=_FORMATS)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise missing_extra("pillow", "images", "Reading pictures") from None
    return Image


def _why(error: Exception) -> str:
    """What Pillow stumbled over. Damaged files make it raise errors of nearly every kind."""
    text = str(getattr(error, "strerror", None) or error).splitlines() or [""]
    if "BytesIO" in text[0]:
        return "no picture that Pillow knows"
    return f"{text[0]:.120}" or type(error).__name__
