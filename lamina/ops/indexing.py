"""Indexing: `x[...]`, take, scatter, one-hot."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ConcreteBatchNeeded, ShapeError, message
from lamina.base.loading import check_size
from lamina.ir import dims
from lamina.ir.dims import Dim
from lamina.ir.program import Tensor
from lamina.ops.convert import as_tensor, cast_to, convert_to_tensor, dtype_of
from lamina.ops.reduction import canonical_axis
from lamina.ops.registration import op
from lamina.ops.scans import scan
from lamina.ops.shaping import moveaxis, reshape, take_range
from lamina.runtime.dispatch import apply
from lamina.runtime.variable import Variable


def wrap_indices(indices: Any, size: Any) -> Any:
    """Negative indices counted from the end."""
    if isinstance(indices, np.ndarray) and not isinstance(size, Dim):
        return np.where(indices < 0, indices + size, indices)
    dtype = dtype_of(indices)
    zero = np.asarray(0, dtypes.to_numpy(dtype))
    shifted = apply("add", indices, cast_to(as_tensor(size), dtype))
    return apply("select", apply("lt", indices, zero), shifted, indices)


@op
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Elements or slices at given places.

    Args:
        x: tensor.
        indices: integer tensor; negative ones count from the end.
        axis: int; None: x is flattened.
    Returns:
        Tensor with the indices' axes in the place of `axis`.
    Raises:
        ArgumentError: an index is out of range.
    """
    x = as_tensor(x)
    indices = as_tensor(indices)
    if not dtypes.is_int(dtype_of(indices)):
        indices = cast_to(indices, "int32")
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    axis = canonical_axis(axis, x.ndim)
    if dtype_of(indices)[0] != "u":
        indices = wrap_indices(indices, x.shape[axis])
    return apply("gather", x, indices, axis=axis)


@op
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """For each place of `indices`, the element of x there but for the index along `axis`.

    Args:
        x: tensor.
        indices: integer tensor with x's number of axes; other axes broadcast.
        axis: int; None: both are flattened.
    Returns:
        Tensor of the indices' shape (broadcast along other axes).
    """
    x, indices = as_tensor(x), as_tensor(indices)
    if axis is None:
        return take(reshape(x, (-1,)), reshape(indices, (-1,)), 0)
    axis = canonical_axis(axis, x.ndim)
    if x.ndim != indices.ndim:
        raise ShapeError(
            message(
                "take_along_axis: `x` and `indices` must have the same number of axes.",
                received=f"{x.shape} and {indices.shape}",
            )
        )
    others = [i for i in range(x.ndim) if i != axis]
    full = list(dims.broadcast(
        tuple(x.shape[i] for i in others), tuple(indices.shape[i] for i in others)
    ))  # fmt: skip
    place = full[:axis] + [indices.shape[axis]] + full[axis:]
    source = full[:axis] + [x.shape[axis]] + full[axis:]
    x = apply("broadcast_to", x, shape=tuple(source))
    indices = wrap_indices(apply("broadcast_to", indices, shape=tuple(place)), x.shape[axis])
    flat = _flat_places(indices, axis, tuple(source))
    return apply("gather", reshape(x, (-1,)), flat, axis=0)


def _flat_places(indices: Any, axis: int, shape: tuple) -> Any:
    """Places in the flattened tensor of `shape`, for indices along one axis."""
    total: Any = None
    stride: Any = 1
    for i in range(len(shape) - 1, -1, -1):
        if i == axis:
            part = cast_to(indices, "int32")
        else:
            part = apply("iota", shape=tuple(indices.shape), axis=i, dtype="int32")
        part = apply("mul", part, as_tensor(stride))
        total = part if total is None else apply("add", total, part)
        stride = stride * shape[i]
    return total


@op
def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Any:
    """1 at each index, 0 elsewhere, along a new axis; an index out of range gives zeros.

    Args:
        x: integer tensor.
        num_classes: size of the new axis.
        axis: its place in the result.
        dtype: default floatx.
        sparse: must be False.
    Returns:
        Tensor with one more axis.
    """
    if sparse:
        raise ArgumentError("Lamina has no sparse tensors.")
    x = as_tensor(x)
    x = x if dtypes.is_int(dtype_of(x)) else cast_to(x, "int32")
    check_size(num_classes, "a one-hot encoding")
    line = np.arange(num_classes, dtype=dtypes.to_numpy(dtype_of(x)))
    hot = apply("eq", apply("reshape", x, shape=(*x.shape, 1)), line)
    result = cast_to(hot, dtypes.standardize_dtype(dtype))
    return result if axis in (-1, x.ndim) else moveaxis(result, -1, axis)


@op
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Zeros of a shape with values added at given places.

    Args:
        indices: integer tensor (..., k): the first k coordinates of each place.
        values: tensor (..., *shape[k:]).
        shape: tuple.
    Returns:
        Tensor of `shape`.
    """
    values = as_tensor(values)
    base = apply("broadcast_to", cast_to(as_tensor(0), dtype_of(values)), shape=tuple(shape))
    return scatter_update(base, indices, values, "add")


@op
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """A tensor with elements or slices at given places replaced or joined.

    Args:
        inputs: tensor.
        indices: integer tensor (..., k): the first k coordinates of each place.
        updates: tensor (..., *inputs.shape[k:]).
        reduction: None replaces; "add", "max", "min" or "mul" join.
    Returns:
        Tensor of the shape and dtype of `inputs`.
    """
    inputs, indices = as_tensor(inputs), as_tensor(indices)
    updates = cast_to(as_tensor(updates), dtype_of(inputs))
    if not dtypes.is_int(dtype_of(indices)):
        indices = cast_to(indices, "int32")
    modes = {None: "set", "add": "add", "max": "max", "min": "min", "mul": "mul"}
    reduction = reduction.lower() if isinstance(reduction, str) else reduction
    if reduction not in modes:
        raise ArgumentError(
            message(
                f"Invalid reduction: {reduction}.",
                required="None, 'add', 'max', 'min' or 'mul'",
            )
        )
    k = indices.shape[-1]
    shape = tuple(inputs.shape)
    flat = None
    for i in range(k):
        part = apply(
            "reshape",
            apply("slice", indices, start=(0,) * (indices.ndim - 1) + (i,),
                  stop=(*indices.shape[:-1], i + 1), step=(1,) * indices.ndim),
            shape=tuple(indices.shape[:-1]),
        )  # fmt: skip
        part = wrap_indices(part, shape[i])
        flat = (
            part
            if flat is None
            else apply(
                "add", apply("mul", flat, cast_to(as_tensor(shape[i]), dtype_of(part))), part
            )
        )
    assert flat is not None, "indices name at least one axis"
    merged = reshape(inputs, (dims.product(shape[:k]), *shape[k:]))
    updates = apply("broadcast_to", updates, shape=(*flat.shape, *shape[k:]))
    if reduction == "mul":
        return reshape(_multiplied(merged, flat, updates), shape)
    return reshape(apply("scatter", merged, flat, updates, mode=modes[reduction]), shape)


def _multiplied(x: Any, indices: Any, updates: Any) -> Any:
    """Slices of x multiplied by updates, one after the other, as places may repeat."""
    if isinstance(x, np.ndarray) and isinstance(updates, np.ndarray):
        result = x.copy()
        np.multiply.at(result, indices, updates)
        return result
    count = dims.product(tuple(indices.shape))
    rows = reshape(indices, (count, 1))
    factors = reshape(updates, (count, 1, *x.shape[1:]))

    def step(carry: Any, now: tuple[Any, Any]) -> tuple[Any, None]:
        row, factor = now
        product = apply("mul", apply("gather", carry, row, axis=0), factor)
        return apply("scatter", carry, row, product, mode="set"), None

    return scan(step, x, (rows, factors))[0]


@op
def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """A block of a given shape that starts at given indices.

    Args:
        inputs: tensor.
        start_indices: one integer for each axis, or a tensor of them; the block is kept inside.
        shape: size of the block along each axis; -1 takes the rest.
    Returns:
        Tensor of the block's shape.
    Raises:
        ShapeError: the number of indices or sizes is not that of the axes.
    """
    x = as_tensor(inputs)
    _check_block(x, start_indices, shape)
    for axis, size in enumerate(shape):
        begin = start_indices[axis]
        begin = begin.value if isinstance(begin, Variable) else begin
        rest = x.shape[axis] - (0 if isinstance(begin, Tensor) else int(begin))
        size = rest if not isinstance(size, Dim) and size == -1 else size
        if isinstance(begin, Tensor):
            _check_known_size(shape[axis])
            last = cast_to(as_tensor(x.shape[axis] - size), "int32")
            first = apply("minimum", cast_to(begin, "int32"), last)
            first = apply("maximum", first, as_tensor(0))
            line = apply("iota", shape=(size,), axis=0, dtype="int32")
            x = apply("gather", x, apply("add", line, first), axis=axis)
        elif not (dims.same(x.shape[axis], size) and int(begin) == 0):
            start = int(begin)
            if not isinstance(rest, Dim):
                start = min(max(start, 0), x.shape[axis] - size)
            x = take_range(x, axis, start, start + size)
    return x


def _check_known_size(size: Any) -> None:
    if not isinstance(size, Dim) and size == -1:
        raise ArgumentError(
            message("slice: a size of -1 needs a start that is known while tracing.", size)
        )


def _check_block(x: Any, start_indices: Any, shape: Any) -> None:
    if len(shape) != x.ndim:
        raise ShapeError(
            message(
                "slice: the number of dimensions in `inputs` must match the number of dimensions "
                "in `shape`.",
                received=f"inputs.shape={tuple(x.shape)}, shape={tuple(shape)}",
            )
        )
    given = start_indices.shape[0] if hasattr(start_indices, "shape") else len(start_indices)
    if given != x.ndim:
        raise ShapeError(
            message(
                "slice: the number of dimensions in `start_indices` must match the number of "
                "dimensions in `inputs`.",
                received=f"{given} start indices, inputs.shape={tuple(x.shape)}",
            )
        )


@op
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """A tensor with the block at given indices replaced."""
    x, updates = as_tensor(inputs), as_tensor(updates)
    grids = [
        apply(
            "add",
            apply("iota", shape=tuple(updates.shape), axis=i, dtype="int32"),
            cast_to(as_tensor(start_indices[i]), "int32"),
        )
        for i in range(x.ndim)
    ]
    grids = [apply("reshape", g, shape=(*g.shape, 1)) for g in grids]
    return scatter_update(x, apply("concat", *grids, axis=x.ndim), updates)


@op
def getitem(x: Any, key: Any) -> Any:
    """x[key], as NumPy means it.

    Args:
        x: tensor.
        key: ints, slices, None, Ellipsis, integer arrays or tensors, and bool arrays where eager.
    Returns:
        Tensor.
    """
    x = convert_to_tensor(x)
    if isinstance(x, np.ndarray) and not _has_tensor(key):
        return np.asarray(x[_numpy_key(key)])
    keys = list(key) if isinstance(key, tuple) else [key]
    keys = _without_ellipsis(keys, x.ndim)
    x, keys = _apply_basic(x, keys)
    return _apply_advanced(x, keys)


def _has_tensor(key: Any) -> bool:
    keys = key if isinstance(key, tuple) else (key,)
    return any(isinstance(k, Tensor) for k in keys)


def _numpy_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(map(_numpy_key, key))
    return key.value if isinstance(key, Variable) else key


def _without_ellipsis(keys: list, ndim: int) -> list:
    used = sum(k is not None and not isinstance(k, EllipsisType) for k in keys)
    full = [builtins_slice(None)] * (ndim - used)
    if used > ndim:
        raise ArgumentError(f"Too many indices: {used} for a tensor with {ndim} axes.")
    for i, k in enumerate(keys):
        if isinstance(k, EllipsisType):
            return keys[:i] + full + keys[i + 1 :]
    return keys + full


builtins_slice = type(np.s_[:])


def _apply_basic(x: Any, keys: list) -> tuple[Any, list]:
    """Ints, slices and None applied; what is left for each axis: None, or an index tensor."""
    start: list = []
    stop: list = []
    step: list = []
    reverse: list = []
    shape: list = []
    left: list = []
    axis = 0
    for k in keys:
        if k is None:
            shape.append(1)
            left.append(None)
            continue
        size = x.shape[axis]
        if isinstance(k, builtins_slice):
            low, high, by, flipped = _bounds(k, size)
            if flipped:
                reverse.append(axis)
            shape.append(high - low if by == 1 else -(-(high - low) // by))
            left.append(None)
        elif isinstance(k, (int, np.integer)) and not isinstance(k, bool):
            low = _checked_index(int(k), size, axis)
            high, by = low + 1, 1
        else:
            low, high, by = 0, size, 1
            shape.append(size)
            left.append(as_tensor(k))
        start.append(low)
        stop.append(high)
        step.append(by)
        axis += 1
    if not all(
        dims.same(a, 0) and dims.same(b, s) and c == 1
        for a, b, c, s in zip(start, stop, step, x.shape, strict=True)
    ):
        x = apply("slice", x, start=tuple(start), stop=tuple(stop), step=tuple(step))
    if reverse:
        x = apply("reverse", x, axes=tuple(reverse))
    if not dims.same_shape(tuple(shape), tuple(x.shape)):
        x = apply("reshape", x, shape=tuple(shape))
    return x, left


def _checked_index(index: int, size: Any, axis: int) -> Any:
    if isinstance(size, Dim):
        return size + index if index < 0 else index
    if not -size <= index < size:
        raise IndexError(f"index {index} is out of bounds for axis {axis} with size {size}")
    return index % size


def _bounds(k: Any, size: Any) -> tuple[Any, Any, int, bool]:
    """Start, stop, positive step, and whether the taken elements are to be reversed."""
    step = 1 if k.step is None else int(k.step)
    if not isinstance(size, Dim) and not isinstance(k.start, Dim) and not isinstance(k.stop, Dim):
        first, last, step = k.indices(size)
        if step > 0:
            return first, max(first, last), step, False
        count = max(0, -(-(first - last) // -step))
        low = first + (count - 1) * step
        return (low, first + 1, -step, True) if count else (0, 0, 1, False)
    low = _dynamic_bound(k.start, size, 0)
    high = _dynamic_bound(k.stop, size, size)
    if step == -1 and k.start is None and k.stop is None:
        return 0, size, 1, True
    if step != 1:
        raise ConcreteBatchNeeded("a strided slice of the batch")
    return low, high, 1, False


def _dynamic_bound(value: Any, size: Any, default: Any) -> Any:
    if value is None:
        return default
    if isinstance(value, Dim):
        return value
    if int(value) < 0:
        return size + int(value)
    if int(value) == 0 or dims.same(value, size):
        return value
    if isinstance(size, Dim) and default is size:
        raise ConcreteBatchNeeded(f"x[:{value}] of the batch")
    return int(value)


def _apply_advanced(x: Any, keys: list) -> Any:
    """Index tensors: they broadcast together; the result's axes stand where NumPy puts them."""
    places = [i for i, k in enumerate(keys) if k is not None]
    if not places:
        return x
    if any(dtype_of(keys[i]) == "bool" for i in places):
        raise ArgumentError(
            message(
                "A traced tensor cannot be indexed by a bool mask: the result's size is unknown.",
                fix="use ops.where(mask, x, 0)",
            )
        )
    if len(places) == 1:
        axis = places[0]
        return apply("gather", x, wrap_indices(keys[axis], x.shape[axis]), axis=axis)
    shape = dims.broadcast(*(tuple(keys[i].shape) for i in places))
    rest = [i for i in range(x.ndim) if i not in places]
    moved = apply("transpose", x, permutation=(*places, *rest))
    flat = None
    for position, i in enumerate(places):
        part = cast_to(wrap_indices(keys[i], x.shape[i]), "int32")
        part = apply("broadcast_to", part, shape=shape)
        scale = as_tensor(moved.shape[position])
        flat = part if flat is None else apply("add", apply("mul", flat, scale), part)
    merged = reshape(
        moved, (dims.product(tuple(moved.shape[: len(places)])), *moved.shape[len(places) :])
    )
    result = apply("gather", merged, flat, axis=0)
    if places == list(range(places[0], places[0] + len(places))) and places[0]:
        count = len(shape)
        order = tuple(range(count, count + places[0])) + tuple(range(count))
        result = apply(
            "transpose", result, permutation=order + tuple(range(len(order), result.ndim))
        )
    return result
