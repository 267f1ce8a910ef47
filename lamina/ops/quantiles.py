"""Medians, quantiles and percentiles, with and without NaN: read off the sorted elements."""

from __future__ import annotations

import math
from typing import Any

from lamina.base.errors import ArgumentError, near
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, to_float
from lamina.ops.elementwise import (
    add,
    divide,
    isnan,
    less,
    maximum,
    multiply,
    subtract,
    where,
)
from lamina.ops.indexing import getitem, take_along_axis
from lamina.ops.reduction import canonical_axes, sum
from lamina.ops.registration import op
from lamina.ops.shaping import broadcast_to, moveaxis, reshape
from lamina.ops.sorting import sort
from lamina.runtime.dispatch import apply

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(x: Any, q: Any, axis: Any, method: str, keepdims: bool, ignore_nan: bool) -> Any:
    if method not in _METHODS:
        raise ArgumentError(
            f"Invalid method: {method}. Must be one of {set(_METHODS)}. {near(method, _METHODS)}"
        )
    x = to_float(x)
    dtype = dtype_of(x)
    work = "float32" if dtype in ("float16", "bfloat16") else dtype
    q = cast_to(as_tensor(q), work)
    axes = canonical_axes(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    kept = tuple(1 if i in axes else s for i, s in enumerate(x.shape))
    x = apply("transpose", cast_to(x, work), permutation=(*rest, *axes))
    lead = tuple(x.shape[: len(rest)])
    x = reshape(x, (*lead, dims.product(tuple(x.shape[len(rest) :]))))
    values = _read_off(sort(x, -1), x, reshape(q, (-1,)), method, ignore_nan)
    values = moveaxis(values, -1, 0)
    values = reshape(values, (*q.shape, *(kept if keepdims else lead)))
    return cast_to(values, dtype)


def _read_off(ordered: Any, x: Any, q: Any, method: str, ignore_nan: bool) -> Any:
    """The values at fractions q of sorted rows (..., n), as (..., number of fractions)."""
    dtype = dtype_of(x)
    missing = cast_to(isnan(x), dtype)
    if ignore_nan:  # NaN is sorted to the end
        count = sum(subtract(1, missing), -1, True)
    else:
        count = cast_to(as_tensor(x.shape[-1]), dtype)
    place = multiply(q, maximum(subtract(count, 1), 0))
    place = broadcast_to(place, (*x.shape[:-1], *q.shape))
    low, high = apply("floor", place), apply("ceil", place)
    if method == "lower":
        high = low
    elif method == "higher":
        low = high
    elif method == "nearest":
        low = high = apply("round", place)
    below = take_along_axis(ordered, cast_to(low, "int32"), -1)
    above = take_along_axis(ordered, cast_to(high, "int32"), -1)
    weight = 0.5 if method == "midpoint" else subtract(place, low)
    mixed = add(below, multiply(subtract(above, below), weight))
    result = where(less(low, high), mixed, below)
    if ignore_nan:
        return where(less(count, 1), math.nan, result)
    return where(isnan(getitem(ordered, (..., slice(-1, None)))), math.nan, result)


@op
def quantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """The values below which given fractions of the elements lie.

    Args:
        x: tensor.
        q: number or vector of numbers in [0, 1].
        axis: int or tuple; None takes all elements.
        method: what stands between two elements: "linear", "lower", "higher", "midpoint" or
            "nearest".
        keepdims: whether reduced axes stay with size 1.
    Returns:
        Float tensor, q's axis first; NaN where an element is NaN.
    Example:
        >>> quantile([1.0, 2.0, 3.0, 4.0], [0.0, 0.5]).tolist()
        [1.0, 2.5]
    """
    return _quantile(x, q, axis, method, keepdims, False)


@op
def nanquantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """Quantiles of the elements that are not NaN; see `quantile`."""
    return _quantile(x, q, axis, method, keepdims, True)


@op
def percentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """Quantiles with q in percent, 0 to 100; see `quantile`."""
    return _quantile(x, divide(q, 100), axis, method, keepdims, False)


@op
def nanpercentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """Percentiles of the elements that are not NaN; see `quantile`."""
    return _quantile(x, divide(q, 100), axis, method, keepdims, True)


@op
def median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The element in the middle, or the mean of the two there; arguments as in `quantile`."""
    return _quantile(x, 0.5, axis, "linear", keepdims, False)


@op
def nanmedian(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The median of the elements that are not NaN; arguments as in `quantile`."""
    return _quantile(x, 0.5, axis, "linear", keepdims, True)
