"""Images under small filters, each channel by itself: blur, edges, and the similarity that SSIM
measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ShapeError
from lamina.ops.convert import as_tensor, cast_to, dtype_of, float_dtype, to_float
from lamina.ops.elementwise import add, divide, exp, multiply, square, subtract
from lamina.ops.image_checks import Batch
from lamina.ops.more_products import outer
from lamina.ops.reduction import mean, sum
from lamina.ops.registration import image_op
from lamina.ops.shaping import broadcast_to, reshape, stack
from lamina.runtime.dispatch import apply


def _filtered(x: Any, kernel: Any, same: bool) -> Any:
    """Every channel of (batch, height, width, channels) under one kernel (height, width)."""
    channels = x.shape[-1]
    height, width = kernel.shape
    full = broadcast_to(
        reshape(cast_to(kernel, dtype_of(x)), (height, width, 1, 1)), (height, width, 1, channels)
    )
    sides = tuple(((n - 1) // 2, n - 1 - (n - 1) // 2) if same else (0, 0) for n in kernel.shape)
    return apply("conv", x, full, strides=(1, 1), padding=sides, dilation=(1, 1), groups=channels)


def _bell(size: int, sigma: Any, dtype: str) -> Any:
    """A Gaussian curve of `size` points that sums to 1."""
    line = (np.arange(size) - (size - 1) / 2).astype(dtypes.to_numpy(dtype))
    curve = exp(multiply(square(divide(line, sigma)), -0.5))
    return divide(curve, sum(curve))


@image_op
def gaussian_blur(
    images: Any,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Any = (1.0, 1.0),
    data_format: str | None = None,
) -> Any:
    """Images blurred by a Gaussian curve.

    Args:
        images: tensor (batch, height, width, channels) or one image.
        kernel_size: points of the curve, (height, width).
        sigma: its width in pixels, (horizontal, vertical).
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the shape of `images`; beyond the border lies 0.
    """
    batch = Batch(images, data_format)
    x = to_float(batch.value)
    dtype = dtype_of(x)
    sigma = cast_to(as_tensor(sigma), dtype)
    curves = [_bell(int(kernel_size[i]), sigma[i], dtype) for i in range(2)]
    return batch.restore(_filtered(x, outer(curves[1], curves[0]), same=True))


_SOBEL = np.asarray([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "float32")


@image_op
def sobel_edges(images: Any, data_format: str | None = None) -> Any:
    """How fast images change downwards and to the right.

    Args:
        images: tensor (batch, height, width, channels).
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the shape of `images` and a last axis (dy, dx).
    """
    images = as_tensor(images)
    if images.ndim != 4:
        raise ShapeError(
            "Invalid images rank: expected rank 4 (batch of images). Received: images.shape="
            f"{tuple(images.shape)}"
        )
    batch = Batch(images, data_format)
    x = to_float(batch.value)
    edges = [_filtered(x, kernel, same=True) for kernel in (_SOBEL.T, _SOBEL)]
    return batch.restore(stack(edges, -1))


@image_op
def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Any:
    """The structural similarity of images: 1 if they are equal.

    Args:
        image1: tensor (batch, height, width, channels) or one image.
        image2: likewise.
        max_val: the greatest value a pixel can have.
        filter_size: pixels of the window that is compared, an odd number.
        filter_sigma: width of its Gaussian weights.
        k1: keeps the comparison of brightness stable where it is dark.
        k2: keeps the comparison of contrast stable where it is flat.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor (batch,), a scalar for one image.
    Source: Wang, Bovik, Sheikh, Simoncelli (2004), "Image quality assessment".
    """
    first, second = Batch(image1, data_format), Batch(image2, data_format)
    original = dtype_of(first.value)
    work = float_dtype(original)
    x, y = cast_to(first.value, work), cast_to(second.value, work)
    curve = _bell(filter_size, filter_sigma, work)
    kernel = outer(curve, curve)

    def local(v: Any) -> Any:
        return _filtered(v, kernel, same=False)

    mean_x, mean_y = local(x), local(y)
    both = multiply(mean_x, mean_y)
    squares = add(square(mean_x), square(mean_y))
    covariance = subtract(local(multiply(x, y)), both)
    variances = subtract(add(local(square(x)), local(square(y))), squares)
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    above = multiply(add(multiply(both, 2.0), c1), add(multiply(covariance, 2.0), c2))
    below = multiply(add(squares, c1), add(variances, c2))
    result = cast_to(mean(divide(above, below), (1, 2, 3)), original)
    return reshape(result, ()) if first.single else result
