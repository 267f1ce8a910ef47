"""Products with a shape of their own: outer, inner, cross, Kronecker, correlation."""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.ops.complex import conjugate
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote
from lamina.ops.elementwise import multiply, subtract
from lamina.ops.indexing import getitem
from lamina.ops.products import contract
from lamina.ops.reduction import canonical_axis
from lamina.ops.registration import op
from lamina.ops.shaping import flip, moveaxis, ravel, reshape, stack
from lamina.runtime.dispatch import apply


@op
def outer(x1: Any, x2: Any) -> Any:
    """All products of an element of x1 with one of x2, both flattened: (n, m)."""
    a, b = (ravel(v) for v in promote(x1, x2))
    return multiply(reshape(a, (a.shape[0], 1)), reshape(b, (1, b.shape[0])))


@op
def inner(x1: Any, x2: Any) -> Any:
    """The sum of products over the last axis of both; scalars multiply."""
    a, b = promote(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    if not dims.same(a.shape[-1], b.shape[-1]):
        raise ShapeError(
            message(
                "inner: `x1` and `x2` must have the same last dimension.",
                received=f"{tuple(a.shape)} and {tuple(b.shape)}",
            )
        )
    return contract(a, b, ((a.ndim - 1,), (b.ndim - 1,)))


@op
def vdot(x1: Any, x2: Any) -> Any:
    """The sum of products of all elements; the first tensor is conjugated."""
    a, b = (ravel(v) for v in promote(x1, x2))
    return contract(conjugate(a), b, ((0,), (0,)))


@op
def kron(x1: Any, x2: Any) -> Any:
    """The Kronecker product: every element of x1 times the whole of x2, as one tensor."""
    a, b = promote(x1, x2)
    ndim = max(a.ndim, b.ndim)
    left = (1,) * (ndim - a.ndim) + tuple(a.shape)
    right = (1,) * (ndim - b.ndim) + tuple(b.shape)
    a = reshape(a, [size for s in left for size in (s, 1)])
    b = reshape(b, [size for s in right for size in (1, s)])
    return reshape(multiply(a, b), [m * n for m, n in zip(left, right, strict=True)])


@op
def cross(
    x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The vector perpendicular to two vectors of three (or two) elements.

    Args:
        x1: tensor with an axis of size 2 or 3.
        x2: tensor likewise; the other axes broadcast.
        axisa: the vectors' axis in x1.
        axisb: the vectors' axis in x2.
        axisc: the vectors' axis in the result.
        axis: stands for all three if given.
    Returns:
        Tensor; of two vectors of two elements only the third coordinate, without an axis.
    Raises:
        ShapeError: the axis has another size.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = promote(x1, x2)
    if dtype_of(a) == "bool":
        a, b = cast_to(a, "int32"), cast_to(b, "int32")
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    for v in (a, b):
        if v.shape[-1] not in (2, 3):
            raise ShapeError(
                message(
                    "cross: vectors must have 2 or 3 elements.",
                    received=f"{tuple(a.shape)} and {tuple(b.shape)}",
                )
            )
    (a0, a1, a2), (b0, b1, b2) = _coordinates(a), _coordinates(b)
    third = subtract(multiply(a0, b1), multiply(a1, b0))
    if a2 is None and b2 is None:
        return third
    zero = multiply(third, 0)

    def times(u: Any, v: Any) -> Any:
        return zero if u is None or v is None else multiply(u, v)

    first = subtract(times(a1, b2), times(a2, b1))
    second = subtract(times(a2, b0), times(a0, b2))
    result = stack([first, second, third], -1)
    return moveaxis(result, -1, canonical_axis(axisc, result.ndim))


def _coordinates(x: Any) -> list[Any]:
    return [getitem(x, (..., i)) if i < x.shape[-1] else None for i in range(3)]


@op
def correlate(x1: Any, x2: Any, mode: str = "valid") -> Any:
    """The sliding sum of products of two vectors.

    Args:
        x1: tensor (n,).
        x2: tensor (m,).
        mode: "valid": where they overlap fully; "same": max(n, m) places; "full": all n + m - 1
            places.
    Returns:
        Float tensor, one axis.
    Raises:
        ArgumentError: the mode is unknown, or an operand is no vector.
    """
    if mode not in ("valid", "same", "full"):
        raise ArgumentError(
            message("correlate: unknown `mode`.", repr(mode), "'valid', 'same' or 'full'")
        )
    a, b = promote(as_tensor(x1), as_tensor(x2), to_float=True)
    if a.ndim != 1 or b.ndim != 1:
        raise ArgumentError("correlate() only support 1-dimensional inputs.")
    n, m = a.shape[0], b.shape[0]
    if n < m:  # the shorter one slides, and the result is read backwards
        return flip(correlate(b, a, mode), 0)
    sides = {"valid": (0, 0), "full": (m - 1, m - 1), "same": (m // 2, m - 1 - m // 2)}
    result = apply(
        "conv",
        reshape(a, (1, n, 1)),
        reshape(conjugate(b), (m, 1, 1)),
        strides=(1,),
        padding=(sides[mode],),
        dilation=(1,),
        groups=1,
    )
    return reshape(result, (-1,))
