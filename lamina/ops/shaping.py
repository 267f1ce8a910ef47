"""Shapes: reshape, transpose, join, split, pad, repeat; and tensors made from nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ArgumentTypeError, ShapeError, message
from lamina.base.loading import check_size
from lamina.ir import dims
from lamina.ir.dims import Dim
from lamina.ops.convert import as_tensor, cast_to, convert_to_tensor, dtype_of, promote
from lamina.ops.reduction import canonical_axes, canonical_axis
from lamina.ops.registration import op
from lamina.runtime.dispatch import apply


def _size(value: Any) -> Any:
    """One entry of a shape: an int, or a `Dim`."""
    if isinstance(value, Dim):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return int(value)
    if value is None:
        return -1
    return int(value)


def standardize_sizes(shape: Any) -> tuple:
    """A shape given by a user, as a tuple of int and `Dim`."""
    if isinstance(shape, (Dim, int, np.integer)):
        return (_size(shape),)
    return tuple(map(_size, shape))


@op
def reshape(x: Any, newshape: Any) -> Any:
    """The same elements in another shape.

    Args:
        x: tensor.
        newshape: tuple; one entry may be -1 (or None), which is worked out.
    Returns:
        Tensor of the new shape.
    Raises:
        ShapeError: the numbers of elements differ.
    """
    x = as_tensor(x)
    sizes = list(standardize_sizes(newshape))
    unknown = [i for i, s in enumerate(sizes) if not isinstance(s, Dim) and s == -1]
    if any(not isinstance(s, Dim) and s < -1 for s in sizes):
        raise ShapeError(
            message(
                "reshape: every size must be a non-negative integer, or -1 for one to work out; "
                f"newshape={newshape}.",
            )
        )
    if len(unknown) > 1:
        raise ShapeError(
            message(
                f"reshape: there can be at most one unknown dimension (-1); newshape={newshape}.",
            )
        )
    if unknown:
        known = dims.product(tuple(s for i, s in enumerate(sizes) if i != unknown[0]))
        total = dims.product(x.shape)
        if not isinstance(total, Dim) and not isinstance(known, Dim):
            if (known == 0 and total != 0) or (known and total % known):
                raise ShapeError(
                    message("reshape: the elements do not fit.", f"{x.shape} -> {newshape}")
                )
            sizes[unknown[0]] = total // known if known else 0
        else:
            sizes[unknown[0]] = dims.divide(total, known)
    return apply("reshape", x, shape=tuple(sizes))


@op
def transpose(x: Any, axes: Any = None) -> Any:
    """Axes in another order, reversed by default."""
    x = as_tensor(x)
    if axes is None:
        return apply("transpose", x, permutation=tuple(range(x.ndim))[::-1])
    order = tuple([a + x.ndim if a < 0 else a for a in axes])
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(_wrong_order(axes, tuple(x.shape)))
    return apply("transpose", x, permutation=order)


def _wrong_order(axes: Any, shape: tuple) -> str:
    n = len(shape)
    if len(axes) != n:
        problem = "transpose: `axes` must be a list of the same length as the input shape."
    elif not all(-n <= a < n for a in axes):
        problem = f"transpose: Each axis in `axes` must be an integer in [-{n}, {n})."
    else:
        problem = f"transpose: `axes` must be a valid permutation; axes={list(axes)}."
    return message(problem, received=f"axes={list(axes)} for a tensor of shape {shape}")


@op
def expand_dims(x: Any, axis: Any) -> Any:
    """New axes of size 1 at the given places of the result."""
    x = as_tensor(x)
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    ndim = x.ndim + len(axes)
    places = {canonical_axis(a, ndim) for a in axes}
    if len(places) != len(axes):
        raise ArgumentError(f"duplicate axes in {tuple(axes)}.")
    rest = iter(x.shape)
    return apply("reshape", x, shape=tuple(1 if i in places else next(rest) for i in range(ndim)))


@op
def squeeze(x: Any, axis: Any = None) -> Any:
    """Without axes of size 1: all of them, or the given ones."""
    x = as_tensor(x)
    if axis is None:
        axes = tuple(i for i, s in enumerate(x.shape) if dims.is_one(s))
    else:
        axes = canonical_axes(axis, x.ndim)
        for a in axes:
            if not dims.is_one(x.shape[a]):
                raise ShapeError(
                    f"Cannot squeeze axis={a}, because the dimension is not 1: {x.shape}."
                )
    return apply("reshape", x, shape=tuple(s for i, s in enumerate(x.shape) if i not in axes))


@op
def broadcast_to(x: Any, shape: Any) -> Any:
    """Repeated along axes of size 1, and new leading ones, to a shape."""
    return apply("broadcast_to", as_tensor(x), shape=standardize_sizes(shape))


@op
def concatenate(xs: Any, axis: int | None = 0) -> Any:
    """Tensors joined along an existing axis, flattened if it is None, in their common dtype."""
    xs = promote(*[as_tensor(x) for x in xs])
    if axis is None:
        xs, axis = [ravel(x) for x in xs], 0
    if len(xs) == 1:
        return xs[0]
    if xs[0].ndim == 0:
        raise ShapeError("Zero-dimensional tensors cannot be concatenated.")
    return apply("concat", *xs, axis=canonical_axis(axis, xs[0].ndim))


@op
def stack(x: Any, axis: int = 0) -> Any:
    """Tensors of one shape joined along a new axis."""
    parts = promote(*[as_tensor(v) for v in x])
    place = canonical_axis(axis, parts[0].ndim + 1)
    return concatenate([expand_dims(p, place) for p in parts], place)


@op
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts of a tensor along an axis.

    Args:
        x: tensor.
        indices_or_sections: int: that many equal parts; list of int: where to cut.
        axis: int.
    Returns:
        list of tensors.
    """
    x = as_tensor(x)
    axis = canonical_axis(axis, x.ndim)
    size = x.shape[axis]
    if isinstance(indices_or_sections, (int, np.integer)):
        count = int(indices_or_sections)
        if not isinstance(size, Dim) and (count <= 0 or size % count):
            raise ShapeError(message(f"split: {size} cannot be divided into {count} equal parts."))
        step = dims.divide(size, count)
        cuts = [step * i for i in range(1, count)]
    else:
        cuts = [int(i) for i in np.asarray(indices_or_sections).ravel()]
        cuts = [min(max(c + size if c < 0 else c, 0), size) for c in cuts]
    bounds = [0, *cuts, size]
    return [take_range(x, axis, a, b) for a, b in zip(bounds, bounds[1:], strict=False)]


def take_range(x: Any, axis: int, start: Any, stop: Any) -> Any:
    """x[..., start:stop, ...] along one axis, 0 <= start <= stop <= size."""
    low: list = [0] * x.ndim
    high = list(x.shape)
    low[axis], high[axis] = start, stop
    return apply("slice", x, start=tuple(low), stop=tuple(high), step=(1,) * x.ndim)


@op
def unstack(x: Any, num: int | None = None, axis: int = 0) -> Any:
    """The slices along an axis, as a list."""
    x = as_tensor(x)
    axis = canonical_axis(axis, x.ndim)
    count = x.shape[axis] if num is None else num
    rest = tuple(s for i, s in enumerate(x.shape) if i != axis)
    return [apply("reshape", take_range(x, axis, i, i + 1), shape=rest) for i in range(count)]


@op
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the others keeping their order."""
    x = as_tensor(x)
    source = source if isinstance(source, (list, tuple)) else (source,)
    destination = destination if isinstance(destination, (list, tuple)) else (destination,)
    sources = [canonical_axis(s, x.ndim) for s in source]
    targets = [canonical_axis(d, x.ndim) for d in destination]
    order = [i for i in range(x.ndim) if i not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return apply("transpose", x, permutation=tuple(order))


@op
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    x = as_tensor(x)
    order = list(range(x.ndim))
    a, b = canonical_axis(axis1, x.ndim), canonical_axis(axis2, x.ndim)
    order[a], order[b] = order[b], order[a]
    return apply("transpose", x, permutation=tuple(order))


@op
def flip(x: Any, axis: Any = None) -> Any:
    """Elements in reverse order along axes, all by default."""
    x = as_tensor(x)
    return apply("reverse", x, axes=canonical_axes(axis, x.ndim))


@op
def ravel(x: Any) -> Any:
    """All elements as one axis."""
    x = as_tensor(x)
    return apply("reshape", x, shape=(dims.product(x.shape),))


@op
def tile(x: Any, repeats: Any) -> Any:
    """The tensor repeated as a whole along each axis."""
    x = as_tensor(x)
    counts = [int(r) for r in np.atleast_1d(np.asarray(repeats))]
    ndim = max(len(counts), x.ndim)
    counts = [1] * (ndim - len(counts)) + counts
    shape = (1,) * (ndim - x.ndim) + tuple(x.shape)
    interleaved: list = []
    for size in shape:
        interleaved += [1, size]
    x = apply("reshape", x, shape=tuple(interleaved))
    target: list = []
    for size, count in zip(shape, counts, strict=True):
        target += [count, size]
    x = apply("broadcast_to", x, shape=tuple(target))
    return apply("reshape", x, shape=tuple(s * c for s, c in zip(shape, counts, strict=True)))


@op
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element repeated, along an axis or flattened.

    Args:
        x: tensor.
        repeats: int, or one int for each element of the axis.
        axis: int; None: x is flattened.
    Returns:
        Tensor.
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical_axis(axis, x.ndim)
    counts = np.asarray(repeats)
    if counts.size == 1:
        count = int(counts.reshape(()))
        shape = tuple(x.shape)
        x = apply("reshape", x, shape=(*shape[: axis + 1], 1, *shape[axis + 1 :]))
        x = apply("broadcast_to", x, shape=(*shape[: axis + 1], count, *shape[axis + 1 :]))
        return apply("reshape", x, shape=(*shape[:axis], shape[axis] * count, *shape[axis + 1 :]))
    check_size(np.sum(counts), "a repetition")
    places = np.repeat(np.arange(x.shape[axis]), counts)
    return apply("gather", x, places.astype("int32"), axis=axis)


@op
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Elements added before and after each axis.

    Args:
        x: tensor.
        pad_width: int, (before, after), or one pair for each axis.
        mode: "constant", "reflect", "symmetric" or "edge"-like modes of NumPy.
        constant_values: the value added in mode "constant", default 0.
    Returns:
        Tensor.
    """
    x = as_tensor(x)
    pairs = np.broadcast_to(np.asarray(pad_width, "int64"), (x.ndim, 2)).tolist()
    if mode != "constant":
        if constant_values is not None:
            raise ArgumentError(
                "Argument `constant_values` can only be provided when `mode == 'constant'`. "
                f"Received: mode={mode}"
            )
        return _pad_by_index(x, pairs, mode)
    value = 0 if constant_values is None else constant_values
    low, high = (tuple(int(p[i]) for p in pairs) for i in (0, 1))
    value = np.asarray(value).item()
    return apply("pad", x, low=low, high=high, interior=(0,) * x.ndim, value=value)


def _pad_by_index(x: Any, pairs: list, mode: Any) -> Any:
    """Modes that repeat elements: each axis is gathered at the places NumPy would take."""
    for axis, (before, after) in enumerate(pairs):
        if before or after:
            check_size(before + after + x.shape[axis], "a padding")
            places = np.pad(np.arange(x.shape[axis]), (before, after), mode=mode)
            x = apply("gather", x, places.astype("int32"), axis=axis)
    return x


@op
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Elements moved along axes; what falls off one end comes in at the other."""
    x = as_tensor(x)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), x.shape)
    shifts = shift if isinstance(shift, (list, tuple)) else (shift,)
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    for s, a in zip(np.broadcast_to(shifts, len(axes)), axes, strict=True):
        a = canonical_axis(a, x.ndim)
        size = x.shape[a]
        if not isinstance(size, Dim):
            if size == 0:
                continue
            s = int(s) % size
        elif s < 0:
            s = size + int(s)
        cut = size - s
        x = apply("concat", take_range(x, a, cut, size), take_range(x, a, 0, cut), axis=a)
    return x


# --- from nothing ---


@op
def zeros(shape: Any, dtype: Any = None) -> Any:
    """Zeros of a shape; floatx by default."""
    return full(shape, 0, dtypes.standardize_dtype(dtype))


@op
def ones(shape: Any, dtype: Any = None) -> Any:
    """Ones of a shape; floatx by default."""
    return full(shape, 1, dtypes.standardize_dtype(dtype))


@op
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """A value repeated to a shape; floatx by default."""
    value = convert_to_tensor(fill_value, dtypes.standardize_dtype(dtype))
    sizes = standardize_sizes(shape)
    result = apply("broadcast_to", value, shape=sizes)
    return result.copy() if isinstance(result, np.ndarray) else result


@op
def empty(shape: Any, dtype: Any = None) -> Any:
    """A tensor of a shape whose values do not matter (zeros)."""
    return zeros(shape, dtype)


@op
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros of x's shape, and its dtype by default."""
    x = as_tensor(x)
    return zeros(x.shape, dtype or dtype_of(x))


@op
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones of x's shape, and its dtype by default."""
    x = as_tensor(x)
    return ones(x.shape, dtype or dtype_of(x))


@op
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """A value repeated to x's shape, in its dtype by default."""
    x = as_tensor(x)
    return full(x.shape, fill_value, dtype or dtype_of(x))


@op
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """start, start + step … below stop; with one argument, from 0 to it."""
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    given = [v for v in (start, stop, step) if not isinstance(v, Dim)]
    if dtype is None:
        dtype = dtypes.result_type(
            *[type(v) if isinstance(v, (int, float)) else dtype_of(v) for v in given]
        )
    name = dtypes.standardize_dtype(dtype)
    if isinstance(start, Dim) or isinstance(stop, Dim):
        line = apply("iota", shape=(dims.divide(stop - start, step),), axis=0, dtype=name)
        return apply("add", apply("mul", line, cast_to(as_tensor(step), name)),
                     cast_to(as_tensor(start), name))  # fmt: skip
    check_size(int((stop - start) / step) if step else 0, "a range")
    return np.arange(start, stop, step).astype(dtypes.to_numpy(name))


@op
def eye(N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on a diagonal, zeros elsewhere; (N, M), M = N by default."""
    name = dtypes.standardize_dtype(dtype)
    for size in (N, M):
        if isinstance(size, float) or (hasattr(size, "dtype") and dtypes.is_float(size.dtype)):
            raise ArgumentTypeError(message("eye: sizes must be integers.", f"N={N}, M={M}"))
    if isinstance(N, Dim) or isinstance(M, Dim):
        shape = (N, N if M is None else M)
        rows = apply("iota", shape=shape, axis=0, dtype="int32")
        columns = apply("iota", shape=shape, axis=1, dtype="int32")
        shifted = apply("add", rows, np.asarray(k, "int32"))
        return cast_to(apply("eq", shifted, columns), name)
    check_size(int(N) * int(N if M is None else M), "a matrix")
    return np.eye(int(N), None if M is None else int(M), int(k), dtype=dtypes.to_numpy(name))


@op
def tri(N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones at and below a diagonal."""
    check_size(int(N) * int(N if M is None else M), "a matrix")
    return np.tri(int(N), None if M is None else int(M), int(k)).astype(
        dtypes.to_numpy(dtypes.standardize_dtype(dtype))
    )


@op
def identity(n: Any, dtype: Any = None) -> Any:
    """The identity matrix (n, n)."""
    return eye(n, dtype=dtype)


def _triangle(x: Any, k: int, lower: bool) -> Any:
    x = as_tensor(x)
    rows = apply("iota", shape=tuple(x.shape[-2:]), axis=0, dtype="int32")
    columns = apply("iota", shape=tuple(x.shape[-2:]), axis=1, dtype="int32")
    edge = apply("add", rows, np.asarray(k, "int32"))
    keep = apply("le" if lower else "ge", columns, edge)
    return apply("select", keep, x, cast_to(as_tensor(0), dtype_of(x)))


@op
def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle of matrices, zeros above the k-th diagonal."""
    return _triangle(x, k, True)


@op
def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle of matrices, zeros below the k-th diagonal."""
    return _triangle(x, k, False)
