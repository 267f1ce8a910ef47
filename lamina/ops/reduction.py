"""Reductions: sums, means, extremes, counts; running totals; the order of elements."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from lamina.base import dtypes
from lamina.base.errors import ArgumentError
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, float_dtype, scalar, to_float
from lamina.ops.elementwise import multiply, not_equal, sqrt, square, subtract
from lamina.ops.registration import op
from lamina.runtime.dispatch import apply


def canonical_axis(axis: int, ndim: int) -> int:
    """A non-negative axis.

    Raises:
        ArgumentError: there is no such axis.
    """
    if not -ndim <= axis < ndim:
        raise ArgumentError(
            f"axis {axis} is out of bounds for a tensor with {ndim} dimensions: "
            f"required {-ndim} <= axis < {ndim}."
        )
    return axis % ndim


def canonical_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Sorted non-negative axes; None means all."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, (list, tuple)):
        axes = [canonical_axis(int(a), ndim) for a in axis]
        if len(set(axes)) != len(axes):
            raise ArgumentError(f"duplicate axes in {tuple(axis)}.")
        return tuple(sorted(axes))
    return (canonical_axis(int(axis), ndim),)


def reduce(primitive: str, x: Any, axis: Any, keepdims: bool) -> Any:
    """Apply a reduction primitive with NumPy's arguments."""
    axes = canonical_axes(axis, x.ndim)
    if not axes:
        return x
    kept = tuple(1 if i in axes else s for i, s in enumerate(x.shape))
    result = apply(primitive, x, axes=axes)
    return apply("reshape", result, shape=kept) if keepdims else result


def _accumulator(dtype: str) -> str:
    """Small integers and bool are summed in 32 bits."""
    if dtype in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if dtype in ("uint8", "uint16") else dtype


@op
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum of elements along axes.

    Args:
        x: tensor.
        axis: int or tuple of int; None sums everything.
        keepdims: whether summed axes stay with size 1.
    Returns:
        Tensor; small integers and bool are summed as 32-bit integers.
    Numerics: half precision is accumulated in float32.
    Example:
        >>> sum([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
        [4.0, 6.0]
    """
    x = as_tensor(x)
    return reduce("sum", cast_to(x, _accumulator(dtype_of(x))), axis, keepdims)


@op
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product of elements along axes; arguments as in `sum`."""
    x = as_tensor(x)
    name = dtypes.standardize_dtype(dtype) if dtype else _accumulator(dtype_of(x))
    return reduce("prod", cast_to(x, name), axis, keepdims)


def element_count(x: Any, axis: Any) -> Any:
    """How many elements a reduction joins, an int or a `Dim`."""
    return dims.product(tuple(x.shape[a] for a in canonical_axes(axis, x.ndim)))


@op
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean of elements along axes; arguments as in `sum`, integers give floats."""
    x = as_tensor(x)
    dtype = float_dtype(dtype_of(x))
    work = "float32" if dtype in ("float16", "bfloat16") else dtype  # a half's sum may overflow
    total = reduce("sum", cast_to(x, work), axis, keepdims)
    return cast_to(apply("div", total, scalar(element_count(x, axis), work)), dtype)


@op
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance: the mean of squared distances from the mean; arguments as in `sum`."""
    x = as_tensor(x)
    result_dtype = float_dtype(dtype_of(x))
    x = cast_to(x, "float32") if result_dtype in ("float16", "bfloat16") else to_float(x)
    distance = subtract(x, mean(x, axis, keepdims=True))
    return cast_to(mean(square(distance), axis, keepdims), result_dtype)


@op
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation: the root of the variance; its gradient at 0 is 0."""
    return safe_sqrt(var(x, axis, keepdims))


def safe_sqrt(x: Any) -> Any:
    """The square root with gradient 0 at 0 in place of infinity."""
    zero = apply("eq", x, scalar(0, dtype_of(x)))
    one = scalar(1, dtype_of(x))
    return multiply(sqrt(apply("select", zero, one, x)), cast_to(apply("not", zero), dtype_of(x)))


def _extreme(name: str, primitive: str, meaning: str) -> Callable[..., Any]:
    def function(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
        x = as_tensor(x)
        if initial is None and builtins.any(
            dims.same(x.shape[a], 0) for a in canonical_axes(axis, x.ndim)
        ):
            raise ArgumentError(
                f"zero-size array to reduction operation {name} which has no identity"
            )
        result = reduce(primitive, x, axis, keepdims)
        if initial is None:
            return result
        other = cast_to(as_tensor(initial), dtype_of(x))
        return apply({"reduce_max": "maximum", "reduce_min": "minimum"}[primitive], result, other)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{meaning}\n\n    Args:\n        x: tensor.\n        axis: int or tuple; None takes all.\n"
        "        keepdims: whether reduced axes stay with size 1.\n"
        "        initial: a value that takes part, needed where there are no elements.\n"
        "    Returns:\n        Tensor of x's dtype; NaN wins.\n    "
    )
    return op(function)


max = _extreme("max", "reduce_max", "The greatest element along axes.")
min = _extreme("min", "reduce_min", "The smallest element along axes.")
amax = _extreme("amax", "reduce_max", "The greatest element along axes.")
amin = _extreme("amin", "reduce_min", "The smallest element along axes.")


def _truth(x: Any) -> Any:
    x = as_tensor(x)
    return x if dtype_of(x) == "bool" else not_equal(x, 0)


@op
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements along axes are true; 0 is false."""
    return reduce("reduce_min", _truth(x), axis, keepdims)


@op
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether one element at least along axes is true; 0 is false."""
    return reduce("reduce_max", _truth(x), axis, keepdims)


def _arg(name: str, primitive: str, meaning: str) -> Callable[..., Any]:
    def function(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        x = as_tensor(x)
        if dtype_of(x) == "bool":
            x = cast_to(x, "int32")
        ndim = x.ndim
        if axis is None:
            x = apply("reshape", x, shape=(dims.product(x.shape),))
        position = canonical_axis(axis or 0, builtins.max(x.ndim, 1)) if x.ndim else 0
        if x.ndim == 0:
            return as_tensor(0)
        result = apply(primitive, x, axis=position)
        if not keepdims:
            return result
        kept = (1,) * ndim if axis is None else (*x.shape[:position], 1, *x.shape[position + 1 :])
        return apply("reshape", result, shape=kept)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{meaning}\n\n    Args:\n        x: tensor.\n        axis: int; None: x is flattened.\n"
        "        keepdims: whether the axis stays with size 1.\n"
        "    Returns:\n        int32 tensor; of equal elements the first.\n    "
    )
    return op(function)


argmax = _arg("argmax", "argmax", "The place of the greatest element along an axis.")
argmin = _arg("argmin", "argmin", "The place of the smallest element along an axis.")


def _running(name: str, primitive: str, meaning: str) -> Callable[..., Any]:
    def function(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
        x = as_tensor(x)
        if axis is None:
            x = apply("reshape", x, shape=(dims.product(x.shape),))
            axis = 0
        if isinstance(axis, (tuple, list)):  # Keras allows at most one axis in a tuple
            if not axis:
                return x
            (axis,) = axis
        default = "int32" if dtype_of(x) == "bool" else dtype_of(x)
        x = cast_to(x, dtypes.standardize_dtype(dtype) if dtype else default)
        return apply(primitive, x, axis=canonical_axis(axis, x.ndim), reverse=False)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{meaning}\n\n    Args:\n        x: tensor.\n        axis: int; None: x is flattened.\n"
        "        dtype: dtype of the result; default x's.\n"
        "    Returns:\n        Tensor of x's shape.\n    "
    )
    return op(function)


cumsum = _running("cumsum", "cumsum", "Running sums along an axis.")
cumprod = _running("cumprod", "cumprod", "Running products along an axis.")


@op
def argsort(x: Any, axis: int | None = -1) -> Any:
    """The places of the elements in rising order; equal ones keep their order.

    Args:
        x: tensor.
        axis: int; None: x is flattened.
    Returns:
        int32 tensor.
    """
    x = as_tensor(x)
    if axis is None:
        x = apply("reshape", x, shape=(dims.product(x.shape),))
    if x.ndim == 0:
        return as_tensor(0)
    place = 0 if axis is None else canonical_axis(axis, x.ndim)
    return apply("argsort", x, axis=place, descending=False)


@op
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) along axes, without overflow; arguments as in `sum`."""
    x = to_float(x)
    top = apply("stop_gradient", reduce("reduce_max", x, axis, True))
    finite = apply("is_finite", top)
    top = apply("select", finite, top, scalar(0, dtype_of(x)))
    total = reduce("sum", apply("exp", apply("sub", x, top)), axis, True)
    result = apply("add", apply("log", total), top)
    if keepdims:
        return result
    axes = canonical_axes(axis, x.ndim)
    return apply(
        "reshape", result, shape=tuple(s for i, s in enumerate(result.shape) if i not in axes)
    )


@op
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """How many elements along axes are not 0, int32."""
    return reduce("sum", cast_to(_truth(x), "int32"), axis, False)
