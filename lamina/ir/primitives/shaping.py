"""Primitives that only move elements, and those that make tensors from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lamina.base import dtypes
from lamina.base.errors import ConcreteBatchNeeded, ShapeError, message
from lamina.ir import dims
from lamina.ir.dims import Dim, Shape, Size
from lamina.ir.primitives.base import Primitive, Types, at_most, check_axis, same_dtype

if TYPE_CHECKING:
    import numpy as np

    from lamina.ir.program import Tensor


def _infer_constant(value: np.ndarray) -> Types:
    return [(tuple(value.shape), dtypes.name_of(value.dtype))]


def _infer_iota(shape: Shape, axis: int, dtype: str) -> Types:
    """The index along one axis, 0, 1, 2 …"""
    check_axis("iota", axis, len(shape))
    return [(tuple(shape), dtype)]


def _infer_dim_size(dim: Dim, dtype: str) -> Types:
    """A dimension that depends on the batch, as a scalar."""
    return [((), dtype)]


def _infer_reshape(x: Tensor, shape: Shape) -> Types:
    if not dims.same(dims.product(x.shape), dims.product(shape)):
        raise ShapeError(
            message(
                "reshape: the number of elements differs.",
                received=f"{x.shape} -> {shape}",
                required=f"{dims.product(x.shape)} elements",
            )
        )
    return [(tuple(shape), x.dtype)]


def _infer_transpose(x: Tensor, permutation: tuple[int, ...]) -> Types:
    if sorted(permutation) != list(range(x.ndim)):
        raise ShapeError(
            message(
                "transpose: `axes` must name every axis once.",
                received=permutation,
                required=f"a permutation of {tuple(range(x.ndim))}",
            )
        )
    return [(tuple(x.shape[p] for p in permutation), x.dtype)]


def _infer_broadcast_to(x: Tensor, shape: Shape) -> Types:
    try:
        fits = dims.same_shape(dims.broadcast(x.shape, shape), shape)
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(message("broadcast_to: the shapes do not fit.", f"{x.shape} -> {shape}"))
    return [(tuple(shape), x.dtype)]


def _infer_concat(*operands: Tensor, axis: int) -> Types:
    dtype = same_dtype("concatenate", *operands)
    check_axis("concatenate", axis, operands[0].ndim)
    first = operands[0].shape
    total: Size = 0
    for operand in operands:
        rest = operand.shape[:axis] + operand.shape[axis + 1 :]
        if len(operand.shape) != len(first) or not dims.same_shape(
            rest, first[:axis] + first[axis + 1 :]
        ):
            raise ShapeError(
                message(
                    f"concatenate: all shapes must agree except along axis {axis}.",
                    received=", ".join(str(o.shape) for o in operands),
                )
            )
        total = total + operand.shape[axis]
    return [(first[:axis] + (total,) + first[axis + 1 :], dtype)]


def _infer_pad(
    x: Tensor,
    low: tuple[int, ...],
    high: tuple[Size, ...],
    interior: tuple[int, ...],
    value: Any,
) -> Types:
    """`value` before, after and between the elements of every axis."""
    _check_places("pad", x, low, high, interior)
    shape = []
    for size, before, after, between in zip(x.shape, low, high, interior, strict=True):
        if not (at_most(0, before) and at_most(0, after) and at_most(0, between)):
            raise ShapeError(message("pad: a width is negative.", f"{low}, {high}, {interior}"))
        if between and isinstance(size, Dim):
            raise ConcreteBatchNeeded("padding between the rows of a batch")
        inside = size + max(size - 1, 0) * between if between else size
        shape.append(inside + before + after)
    return [(tuple(shape), x.dtype)]


def _infer_slice(
    x: Tensor, start: tuple[Size, ...], stop: tuple[Size, ...], step: tuple[int, ...]
) -> Types:
    """Elements start, start+step … below stop; 0 <= start <= stop <= size, step >= 1."""
    _check_places("slice", x, start, stop, step)
    for size, first, last, by in zip(x.shape, start, stop, step, strict=True):
        if by < 1 or not (at_most(0, first) and at_most(first, last) and at_most(last, size)):
            raise ShapeError(
                message(
                    "slice: the range leaves the tensor.",
                    received=f"{first}:{last}:{by} of {size}",
                    required="0 <= start <= stop <= size, step >= 1",
                )
            )
    return [(tuple(map(_extent, start, stop, step)), x.dtype)]


def _check_places(name: str, x: Tensor, *places: tuple) -> None:
    if any(len(p) != x.ndim for p in places):
        raise ShapeError(
            message(f"{name}: one entry for each axis is needed.", places, f"{x.ndim} each")
        )


def _extent(start: Size, stop: Size, step: int) -> Size:
    length = stop - start
    if step == 1:
        return length
    if isinstance(length, Dim):
        raise ConcreteBatchNeeded("a strided slice of the batch")
    return -(-length // step)


def _infer_reverse(x: Tensor, axes: tuple[int, ...]) -> Types:
    for axis in axes:
        check_axis("flip", axis, x.ndim)
    return [(x.shape, x.dtype)]


SHAPING = [
    Primitive("constant", _infer_constant),
    Primitive("iota", _infer_iota),
    Primitive("dim_size", _infer_dim_size),
    Primitive("reshape", _infer_reshape),
    Primitive("transpose", _infer_transpose),
    Primitive("broadcast_to", _infer_broadcast_to),
    Primitive("concat", _infer_concat),
    Primitive("pad", _infer_pad),
    Primitive("slice", _infer_slice),
    Primitive("reverse", _infer_reverse),
]
