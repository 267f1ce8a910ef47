"""Reductions and running totals that pass over NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.ops.convert import as_tensor, cast_to, dtype_of, float_dtype, to_float
from lamina.ops.elementwise import divide, isnan, logical_not, square, subtract, where
from lamina.ops.reduction import (
    all,
    argmax,
    argmin,
    canonical_axes,
    cumprod,
    cumsum,
    max,
    min,
    prod,
    safe_sqrt,
    sum,
)
from lamina.ops.registration import op


def without_nan(x: Any, value: float) -> Any:
    """NaN replaced by a value; other than float tensors are returned as they are."""
    return where(isnan(x), value, x) if dtypes.is_float(dtype_of(x)) else x


@op
def nansum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum of the elements that are not NaN; arguments as in `sum`."""
    return sum(without_nan(as_tensor(x), 0.0), axis, keepdims)


@op
def nanprod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The product of the elements that are not NaN; arguments as in `sum`."""
    return prod(without_nan(as_tensor(x), 1.0), axis, keepdims)


@op
def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sums with NaN counted as 0; arguments as in `cumsum`."""
    return cumsum(without_nan(as_tensor(x), 0.0), axis, dtype)


@op
def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running products with NaN counted as 1; arguments as in `cumprod`."""
    return cumprod(without_nan(as_tensor(x), 1.0), axis, dtype)


def _extreme(
    name: str, reduction: Callable[..., Any], worst: float, what: str
) -> Callable[..., Any]:
    def function(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        x = as_tensor(x)
        if not dtypes.is_float(dtype_of(x)):
            return reduction(x, axis, keepdims)
        result = reduction(without_nan(x, worst), axis, keepdims)
        return where(all(isnan(x), axis, keepdims), math.nan, result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"The {what} element that is not NaN.\n\n    Args:\n        x: tensor.\n"
        "        axis: int or tuple; None takes all.\n"
        "        keepdims: whether reduced axes stay with size 1.\n"
        "    Returns:\n        Tensor of x's dtype; NaN where there is no number.\n    "
    )
    return op(function)


nanmax = _extreme("nanmax", max, -math.inf, "greatest")
nanmin = _extreme("nanmin", min, math.inf, "smallest")


def _place(name: str, search: Callable[..., Any], worst: float, what: str) -> Callable[..., Any]:
    def function(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        x = as_tensor(x)
        if not dtypes.is_float(dtype_of(x)):
            return search(x, axis, keepdims)
        found = search(without_nan(x, worst), axis, keepdims)
        return where(all(isnan(x), axis, keepdims), np.asarray(-1, "int32"), found)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"The place of the {what} element that is not NaN.\n\n    Args:\n        x: tensor.\n"
        "        axis: int; None: x is flattened.\n"
        "        keepdims: whether the axis stays with size 1.\n"
        "    Returns:\n        int32 tensor; -1 where there is no number.\n    "
    )
    return op(function)


nanargmax = _place("nanargmax", argmax, -math.inf, "greatest")
nanargmin = _place("nanargmin", argmin, math.inf, "smallest")


def _count(x: Any, axis: Any, dtype: str) -> Any:
    """How many elements are not NaN, axes kept."""
    return sum(cast_to(logical_not(isnan(x)), dtype), axis, True)


@op
def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean of the elements that are not NaN, NaN if there are none; arguments as in `sum`."""
    x = to_float(x)
    work, dtype = _wide(x)
    result = divide(sum(without_nan(work, 0.0), axis, True), _count(x, axis, dtype_of(work)))
    return _finish(result, axis, keepdims, dtype)


@op
def nanvar(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance of the elements that are not NaN, NaN if there are none."""
    x = to_float(x)
    work, dtype = _wide(x)
    count = _count(x, axis, dtype_of(work))
    center = divide(sum(without_nan(work, 0.0), axis, True), count)
    total = sum(without_nan(square(subtract(work, center)), 0.0), axis, True)
    return _finish(divide(total, count), axis, keepdims, dtype)


@op
def nanstd(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation of the elements that are not NaN, NaN if there are none."""
    return safe_sqrt(nanvar(x, axis, keepdims))


def _wide(x: Any) -> tuple[Any, str]:
    """x in at least single precision, and the dtype of the result."""
    dtype = float_dtype(dtype_of(x))
    return (cast_to(x, "float32") if dtype in ("float16", "bfloat16") else x), dtype


def _finish(result: Any, axis: Any, keepdims: bool, dtype: str) -> Any:
    result = cast_to(result, dtype)
    return result if keepdims else sum(result, canonical_axes(axis, result.ndim))
