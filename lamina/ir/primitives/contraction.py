"""Contractions: the general product of two tensors, and convolution with its two transposes.

Images are (batch, space…, channels), kernels (space…, input channels / groups, output channels).
The three convolutions are closed under differentiation: each one's gradients are the other two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.base.errors import ShapeError, message
from lamina.ir import dims
from lamina.ir.dims import Shape, Size
from lamina.ir.primitives.base import Primitive, Types, same_dtype

if TYPE_CHECKING:
    from lamina.ir.program import Tensor

Axes = tuple[tuple[int, ...], tuple[int, ...]]


def _infer_dot(x: Tensor, y: Tensor, contract: Axes, batch: Axes) -> Types:
    """Sum of products over `contract`; the result's axes are batch, free of x, free of y."""
    dtype = same_dtype("matmul", x, y)
    for axes_x, axes_y in (contract, batch):
        for i, j in zip(axes_x, axes_y, strict=True):
            if not dims.same(x.shape[i], y.shape[j]):
                raise ShapeError(
                    message(
                        f"matmul: axis {i} of the first tensor meets axis {j} of the second.",
                        received=f"{x.shape} and {y.shape}",
                        required=f"equal sizes, got {x.shape[i]} and {y.shape[j]}",
                    )
                )
    free_x = tuple(x.shape[i] for i in range(x.ndim) if i not in contract[0] + batch[0])
    free_y = tuple(y.shape[j] for j in range(y.ndim) if j not in contract[1] + batch[1])
    return [(tuple(x.shape[i] for i in batch[0]) + free_x + free_y, dtype)]


def output_size(size: Size, kernel: int, stride: int, pad: tuple[int, int], dilation: int) -> Size:
    """The length of a convolved or pooled axis; 0 where the window does not fit."""
    if isinstance(size, dims.Dim):
        raise ShapeError(message("conv: the batch cannot be a spatial axis.", received=size))
    reach = dilation * (kernel - 1) + 1
    return max(0, (size + pad[0] + pad[1] - reach) // stride + 1)


def _static(size: Size) -> int:
    if isinstance(size, dims.Dim):
        raise ShapeError(message("conv: the kernel cannot depend on the batch.", received=size))
    return size


def _infer_conv(
    x: Tensor,
    kernel: Tensor,
    strides: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    groups: int,
) -> Types:
    dtype = same_dtype("conv", x, kernel)
    if x.ndim != kernel.ndim or x.ndim != len(strides) + 2:
        raise ShapeError(
            message("conv: wrong number of dimensions.", f"input {x.shape}, kernel {kernel.shape}")
        )
    channels, filters = x.shape[-1], kernel.shape[-1]
    if not dims.same(channels, kernel.shape[-2] * groups) or filters % groups:
        raise ShapeError(
            message(
                "conv: channels of input and kernel do not fit.",
                received=f"input {x.shape}, kernel {kernel.shape}, groups {groups}",
                required="input channels = kernel channels * groups, filters a multiple of groups",
            )
        )
    space = tuple(
        output_size(size, _static(window), s, p, d)
        for size, window, s, p, d in zip(
            x.shape[1:-1], kernel.shape[:-2], strides, padding, dilation, strict=True
        )
    )
    return [((x.shape[0], *space, filters), dtype)]


def _infer_conv_input_gradient(
    g: Tensor,
    kernel: Tensor,
    shape: Shape,
    strides: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    groups: int,
) -> Types:
    """The transpose of `conv` in its input: what spreads g over an input of `shape`."""
    return [(tuple(shape), same_dtype("conv_transpose", g, kernel))]


def _infer_conv_kernel_gradient(
    x: Tensor,
    g: Tensor,
    shape: Shape,
    strides: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    groups: int,
) -> Types:
    """The transpose of `conv` in its kernel."""
    return [(tuple(shape), same_dtype("conv_kernel_gradient", x, g))]


CONTRACTION = [
    Primitive("dot", _infer_dot),
    Primitive("conv", _infer_conv),
    Primitive("conv_input_gradient", _infer_conv_input_gradient),
    Primitive("conv_kernel_gradient", _infer_conv_kernel_gradient),
]
