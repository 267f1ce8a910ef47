"""What size comes out when windows slide over space: shared by convolution and pooling layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.base.errors import ShapeError, message

Sizes = Sequence[int | None]


def space_of(shape: Any, data_format: str) -> Sizes:
    """The spatial part of a shape (batch, space…, channels) or (batch, channels, space…)."""
    return shape[1:-1] if data_format == "channels_last" else shape[2:]


def channels_of(shape: Any, data_format: str) -> int | None:
    """The number of channels in a shape."""
    return shape[-1 if data_format == "channels_last" else 1]


def in_format(
    batch: int | None, space: Sizes, channels: int | None, data_format: str
) -> tuple[int | None, ...]:
    """A shape put together in a layout."""
    if data_format == "channels_last":
        return (batch, *space, channels)
    return (batch, channels, *space)


def windows_along(
    space: Sizes, window: Sequence[int], strides: Sequence[int], reach: Sequence[int], padding: str
) -> list[int | None]:
    """How many windows there are along each spatial axis.

    Args:
        space: sizes, None where unknown.
        window: sizes of the window, for the error.
        strides: steps.
        reach: how far each window reaches, more than `window` with dilation.
        padding: "valid" keeps windows inside; "same" and "causal" start one at every step.
    Raises:
        ShapeError: the number of axes differs, or there is no window.
    """
    if len(space) != len(window):
        raise ShapeError(
            message(
                "The window and the input have different numbers of spatial axes.",
                received=f"{len(space)} spatial axes, a window of {tuple(window)}",
            )
        )
    counts = [
        None if size is None else (size - (extent if padding == "valid" else 1)) // step + 1
        for size, extent, step in zip(space, reach, strides, strict=True)
    ]
    if any(count is not None and count <= 0 for count in counts):
        raise ShapeError(
            message(
                "Computed output size would be zero or negative.",
                received=f"spatial sizes {tuple(space)}, window {tuple(window)} reaching over "
                f"{tuple(reach)}, strides {tuple(strides)}",
                fix="use a smaller window or dilation, padding='same', or a larger input",
            )
        )
    return counts
