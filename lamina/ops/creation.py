"""Tensors from a few numbers: evenly spaced lines, grids, windows of signal processing, powers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote, to_float
from lamina.ops.elementwise import (
    absolute,
    add,
    divide,
    exp,
    log,
    multiply,
    power,
    sign,
    subtract,
)
from lamina.ops.numpy_only import on_arrays
from lamina.ops.registration import op
from lamina.ops.shaping import (
    arange,
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    moveaxis,
    ravel,
    reshape,
    zeros_like,
)
from lamina.runtime.dispatch import apply


@op
def copy(x: Any) -> Any:
    """The same values in memory of their own."""
    x = as_tensor(x)
    return x.copy() if isinstance(x, np.ndarray) else x


@op
def empty_like(x: Any, dtype: Any = None) -> Any:
    """A tensor of x's shape whose values do not matter (zeros)."""
    return zeros_like(x, dtype)


@op
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Evenly spaced numbers from `start` to `stop`.

    Args:
        start: number or tensor.
        stop: number or tensor; shapes broadcast.
        num: how many.
        endpoint: whether `stop` is among them.
        retstep: whether to return the distance too.
        dtype: default: the operands' common float dtype.
        axis: place of the new axis.
    Returns:
        Tensor with an axis of size `num`, or (tensor, distance).
    """
    if num < 0:
        raise ArgumentError(f"`num` must be a non-negative integer. Received: num={num}")
    first, last = promote(start, stop, to_float=True)
    work = dtype_of(first)
    parts = num - 1 if endpoint else num
    gap = subtract(last, first)
    step = divide(gap, parts) if parts > 0 else multiply(gap, math.nan)
    shape = tuple(gap.shape)
    line = reshape(cast_to(arange(num), work), (num, *(1,) * len(shape)))
    result = add(first, multiply(line, step if parts > 0 else gap))
    if endpoint and num > 1:  # the last number is `stop` itself, whatever the rounding
        end = reshape(broadcast_to(last, shape), (1, *shape))
        kept = apply("slice", result, start=(0,) * result.ndim,
                     stop=(num - 1, *shape), step=(1,) * result.ndim)  # fmt: skip
        result = concatenate([kept, end], 0)
    name = work if dtype is None else dtypes.standardize_dtype(dtype)
    if dtypes.is_int(name):
        result = apply("floor", result)
    result = cast_to(result, name)
    result = moveaxis(result, 0, axis) if axis not in (0,) else result
    return (result, step) if retstep else result


@op
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """base ** x for evenly spaced x; arguments as in `linspace`."""
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    result = power(cast_to(as_tensor(base), dtype_of(exponents)), exponents)
    return result if dtype is None else cast_to(result, dtypes.standardize_dtype(dtype))


@op
def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Numbers with a constant ratio from `start` to `stop`, which have one sign; see `linspace`."""
    first, last = promote(start, stop, to_float=True)
    line = linspace(log(absolute(first)), log(absolute(last)), num, endpoint, axis=0)
    result = multiply(sign(first), exp(line))
    result = moveaxis(result, 0, axis) if axis else result
    return result if dtype is None else cast_to(result, dtypes.standardize_dtype(dtype))


@op
def meshgrid(*x: Any, indexing: str = "xy") -> Any:
    """Coordinates of a grid, one tensor for each vector.

    Args:
        *x: vectors (scalars count as vectors of size 1).
        indexing: "xy": the second vector runs along axis 0; "ij": the first does.
    Returns:
        list of tensors of the grid's shape.
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(
            f"Valid values for `indexing` are 'xy' and 'ij', but received: indexing={indexing}"
        )
    lines = [ravel(v) for v in x]
    places = list(range(len(lines)))
    if indexing == "xy" and len(lines) > 1:
        places[0], places[1] = 1, 0
    sizes: list = [None] * len(lines)
    for place, line in zip(places, lines, strict=True):
        sizes[place] = line.shape[0]
    return [
        broadcast_to(expand_dims(line, [i for i in range(len(lines)) if i != place]), sizes)
        for place, line in zip(places, lines, strict=True)
    ]


@op
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers of a vector as columns, from N - 1 down to 0, or up if `increasing`.

    Raises:
        ArgumentError: x is no vector, or N is negative.
    """
    x = as_tensor(x)
    if x.ndim != 1:
        raise ArgumentError(f"Input tensor must be 1-D. Received: input.shape={tuple(x.shape)}")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise ArgumentError(f"Argument `N` must be non-negative. Received: N={N}")
    result = power(expand_dims(x, 1), cast_to(arange(count), dtype_of(x)))
    return result if increasing else flip(result, 1)


def _window(name: str, compute: Callable[..., np.ndarray], meaning: str) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        x = as_tensor(x)
        target = dtypes.standardize_dtype(None)
        return on_arrays(
            name,
            lambda x: compute(int(x)).astype(dtypes.to_numpy(target)),
            lambda x: [((None,), target)],
            x,
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{meaning}\n\n    Args:\n        x: int scalar, the number of points.\n"
        "    Returns:\n        Float tensor (x,).\n    "
    )
    return op(function)


bartlett = _window("bartlett", np.bartlett, "The triangular window, 0 at both ends.")
blackman = _window("blackman", np.blackman, "The window of three cosine terms by Blackman.")
hamming = _window("hamming", np.hamming, "The raised cosine window that ends at 0.08.")
hanning = _window("hanning", np.hanning, "The raised cosine window that ends at 0.")


@op
def kaiser(x: Any, beta: Any) -> Any:
    """The window i0(beta * sqrt(1 - t**2)) / i0(beta), t from -1 to 1.

    Args:
        x: int scalar, the number of points.
        beta: number; 0 gives a rectangle, greater values a narrower window.
    Returns:
        Float tensor (x,).
    """
    name = dtypes.standardize_dtype(None)
    return on_arrays(
        "kaiser",
        lambda x, b: np.kaiser(int(x), float(b)).astype(dtypes.to_numpy(name)),
        lambda x, b: [((None,), name)],
        as_tensor(x),
        to_float(beta),
    )
