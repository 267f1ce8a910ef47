"""Joining and splitting along named axes, and turning: stacks, splits, flips, rotations."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.ir.dims import Dim
from lamina.ops.convert import as_tensor, promote
from lamina.ops.reduction import canonical_axis
from lamina.ops.registration import op
from lamina.ops.shaping import (
    concatenate,
    expand_dims,
    flip,
    ravel,
    reshape,
    split,
    swapaxes,
    take_range,
)


@op
def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """x2 behind x1 along an axis; both flattened if it is None."""
    a, b = promote(x1, x2)
    if axis is None:
        a, b, axis = ravel(a), ravel(b), 0
    return concatenate([a, b], axis)


def _at_least(x: Any, ndim: int) -> Any:
    """A tensor with axes of size 1 added, as NumPy's atleast_…d do."""
    x = as_tensor(x)
    if x.ndim == 0:
        return reshape(x, (1,) * ndim)
    if x.ndim >= ndim:
        return x
    if ndim == 2:
        return expand_dims(x, 0)
    return expand_dims(x, (0, 2) if x.ndim == 1 else 2)


@op
def vstack(xs: Any) -> Any:
    """Tensors joined along axis 0; vectors are rows."""
    return concatenate([_at_least(x, 2) for x in xs], 0)


@op
def hstack(xs: Any) -> Any:
    """Tensors joined along axis 1, vectors along axis 0."""
    parts = [_at_least(x, 1) for x in xs]
    return concatenate(parts, 0 if parts[0].ndim == 1 else 1)


@op
def dstack(xs: Any) -> Any:
    """Tensors joined along axis 2; vectors and matrices get that axis."""
    return concatenate([_at_least(x, 3) for x in xs], 2)


@op
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts along an axis that differ in size by 1 at most.

    Args:
        x: tensor.
        indices_or_sections: int: how many parts; list of int: where to cut.
        axis: int.
    Returns:
        list of tensors.
    """
    x = as_tensor(x)
    if not isinstance(indices_or_sections, (int, np.integer)):
        return split(x, indices_or_sections, axis)
    axis = canonical_axis(axis, x.ndim)
    count, size = int(indices_or_sections), x.shape[axis]
    if count < 1:
        raise ArgumentError(message("array_split: too few parts.", count, "an int >= 1"))
    small, extra = (dims.divide(size, count), 0) if isinstance(size, Dim) else divmod(size, count)
    bounds = [small * i + min(i, extra) for i in range(count + 1)]
    return [take_range(x, axis, a, b) for a, b in zip(bounds, bounds[1:], strict=False)]


def _split_along(name: str, x: Any, indices_or_sections: Any, axis: int, least: int) -> Any:
    x = as_tensor(x)
    if x.ndim < least:
        raise ShapeError(
            message(f"{name} needs a tensor with {least} or more axes.", received=tuple(x.shape))
        )
    return split(x, indices_or_sections, axis)


@op
def hsplit(x: Any, indices_or_sections: Any) -> Any:
    """Parts along axis 1, of a vector along axis 0; see `split`."""
    x = as_tensor(x)
    return _split_along("hsplit", x, indices_or_sections, 0 if x.ndim == 1 else 1, 1)


@op
def vsplit(x: Any, indices_or_sections: Any) -> Any:
    """Parts along axis 0; see `split`."""
    return _split_along("vsplit", x, indices_or_sections, 0, 2)


@op
def dsplit(x: Any, indices_or_sections: Any) -> Any:
    """Parts along axis 2; see `split`."""
    return _split_along("dsplit", x, indices_or_sections, 2, 3)


@op
def fliplr(x: Any) -> Any:
    """Elements in reverse order along axis 1."""
    return flip(x, 1)


@op
def flipud(x: Any) -> Any:
    """Elements in reverse order along axis 0."""
    return flip(x, 0)


@op
def rot90(array: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """A quarter turn in the plane of two axes, from the first towards the second, k times.

    Args:
        array: tensor with two or more axes.
        k: how many quarter turns.
        axes: the two axes.
    Returns:
        Tensor.
    """
    x = as_tensor(array)
    if x.ndim < 2:
        raise ShapeError(
            f"Input array must have at least 2 dimensions. Received: array.ndim={x.ndim}"
        )
    if len(axes) != 2 or canonical_axis(axes[0], x.ndim) == canonical_axis(axes[1], x.ndim):
        raise ArgumentError(f"Invalid axes: {axes}. Axes must be a tuple of two different axes.")
    first, second = axes
    turns = k % 4
    if turns == 2:
        return flip(x, (first, second))
    if turns == 1:
        return swapaxes(flip(x, second), first, second)
    return flip(swapaxes(x, first, second), second) if turns else x
