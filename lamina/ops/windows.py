"""What convolution and pooling share: window arguments, padding, and the place of the channels
axis.

The engine's primitives take (batch, space…, channels) and explicit padding. Here the words "same"
and "valid" become numbers, and channels-first tensors are turned round and back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir.dims import Dim
from lamina.runtime.dispatch import apply


def per_axis(value: Any, rank: int, name: str) -> tuple[int, ...]:
    """One int for each spatial axis.

    Args:
        value: int, or a sequence of `rank` ints.
        rank: the number of spatial axes.
        name: the argument's name, for the error.
    Raises:
        ArgumentError: the number of ints is wrong.
    """
    values = (value,) * rank if isinstance(value, int) else tuple(int(v) for v in value)
    if len(values) != rank:
        raise ArgumentError(
            message(f"`{name}` needs an int, or one for each of {rank} spatial axes.", repr(value))
        )
    return values


def check_spatial(name: str, x: Any) -> int:
    """The number of spatial axes of a tensor (batch, space…, channels)."""
    if x.ndim < 3:
        raise ShapeError(
            message(
                f"{name} needs a tensor with a batch, spatial axes and channels.",
                received=f"shape {tuple(x.shape)}",
                required="at least 3 axes",
            )
        )
    return x.ndim - 2


def padding_pairs(
    padding: str, sizes: Any, window: Any, strides: Any, dilation: Any
) -> tuple[tuple[int, int], ...]:
    """How much to add before and after each spatial axis.

    Args:
        padding: "valid" adds nothing; "same" makes the output ceil(size / stride) long, the odd
            one after.
        sizes: size of each spatial axis.
        window: window size for each.
        strides: step for each.
        dilation: distance of window elements for each.
    Raises:
        ArgumentError: an unknown word.
    """
    word = str(padding).lower()
    if word == "valid":
        return ((0, 0),) * len(window)
    if word != "same":
        raise ArgumentError(message(f"Invalid padding {padding!r}.", required="'same' or 'valid'"))
    pairs = []
    for size, k, s, d in zip(sizes, window, strides, dilation, strict=True):
        if isinstance(size, Dim):
            raise ShapeError(message("The batch cannot be a spatial axis.", size))
        total = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def channels_last(x: Any, data_format: str) -> Any:
    """The tensor with its channels moved to the end, if they are not there."""
    if data_format == "channels_last":
        return x
    return apply("transpose", x, permutation=(0, *range(2, x.ndim), 1))


def as_given(x: Any, data_format: str) -> Any:
    """A channels-last tensor in the layout that the caller uses."""
    if data_format == "channels_last":
        return x
    return apply("transpose", x, permutation=(0, x.ndim - 1, *range(1, x.ndim - 1)))


def in_layout(fn: Callable[[Any], Any], x: Any, data_format: str) -> Any:
    """Apply a function of channels-last tensors to a tensor of either layout."""
    return as_given(fn(channels_last(x, data_format)), data_format)
