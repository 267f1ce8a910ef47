"""Normalisation: means and variances, and rescaling by them or by a norm.

Half precision is computed in float32. Slopes are finite everywhere, at the zero vector and at zero
variance too.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.config import epsilon as default_epsilon
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, to_float
from lamina.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    equal,
    maximum,
    multiply,
    power,
    rsqrt,
    square,
    subtract,
    where,
)
from lamina.ops.reduction import canonical_axes, canonical_axis, mean
from lamina.ops.reduction import sum as total
from lamina.ops.registration import op
from lamina.ops.shaping import reshape, squeeze


def _at_least_single(x: Any) -> Any:
    """A tensor in float32 or wider."""
    x = to_float(x)
    return cast_to(x, dtypes.result_type(dtype_of(x), "float32"))


@op
def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> Any:
    """Mean and variance along axes.

    Args:
        x: float tensor.
        axes: int or sequence of int.
        keepdims: whether the axes stay with size 1.
        synchronized: must be False; there is one device.
    Returns:
        (mean, variance), each in x's dtype; half precision results are kept finite.
    """
    if synchronized:
        raise NotImplementedError(
            "Argument synchronized=True is not supported: there is one device."
        )
    x = to_float(x)
    dtype = dtype_of(x)
    axes = tuple(axes) if isinstance(axes, (list, tuple)) else axes
    wide = _at_least_single(x)
    middle = mean(wide, axes, keepdims=True)
    spread = mean(square(subtract(wide, middle)), axes, keepdims=True)
    if not keepdims:
        middle, spread = squeeze(middle, axes), squeeze(spread, axes)
    if dtype in ("float16", "bfloat16"):
        limit = 65504.0
        middle, spread = clip(middle, -limit, limit), clip(spread, -limit, limit)
    return cast_to(middle, dtype), cast_to(spread, dtype)


@op
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """Rescale along one axis by given statistics: scale * (x - mean) / sqrt(variance + epsilon) +
    offset.

    Args:
        x: tensor.
        mean: tensor (x.shape[axis],).
        variance: tensor (x.shape[axis],).
        axis: int.
        offset: tensor (x.shape[axis],) or None.
        scale: tensor (x.shape[axis],) or None.
        epsilon: float > 0, in squared units of x.
    Returns:
        Tensor of x's shape.
    Raises:
        ShapeError: a statistic is no vector of the axis's length.
    Source: Ioffe, Szegedy (2015), arXiv:1502.03167.
    """
    x = as_tensor(x)
    axis = canonical_axis(axis, x.ndim)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]

    def spread(name: str, value: Any) -> Any:
        value = as_tensor(value)
        if not dims.same_shape(tuple(value.shape), (x.shape[axis],)):
            raise ShapeError(
                message(
                    f"batch_normalization: `{name}` must be a vector of length `x.shape[axis]`.",
                    received=tuple(value.shape),
                    required=(x.shape[axis],),
                )
            )
        return reshape(value, shape)

    factor = rsqrt(add(spread("variance", variance), epsilon))
    if scale is not None:
        factor = multiply(factor, spread("scale", scale))
    result = multiply(subtract(x, spread("mean", mean)), factor)
    return result if offset is None else add(result, spread("offset", offset))


def _axis_list(axis: Any, ndim: int) -> tuple[int, ...]:
    return canonical_axes(tuple(axis) if isinstance(axis, (list, tuple)) else (axis,), ndim)


@op
def layer_normalization(
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: Any = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Any:
    """Rescale every sample to zero mean and unit variance along axes: gamma * (x - mean) / std +
    beta.

    Args:
        x: tensor.
        gamma: tensor of the shape of `axis`, or None.
        beta: tensor of the shape of `axis`, or None.
        axis: int or sequence of int.
        epsilon: float > 0 added to the variance; default: the configured epsilon.
    Returns:
        Tensor of x's shape and dtype.
    Numerics: computed in float32 for half precision.
    Source: Ba, Kiros, Hinton (2016), arXiv:1607.06450.
    """
    by_variance = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise ArgumentError(f"Unknown arguments of layer_normalization: {sorted(kwargs)}")
    x = as_tensor(x)
    wide = _at_least_single(x)
    axes = _axis_list(axis, x.ndim)
    shape = [s if i in axes else 1 for i, s in enumerate(x.shape)]

    def spread(value: Any) -> Any:
        value = cast_to(as_tensor(value), dtype_of(wide))
        plain = value.ndim == x.ndim or axes == (x.ndim - 1,)
        return value if plain else reshape(value, shape)

    centred = subtract(wide, mean(wide, axes, keepdims=True))
    factor = rsqrt(add(mean(square(centred), axes, keepdims=True), _or_default(epsilon)))
    if by_variance:
        warnings.warn(
            "You passed `rms_scaling=True`, which is deprecated: it scales by the variance, not by "
            "the root mean square. Use lamina.ops.rms_normalization.",
            stacklevel=3,
        )
        centred, beta = wide, None
    result = multiply(centred, factor)
    if gamma is not None:
        result = multiply(result, spread(gamma))
    if beta is not None:
        result = add(result, spread(beta))
    return cast_to(result, dtype_of(to_float(x)))


def _or_default(epsilon: float | None) -> float:
    return default_epsilon() if epsilon is None else epsilon


@op
def rms_normalization(
    x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Any:
    """x / sqrt(mean(x²) + epsilon) along axes, times a scale.

    Args:
        x: tensor.
        scale: tensor that broadcasts with x, or None.
        axis: int or sequence of int.
        epsilon: float > 0; default: the configured epsilon.
    Returns:
        Tensor of x's shape and dtype.
    Source: Zhang, Sennrich (2019), arXiv:1910.07467.
    """
    x = as_tensor(x)
    wide = _at_least_single(x if x.ndim else reshape(x, (1,)))
    axes = _axis_list(axis, wide.ndim)
    factor = rsqrt(add(mean(square(wide), axes, keepdims=True), _or_default(epsilon)))
    result = multiply(wide, factor)
    if scale is not None:
        result = multiply(result, cast_to(as_tensor(scale), dtype_of(wide)))
    return cast_to(result, dtype_of(to_float(x)))


@op
def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """x divided by its norm along an axis; the zero vector stays zero.

    Args:
        x: tensor; integers become floats.
        axis: int or tuple of int.
        order: int >= 1; 2 is the length, 1 the sum of absolute values.
        epsilon: float > 0, the least norm that is divided by; default: the configured epsilon.
    Returns:
        Tensor of x's shape (a scalar becomes a vector of one).
    Raises:
        ArgumentError: `order` is not an int >= 1.
    Numerics: the slope at the zero vector is 1 / epsilon, never NaN.
    """
    if not isinstance(order, int) or isinstance(order, bool) or order < 1:
        raise ArgumentError(
            message("Argument `order` must be an int >= 1.", f"order={order!r}", "for example 2")
        )
    x = as_tensor(x)
    dtype = dtype_of(to_float(x))
    wide = _at_least_single(x if x.ndim else reshape(x, (1,)))
    axes = canonical_axes(axis, wide.ndim)
    least = _or_default(epsilon)
    if order == 2:
        squares = total(square(wide), axes, keepdims=True)
        factor = rsqrt(maximum(squares, max(least**2, np.finfo("float32").tiny)))
        return cast_to(multiply(wide, factor), dtype)
    powers = total(power(absolute(wide), order), axes, keepdims=True)
    none = equal(powers, 0)
    norm = where(none, 0.0, power(where(none, 1.0, powers), 1 / order))
    return cast_to(divide(wide, maximum(norm, least)), dtype)
