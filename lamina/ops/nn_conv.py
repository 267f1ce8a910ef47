"""Convolutions: plain, grouped, depthwise, separable, and the transposed one.

Kernels are (space…, input channels, filters), for `conv_transpose` (space…, filters, input
channels).
"""

from __future__ import annotations

from typing import Any

from lamina.base.config import standardize_data_format
from lamina.base.errors import ShapeError, message
from lamina.ir import dims
from lamina.ir.dims import Dim
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote
from lamina.ops.registration import op
from lamina.ops.windows import (
    channels_last,
    check_spatial,
    in_layout,
    padding_pairs,
    per_axis,
)
from lamina.runtime.dispatch import apply


def _check_channels(name: str, channels: Any, expected: Any, groups_allowed: bool) -> None:
    fits = channels == expected or (groups_allowed and expected and channels % expected == 0)
    if not fits:
        raise ShapeError(
            message(
                f"{name}: the number of input channels must match the kernel's input channels.",
                received=f"{channels} channels in the input, {expected} in the kernel",
                fix="check `data_format` and the shape of the kernel",
            )
        )


def _convolve(
    x: Any, kernel: Any, strides: Any, padding: Any, dilation_rate: Any, groups: int
) -> Any:
    """The primitive on channels-last tensors, with Keras's padding words."""
    rank = x.ndim - 2
    strides = per_axis(strides, rank, "strides")
    dilation = per_axis(dilation_rate, rank, "dilation_rate")
    pairs = padding_pairs(padding, x.shape[1:-1], kernel.shape[:-2], strides, dilation)
    result = apply(
        "conv", x, kernel, strides=strides, padding=pairs, dilation=dilation, groups=groups
    )
    if any(dims.same(s, 0) for s in result.shape[1:-1]) and not any(
        dims.same(s, 0) for s in x.shape
    ):
        raise ShapeError(
            message(
                "The convolution operation resulted in an empty output.",
                received=f"input {x.shape}, kernel {kernel.shape}",
                fix="use a smaller kernel or dilation, padding='same', or a larger input",
            )
        )
    return result


@op
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolution over one to three spatial axes (cross-correlation, as deep learning means it).

    Args:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
        kernel: tensor (space…, channels / groups, filters); fewer channels than the input's mean
            groups.
        strides: int or one for each spatial axis.
        padding: "valid", or "same": output size is ceil(size / stride).
        data_format: "channels_last" or "channels_first"; default: the configured one.
        dilation_rate: int or one for each spatial axis.
    Returns:
        Tensor (batch, space…, filters) in the layout of `inputs`.
    Raises:
        ShapeError: channels do not fit, or the kernel is larger than the input.
    Example:
        >>> import numpy as np
        >>> conv(np.ones((1, 4, 1), "float32"), np.ones((3, 1, 2), "float32")).shape
        (1, 2, 2)
    """
    data_format = standardize_data_format(data_format)
    kernel = as_tensor(kernel)
    inputs = cast_to(as_tensor(inputs), dtype_of(kernel))
    check_spatial("conv", inputs)

    def run(x: Any) -> Any:
        _check_channels("conv", x.shape[-1], kernel.shape[-2], True)
        groups = x.shape[-1] // kernel.shape[-2]
        return _convolve(x, kernel, strides, padding, dilation_rate, groups)

    return in_layout(run, inputs, data_format)


@op
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolution of each channel by kernels of its own.

    Args:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
        kernel: tensor (space…, channels, multiplier).
        strides, padding, data_format, dilation_rate: as in `conv`.
    Returns:
        Tensor with channels * multiplier channels.
    """
    data_format = standardize_data_format(data_format)
    inputs, kernel = promote(as_tensor(inputs), as_tensor(kernel))
    check_spatial("depthwise_conv", inputs)
    channels, multiplier = kernel.shape[-2:]
    flat = apply("reshape", kernel, shape=(*kernel.shape[:-2], 1, channels * multiplier))

    def run(x: Any) -> Any:
        _check_channels("depthwise_conv", x.shape[-1], channels, False)
        return _convolve(x, flat, strides, padding, dilation_rate, channels)

    return in_layout(run, inputs, data_format)


@op
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """`depthwise_conv`, then a convolution of kernel size 1 that mixes the channels.

    Args:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
        depthwise_kernel: tensor (space…, channels, multiplier).
        pointwise_kernel: tensor (1…, channels * multiplier, filters).
        strides, padding, data_format, dilation_rate: of the depthwise part, as in `conv`.
    Returns:
        Tensor with `filters` channels.
    """
    each = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(each, pointwise_kernel, 1, "valid", data_format, 1)


@op
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """The transpose of a convolution: what spreads each input element by the kernel.

    Args:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
        kernel: tensor (space…, filters, channels).
        strides: int or one for each spatial axis; the output is about that many times as long.
        padding: "valid" keeps all that is reached, "same" gives size * stride.
        output_padding: int, one for each spatial axis, or None; added to the output's end.
        data_format: "channels_last" or "channels_first"; default: the configured one.
        dilation_rate: int or one for each spatial axis.
    Returns:
        Tensor (batch, space…, filters) in the layout of `inputs`.
    Raises:
        ShapeError: channels do not fit.
    """
    data_format = standardize_data_format(data_format)
    inputs, kernel = promote(as_tensor(inputs), as_tensor(kernel))
    rank = check_spatial("conv_transpose", inputs)
    strides = per_axis(strides, rank, "strides")
    dilation = per_axis(dilation_rate, rank, "dilation_rate")
    extra = (None,) * rank if output_padding is None else per_axis(
        output_padding, rank, "output_padding"
    )  # fmt: skip
    x = channels_last(inputs, data_format)
    _check_channels("conv_transpose", x.shape[-1], kernel.shape[-1], False)
    low, cut, sizes = [], [], []
    for size, k, s, d, more in zip(
        x.shape[1:-1], kernel.shape[:-2], strides, dilation, extra, strict=True
    ):
        before, after, length = transposed_extent(size, (k - 1) * d + 1, s, padding, more)
        low.append(before)
        cut.append(after)
        sizes.append(length)

    def run(x: Any) -> Any:
        reached = tuple(n + min(c, 0) for n, c in zip(sizes, cut, strict=True))
        result = apply(
            "conv_input_gradient",
            x,
            kernel,
            shape=(x.shape[0], *reached, kernel.shape[-2]),
            strides=strides,
            padding=tuple((b, max(c, 0)) for b, c in zip(low, cut, strict=True)),
            dilation=dilation,
            groups=1,
        )
        if reached == tuple(sizes):
            return result
        beyond = (0, *(n - r for n, r in zip(sizes, reached, strict=True)), 0)
        none = (0,) * result.ndim
        return apply("pad", result, low=none, high=beyond, interior=none, value=0)

    return in_layout(run, inputs, data_format)


def transposed_extent(
    size: Any, reach: int, stride: int, padding: str, output_padding: int | None
) -> tuple[int, int, int]:
    """Where the output of a transposed convolution lies in what the kernel reaches, along one axis.

    Args:
        size: the input's size.
        reach: the dilated kernel's size.
        stride: the step.
        padding: "valid" or "same".
        output_padding: int or None.
    Returns:
        How much is cut before, how much after (negative: zeros are added), and the output's size.
    Raises:
        ArgumentError: an unknown word for `padding`.
    """
    if isinstance(size, Dim):
        raise ShapeError(message("The batch cannot be a spatial axis.", size))
    padding_pairs(padding, (), (), (), ())  # refuses unknown words
    full = (size - 1) * stride + reach
    if str(padding).lower() == "valid":
        more = max(stride - reach, 0) if output_padding is None else output_padding
        return 0, -more, full + more
    if output_padding is None:
        wide = stride + reach - 2
    else:
        wide = reach + reach % 2 - 2 + output_padding
    left = min(wide // 2 + wide % 2, reach - 1)
    right = wide - left
    before, after = reach - 1 - left, reach - 1 - right
    return before, after, full - before - after
