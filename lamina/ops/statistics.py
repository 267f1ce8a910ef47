"""Statistics beyond sums and means: weighted means, correlation, ranges, counts, differences,
integrals."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote, to_float
from lamina.ops.creation import linspace
from lamina.ops.diagonals import diag
from lamina.ops.elementwise import (
    add,
    clip,
    divide,
    equal,
    greater_equal,
    less_equal,
    logical_and,
    multiply,
    not_equal,
    sqrt,
    subtract,
    where,
)
from lamina.ops.indexing import one_hot, scatter_update
from lamina.ops.numpy_only import on_arrays
from lamina.ops.products import matmul
from lamina.ops.reduction import canonical_axis, max, mean, min, sum
from lamina.ops.registration import op
from lamina.ops.shaping import (
    broadcast_to,
    expand_dims,
    ravel,
    reshape,
    take_range,
    transpose,
    zeros,
)
from lamina.ops.sorting import searchsorted


@op
def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """The weighted mean.

    Args:
        x: tensor.
        axis: int or tuple; None takes all elements.
        weights: tensor of x's shape, or a vector for the axis; None weighs all equally.
    Returns:
        Float tensor.
    """
    if weights is None:
        return mean(x, axis)
    x, weights = promote(as_tensor(x), as_tensor(weights), to_float=True)
    if weights.ndim != x.ndim:
        if weights.ndim != 1 or axis is None or not isinstance(axis, int):
            raise ShapeError(
                message(
                    "average: `weights` must have x's shape, or be a vector for an int `axis`.",
                    received=f"{tuple(weights.shape)} for {tuple(x.shape)}, axis={axis}",
                )
            )
        place = canonical_axis(axis, x.ndim)
        if not dims.same(weights.shape[0], x.shape[place]):
            raise ShapeError(
                message("average: length of `weights`.", weights.shape[0], x.shape[place])
            )
        weights = reshape(weights, [-1 if i == place else 1 for i in range(x.ndim)])
        weights = broadcast_to(weights, x.shape)
    return divide(sum(multiply(x, weights), axis), sum(weights, axis))


@op
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The distance from the smallest to the greatest element."""
    return subtract(max(x, axis, keepdims), min(x, axis, keepdims))


@op
def corrcoef(x: Any) -> Any:
    """Pearson's correlation of every two rows.

    Args:
        x: tensor (variables, observations), or a vector.
    Returns:
        Float tensor (variables, variables), a scalar for a vector.
    """
    x = to_float(x)
    dtype = dtype_of(x)
    x = cast_to(x, "float32") if dtype in ("float16", "bfloat16") else x
    if x.ndim > 2:
        raise ShapeError(message("corrcoef needs at most 2 axes.", tuple(x.shape)))
    rows = reshape(x, (1, -1)) if x.ndim < 2 else x
    rows = subtract(rows, mean(rows, -1, keepdims=True))
    covariance = matmul(rows, transpose(rows))
    deviation = sqrt(diag(covariance))
    result = divide(covariance, multiply(expand_dims(deviation, 1), deviation))
    result = cast_to(clip(result, -1.0, 1.0), dtype)
    return result if x.ndim == 2 else reshape(result, ())


@op
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences of neighbours along an axis, taken n times; of bool whether they differ."""
    x = as_tensor(a)
    axis = canonical_axis(axis, x.ndim)
    minus = not_equal if dtype_of(x) == "bool" else subtract
    for _ in range(n):
        size = x.shape[axis]
        if not isinstance(size, dims.Dim) and size == 0:
            break
        x = minus(take_range(x, axis, 1, size), take_range(x, axis, 0, size - 1))
    return x


@op
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral along an axis by the trapezoidal rule.

    Args:
        y: tensor of heights.
        x: places of the heights, a vector or of y's shape; None: `dx` apart.
        dx: distance of the places.
        axis: int.
    Returns:
        Float tensor without the axis.
    """
    y = to_float(y)
    axis = canonical_axis(axis, y.ndim)
    size = y.shape[axis]
    heights = add(take_range(y, axis, 1, size), take_range(y, axis, 0, size - 1))
    if x is not None:
        x = as_tensor(x)
        step = diff(x, 1, 0 if x.ndim == 1 else axis)
        if x.ndim == 1:
            step = reshape(step, [-1 if i == axis else 1 for i in range(y.ndim)])
        heights, step = promote(heights, step)
        return divide(sum(multiply(heights, step), axis), 2)
    return multiply(sum(heights, axis), dx / 2)


@op
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """How often each number occurs.

    Args:
        x: tensor of non-negative integers (n,) or (batch, n); rows are counted by themselves.
        weights: tensor of x's shape: what each occurrence counts; default 1.
        minlength: the least length of the result. In compiled code, where the greatest number is
            not known, it is the length, and greater numbers are left out.
        sparse: must be False.
    Returns:
        Tensor (length,) or (batch, length); int32, or the dtype of `weights`.
    """
    if sparse:
        raise ArgumentError("Lamina has no sparse tensors.")
    x = as_tensor(x)
    weights = None if weights is None else as_tensor(weights)
    length = minlength
    if isinstance(x, np.ndarray):
        length = int(x.max()) + 1 if x.size else 0
        length = length if length > minlength else minlength
    elif not minlength:
        given = (x,) if weights is None else (x, weights)
        dtype = "int32" if weights is None else dtype_of(weights)
        shape = (*x.shape[:-1], None)
        return on_arrays("bincount (without minlength)", len, lambda *_: [(shape, dtype)], *given)
    if x.ndim == 1 and isinstance(x, np.ndarray) and isinstance(weights, (np.ndarray, type(None))):
        counts = np.bincount(x, weights, length)
        return counts.astype("int32" if weights is None else weights.dtype)
    hot = one_hot(x, length, dtype="int32" if weights is None else dtype_of(weights))
    if weights is not None:
        hot = multiply(hot, expand_dims(weights, -1))
    return cast_to(sum(hot, -2), dtype_of(hot))


@op
def histogram(x: Any, bins: int = 10, range: tuple[float, float] | None = None) -> Any:
    """How many elements lie in each of equally wide bins.

    Args:
        x: tensor.
        bins: int >= 1.
        range: (least, greatest) edge; default those of x.
    Returns:
        (counts (bins,), edges (bins + 1,)).
    Raises:
        ArgumentError: `bins` is not positive, or `range` is not rising.
    """
    if not isinstance(bins, int) or bins <= 0:
        raise ArgumentError(
            f"Argument `bins` should be a non-negative integer. Received: bins={bins}"
        )
    x = as_tensor(x)
    if x.ndim > 1:
        raise ArgumentError(
            f"Input tensor must be 1-dimensional. Received: input.shape={tuple(x.shape)}"
        )
    if range is not None and (len(range) != 2 or range[1] < range[0]):
        raise ArgumentError(
            "Argument `range` must be a tuple of two elements. The second element of `range` must "
            f"be greater than the first. Received: range={range}"
        )
    flat = ravel(x)
    low, high = range if range is not None else (min(flat), max(flat))
    flat, low, high = promote(flat, low, high, to_float=True)
    same = equal(low, high)  # a bin of width 0 becomes one of width 1
    low, high = where(same, subtract(low, 0.5), low), where(same, add(high, 0.5), high)
    edges = linspace(low, high, bins + 1)
    place = clip(subtract(searchsorted(edges, flat, "right"), 1), 0, bins - 1)
    inside = logical_and(greater_equal(flat, low), less_equal(flat, high))
    base = zeros((bins,), "int32")
    counts = scatter_update(base, expand_dims(place, -1), cast_to(inside, "int32"), "add")
    return counts, edges
