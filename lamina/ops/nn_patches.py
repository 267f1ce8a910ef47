"""Blocks of an image to columns and back, and blocks of space to channels and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.config import standardize_data_format
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of
from lamina.ops.registration import op
from lamina.ops.shaping import reshape, transpose
from lamina.ops.windows import channels_last, per_axis
from lamina.runtime.dispatch import apply


class _Blocks:
    """Where the elements of sliding blocks lie in a padded image that is flattened to one axis."""

    def __init__(
        self, size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any
    ) -> None:
        self.kernel = per_axis(kernel_size, 2, "kernel_size")
        spread = per_axis(dilation, 2, "dilation")
        self.padding = per_axis(padding, 2, "padding")
        steps = per_axis(stride, 2, "stride")
        self.padded = tuple(n + 2 * p for n, p in zip(size, self.padding, strict=True))
        lines = []
        for n, k, d, s in zip(self.padded, self.kernel, spread, steps, strict=True):
            starts = np.arange(0, max(n - d * (k - 1), 0), s)
            lines.append(np.arange(k)[:, None] * d + starts)  # (kernel, blocks)
        rows, columns = lines
        self.counts = rows.shape[1], columns.shape[1]
        places = rows[:, None, :, None] * self.padded[1] + columns[None, :, None, :]
        self.places = places.reshape(
            self.kernel[0] * self.kernel[1], self.counts[0] * self.counts[1]
        ).astype("int32")


@op
def unfold(x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The sliding blocks of an image as columns.

    Args:
        x: tensor (batch, channels, height, width).
        kernel_size: int or two, the size of a block.
        dilation: int or two, the distance of a block's elements.
        padding: int or two, zeros added on both sides.
        stride: int or two, the distance of blocks.
    Returns:
        Tensor (batch, channels * block elements, blocks).
    Raises:
        ShapeError: x has not four axes.
    """
    x = as_tensor(x)
    if x.ndim != 4:
        raise ShapeError(message("unfold: Input must be a 4D tensor.", f"input.shape={x.shape}"))
    batch, channels = x.shape[:2]
    blocks = _Blocks(x.shape[2:], kernel_size, dilation, padding, stride)
    around = (0, 0, *blocks.padding)
    if any(blocks.padding):
        x = apply("pad", x, low=around, high=around, interior=(0,) * 4, value=0)
    flat = reshape(x, (batch, channels, dims.product(blocks.padded)))
    taken = apply("gather", flat, blocks.places, axis=2)
    elements, count = blocks.places.shape
    return reshape(taken, (batch, channels * elements, count))


@op
def fold(
    x: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Any:
    """Columns added up to an image, the transpose of `unfold`.

    Args:
        x: tensor (batch, channels * block elements, blocks).
        output_size: int or two, height and width of the image.
        kernel_size, dilation, padding, stride: as in `unfold`.
    Returns:
        Tensor (batch, channels, height, width); where blocks overlap they add up.
    Raises:
        ShapeError: x has not three axes, or its sizes do not fit.
    """
    x = as_tensor(x)
    if x.ndim != 3:
        raise ShapeError(message("fold: Input must be a 3D tensor.", f"input.shape={x.shape}"))
    size = per_axis(output_size, 2, "output_size")
    blocks = _Blocks(size, kernel_size, dilation, padding, stride)
    elements, count = blocks.places.shape
    if x.shape[1] % elements or not dims.same(x.shape[2], count):
        raise ShapeError(
            message(
                "fold: the second dimension of the input must be divisible by the kernel_size "
                "product, the third be the number of blocks.",
                received=f"x.shape={x.shape}, kernel_size={kernel_size}",
                required=f"a multiple of {elements}, and {count} blocks",
            )
        )
    batch, channels = x.shape[0], x.shape[1] // elements
    parts = reshape(x, (batch, channels, elements * count))
    parts = transpose(parts, (2, 0, 1))
    zero = cast_to(as_tensor(0), dtype_of(x))
    base = apply("broadcast_to", zero, shape=(dims.product(blocks.padded), batch, channels))
    image = apply("scatter", base, blocks.places.reshape(-1), parts, mode="add")
    image = reshape(transpose(image, (1, 2, 0)), (batch, channels, *blocks.padded))
    low = (0, 0, *blocks.padding)
    high = (batch, channels, *(p + n for p, n in zip(blocks.padding, size, strict=True)))
    return apply("slice", image, start=low, stop=high, step=(1,) * 4)


def _check_blocks(name: str, x: Any, block_size: int) -> None:
    if block_size < 2:
        raise ArgumentError(message("`block_size` must be at least 2.", f"block_size={block_size}"))
    if x.ndim != 4:
        raise ShapeError(message(f"`{name}` requires a 4D input tensor.", f"x.shape={x.shape}"))


@op
def depth_to_space(x: Any, block_size: int, data_format: str | None = "channels_last") -> Any:
    """Channels laid out as blocks of space.

    Args:
        x: tensor (batch, height, width, channels), or (batch, channels, height, width).
        block_size: int >= 2.
        data_format: "channels_last" or "channels_first".
    Returns:
        Tensor with block_size² times fewer channels; height and width are block_size times as
        large.
    Raises:
        ShapeError: the channels are no multiple of block_size².
    """
    data_format = standardize_data_format(data_format)
    x = as_tensor(x)
    _check_blocks("depth_to_space", x, block_size)
    last = data_format == "channels_last"
    depth = x.shape[3 if last else 1]
    if depth % block_size**2:
        raise ShapeError(
            message(
                f"The number of channels ({depth}) must be divisible by block_size**2 "
                f"({block_size**2}).",
                received=f"x.shape={x.shape}",
            )
        )
    rest = depth // block_size**2
    if last:
        n, h, w, _ = x.shape
        x = reshape(x, (n, h, w, block_size, block_size, rest))
        x = transpose(x, (0, 1, 3, 2, 4, 5))
        return reshape(x, (n, h * block_size, w * block_size, rest))
    n, _, h, w = x.shape
    x = reshape(x, (n, rest, block_size, block_size, h, w))
    x = transpose(x, (0, 1, 4, 2, 5, 3))
    return reshape(x, (n, rest, h * block_size, w * block_size))


@op
def space_to_depth(x: Any, block_size: int, data_format: str | None = "channels_last") -> Any:
    """Blocks of space laid out as channels, the inverse of `depth_to_space`.

    Args:
        x: tensor (batch, height, width, channels), or (batch, channels, height, width).
        block_size: int >= 2.
        data_format: "channels_last" or "channels_first".
    Returns:
        Tensor with block_size² times more channels; height and width are block_size times smaller.
    Raises:
        ShapeError: height or width is no multiple of block_size.
    """
    data_format = standardize_data_format(data_format)
    x = as_tensor(x)
    _check_blocks("space_to_depth", x, block_size)
    last = data_format == "channels_last"
    n, h, w, c = channels_last(x, data_format).shape
    for side, size in (("Height", h), ("Width", w)):
        if size % block_size:
            raise ShapeError(
                message(
                    f"{side} ({size}) must be divisible by block_size ({block_size}).",
                    received=f"x.shape={x.shape}",
                )
            )
    high, wide = h // block_size, w // block_size
    if last:
        x = reshape(x, (n, high, block_size, wide, block_size, c))
        x = transpose(x, (0, 1, 3, 2, 4, 5))
        return reshape(x, (n, high, wide, c * block_size**2))
    x = reshape(x, (n, c, high, block_size, wide, block_size))
    x = transpose(x, (0, 1, 3, 5, 2, 4))
    return reshape(x, (n, c * block_size**2, high, wide))
