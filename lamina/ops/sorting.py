"""Order: sorting, partitions, places in a sorted sequence, membership, greatest elements, unique
ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote
from lamina.ops.elementwise import equal, greater_equal, less, less_equal, logical_not
from lamina.ops.indexing import getitem, take_along_axis
from lamina.ops.reduction import any as any_true
from lamina.ops.reduction import argsort, canonical_axis, sum
from lamina.ops.registration import op
from lamina.ops.shaping import expand_dims, ravel
from lamina.runtime.dispatch import apply


@op
def sort(x: Any, axis: int | None = -1) -> Any:
    """Elements in rising order along an axis, flattened if it is None; NaN comes last."""
    x = as_tensor(x)
    if axis is None:
        x, axis = ravel(x), 0
    if isinstance(x, np.ndarray):
        return np.sort(x, axis, kind="stable") if x.ndim else x
    return take_along_axis(x, argsort(x, axis), axis)


@op
def argpartition(x: Any, kth: int, axis: int | None = -1) -> Any:
    """Places of the elements, the k smallest before place `kth` and the greater ones behind it.

    Args:
        x: tensor.
        kth: int, a place along the axis.
        axis: int; None: x is flattened.
    Returns:
        int32 tensor; all elements are in rising order.
    """
    x = as_tensor(x)
    if not isinstance(kth, (int, np.integer)):
        raise ArgumentError(f"kth must be an integer. Received: kth={kth}")
    if axis is None:
        x, axis = ravel(x), 0
    if isinstance(x, np.ndarray):
        canonical_axis(kth, x.shape[canonical_axis(axis, x.ndim)])
    return argsort(x, axis)


@op
def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    """The k greatest elements along the last axis, and their places.

    Args:
        x: tensor (..., n).
        k: int, at most n.
        sorted: accepted for Keras's sake; the elements always fall.
    Returns:
        (values, places), (..., k) each; places are int32, of equal elements the first.
    """
    x = as_tensor(x)
    order = apply("argsort", x, axis=x.ndim - 1, descending=True)
    places = apply(
        "slice", order, start=(0,) * x.ndim, stop=(*order.shape[:-1], k), step=(1,) * x.ndim
    )
    return take_along_axis(x, places, -1), places


@op
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether each target's prediction is among the k greatest of its row.

    Args:
        targets: integer tensor (batch,).
        predictions: tensor (batch, classes).
        k: int.
    Returns:
        bool tensor (batch,); ties count as inside.
    """
    targets, predictions = as_tensor(targets), as_tensor(predictions)
    wanted = take_along_axis(predictions, expand_dims(cast_to(targets, "int32"), -1), -1)
    greater = sum(cast_to(less(wanted, predictions), "int32"), -1)
    finite = apply("is_finite", getitem(wanted, (..., 0)))
    return apply("and", less(greater, k), finite)


@op
def searchsorted(sorted_sequence: Any, values: Any, side: Any = "left") -> Any:
    """The places where values would be put into a sorted vector.

    Args:
        sorted_sequence: tensor (n,), rising.
        values: tensor of any shape.
        side: "left": before equal elements; "right": behind them.
    Returns:
        int32 tensor of the shape of `values`.
    """
    line, values = promote(sorted_sequence, values)
    if line.ndim != 1:
        raise ArgumentError(
            "`searchsorted` only supports 1-D sorted sequences. You can use "
            "`keras.ops.vectorized_map` to extend it to N-D sequences. Received: "
            f"sorted_sequence.shape={tuple(line.shape)}"
        )
    if isinstance(line, np.ndarray) and isinstance(values, np.ndarray):
        return np.asarray(np.searchsorted(line, values, side)).astype("int32")
    compare = less if side == "left" else less_equal
    return sum(cast_to(compare(line, expand_dims(values, -1)), "int32"), -1)


@op
def digitize(x: Any, bins: Any) -> Any:
    """The number of the bin that each element lies in; 0 is before the first edge.

    Args:
        x: tensor.
        bins: tensor (n,), rising edges; each belongs to the bin above it.
    Returns:
        int32 tensor of x's shape.
    """
    edges, values = promote(bins, x)
    if edges.ndim != 1:
        raise ArgumentError(
            f"`bins` must be a 1D array. Received: bins={bins} with shape bins.shape="
            f"{tuple(edges.shape)}"
        )
    if isinstance(edges, np.ndarray) and isinstance(values, np.ndarray):
        return np.asarray(np.digitize(values, edges)).astype("int32")
    return sum(cast_to(greater_equal(expand_dims(values, -1), edges), "int32"), -1)


@op
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element of x1 is among those of x2, or is not if `invert`."""
    a, b = promote(x1, x2)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.isin(a, b, assume_unique=assume_unique, invert=invert)
    found = any_true(equal(expand_dims(a, -1), ravel(b)), -1)
    return logical_not(found) if invert else found


@op
def unravel_index(indices: Any, shape: Any) -> Any:
    """Places in a flattened tensor as coordinates: one integer tensor for each axis of `shape`."""
    rest = as_tensor(indices)
    dtype = dtype_of(rest)
    if None in shape:
        raise ArgumentError(f"`shape` argument cannot contain `None`. Received: shape={shape}")
    total = dims.product(tuple(shape))
    low = apply("lt", rest, np.asarray(0, dtypes.to_numpy(dtype)))
    size = np.asarray(total, dtypes.to_numpy(dtype))
    rest = apply("select", low, apply("add", rest, size), rest)
    found = []
    for length in reversed(tuple(shape)):
        base = np.asarray(length, dtypes.to_numpy(dtype))
        found.append(apply("remainder", rest, base))
        rest = apply("floor_divide", rest, base)
    return tuple(found[::-1])
