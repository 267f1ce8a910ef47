"""Linear algebra that can be traced and differentiated: determinants, inverses, equations, norms.

Matrices stand on the last two axes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, ShapeError, message, near
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote, scalar, to_float
from lamina.ops.elementwise import absolute, divide, equal, log, power, sign, square, where
from lamina.ops.factorizations import singular_values
from lamina.ops.products import matmul
from lamina.ops.reduction import canonical_axes, canonical_axis, max, min, not_equal, safe_sqrt, sum
from lamina.ops.registration import op
from lamina.ops.shaping import broadcast_to, reshape, squeeze, swapaxes, tril, triu
from lamina.runtime.dispatch import apply


def check_matrices(name: str, x: Any, square: bool = False) -> None:
    """Raise unless a tensor holds (square) matrices.

    Raises:
        ShapeError: it has fewer than two axes, or the last two differ in size.
    """
    if len(x.shape) < 2:
        raise ShapeError(
            message(
                f"{name}: Expected input to have rank >= 2.",
                received=f"input with shape {tuple(x.shape)}",
                required="(..., n, n)" if square else "(..., n, m)",
            )
        )
    if square and not dims.same(x.shape[-1], x.shape[-2]):
        raise ShapeError(
            message(
                f"{name}: Expected a square matrix.",
                received=f"x.shape={tuple(x.shape)}",
                required="(..., n, n)",
            )
        )


@op
def cholesky(x: Any, upper: bool = False) -> Any:
    """The triangular factor L of symmetric positive definite matrices, x = L Lᵀ.

    Args:
        x: tensor (..., n, n).
        upper: whether to return Lᵀ.
    Returns:
        Tensor of x's shape.
    Raises:
        ArgumentError: an array is not positive definite.
        ShapeError: the matrices are not square.
    """
    x = to_float(x)
    check_matrices("cholesky", x, square=True)
    try:
        lower = apply("cholesky", x)
    except np.linalg.LinAlgError:
        raise ArgumentError(
            message(
                "Cholesky decomposition failed. The input might not be a valid positive definite "
                "matrix.",
                fix="add a small multiple of the identity to it",
            )
        ) from None
    return swapaxes(lower, -1, -2) if upper else lower


@op
def cholesky_inverse(x: Any, upper: bool = False) -> Any:
    """The inverse of a matrix whose Cholesky factor is given.

    Args:
        x: tensor (..., n, n), lower triangular, or upper if `upper`.
        upper: which triangle.
    Returns:
        Tensor of x's shape.
    """
    x = to_float(x)
    check_matrices("cholesky_inverse", x, square=True)
    inverse = apply("inverse", triu(x) if upper else tril(x))
    turned = swapaxes(inverse, -1, -2)
    return matmul(inverse, turned) if upper else matmul(turned, inverse)


@op
def det(x: Any) -> Any:
    """The determinant of square matrices: (..., n, n) -> (...)."""
    x = to_float(x)
    check_matrices("det", x, square=True)
    return apply("determinant", x)


@op
def slogdet(x: Any) -> Any:
    """The determinant as (sign, logarithm of its absolute value), each (...).

    Numerics: rows are scaled to a maximum of 1 first, so that large matrices do not overflow.
    """
    x = to_float(x)
    check_matrices("slogdet", x, square=True)
    scale = apply("stop_gradient", max(absolute(x), -1, keepdims=True))
    scale = where(equal(scale, 0), scalar(1.0, dtype_of(x)), scale)
    reduced = apply("determinant", divide(x, scale))
    logs = sum(log(reshape(scale, tuple(x.shape[:-1]))), -1)
    return sign(reduced), log(absolute(reduced)) + logs


@op
def logdet(x: Any) -> Any:
    """The logarithm of the determinant of positive definite matrices."""
    return slogdet(x)[1]


@op
def inv(x: Any) -> Any:
    """The inverse of square matrices.

    Raises:
        ShapeError: the matrices are not square.
    """
    x = to_float(x)
    check_matrices("inv", x, square=True)
    return apply("inverse", x)


def _right_side(name: str, a: Any, b: Any) -> tuple[Any, Any, bool]:
    """Operands of a linear system with equal leading axes, and whether b was a vector."""
    a, b = promote(as_tensor(a), as_tensor(b), to_float=True)
    check_matrices(name, a, square=True)
    vector = b.ndim == 1 or b.ndim == a.ndim - 1
    if vector:
        b = reshape(b, (*b.shape, 1))
    if b.ndim < 2 or not dims.same(b.shape[-2], a.shape[-1]):
        raise ShapeError(
            message(
                f"{name}: Incompatible shapes between `a` and `b`.",
                received=f"a.shape={tuple(a.shape)}, b.shape={tuple(b.shape)}",
                required="(..., n, n) and (..., n) or (..., n, k)",
            )
        )
    lead = dims.broadcast(tuple(a.shape[:-2]), tuple(b.shape[:-2]))
    a = broadcast_to(a, (*lead, *a.shape[-2:]))
    return a, broadcast_to(b, (*lead, *b.shape[-2:])), vector


@op
def solve(a: Any, b: Any) -> Any:
    """x in a @ x = b.

    Args:
        a: tensor (..., n, n).
        b: tensor (..., n) or (..., n, k).
    Returns:
        Tensor of b's shape.
    Raises:
        ShapeError: the shapes do not fit.
    """
    a, b, vector = _right_side("solve", a, b)
    result = apply("solve", a, b)
    return squeeze(result, -1) if vector else result


@op
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """x in a @ x = b, where only one triangle of `a` counts.

    Args:
        a: tensor (..., n, n).
        b: tensor (..., n) or (..., n, k).
        lower: whether the lower triangle counts.
    Returns:
        Tensor of b's shape.
    """
    a, b, vector = _right_side("solve_triangular", a, b)
    result = apply("solve", tril(a) if lower else triu(a), b)
    return squeeze(result, -1) if vector else result


_ORDERS = ("fro", "nuc")


@op
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors or matrices.

    Args:
        x: tensor.
        ord: None (root of the sum of squares); for vectors any number; for matrices "fro", "nuc",
            1, -1, 2, -2, inf or -inf ("nuc", 2 and -2 on arrays only).
        axis: int for vectors, a pair for matrices; None: the whole tensor.
        keepdims: whether reduced axes stay with size 1.
    Returns:
        Float tensor.
    Raises:
        ArgumentError: `ord` does not exist for vectors or matrices.
    Numerics: the gradient at 0 is 0.
    """
    x = to_float(x)
    if axis is None and ord is None:
        return safe_sqrt(sum(square(absolute(x)), None, keepdims))
    axes = (
        tuple(range(x.ndim))
        if axis is None
        else (tuple(axis) if isinstance(axis, (tuple, list)) else (axis,))
    )
    if len(axes) == 1:
        return _vector_norm(x, ord, axes, keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ArgumentError(message("norm: `axis` names more than two axes.", axis, "an int or a pair"))


def _vector_norm(x: Any, ord: Any, axes: tuple, keepdims: bool) -> Any:
    if isinstance(ord, str):
        raise ArgumentError(
            message(f"Invalid `ord` argument for vector norm: {ord!r}.", required="a number")
        )
    size = absolute(x)
    if ord is None or ord == 2:
        return safe_sqrt(sum(square(size), axes, keepdims))
    if ord == math.inf:
        return max(size, axes, keepdims)
    if ord == -math.inf:
        return min(size, axes, keepdims)
    if ord == 0:
        return cast_to(sum(not_equal(size, 0), axes, keepdims), dtype_of(size))
    if ord == 1:
        return sum(size, axes, keepdims)
    return power(sum(power(size, float(ord)), axes, keepdims), 1.0 / ord)


def _matrix_norm(x: Any, ord: Any, axes: tuple, keepdims: bool) -> Any:
    rows, columns = (canonical_axis(a, x.ndim) for a in axes)
    if ord in (None, "fro"):
        return safe_sqrt(sum(square(absolute(x)), axes, keepdims))
    if ord in (1, -1, math.inf, -math.inf):
        inner, outer = (rows, columns) if ord in (1, -1) else (columns, rows)
        totals = sum(absolute(x), inner, keepdims=True)
        result = (max if ord > 0 else min)(totals, outer, keepdims=True)
    elif ord in ("nuc", 2, -2):
        from_values = {"nuc": sum, 2: max, -2: min}[ord]
        values = singular_values(x, rows, columns)
        result = from_values(values, -1)
        kept = [1 if i in (rows, columns) else s for i, s in enumerate(x.shape)]
        result = reshape(result, kept)
    else:
        raise ArgumentError(
            message(
                f"Invalid `ord` argument for matrix norm: {ord!r}. {near(ord, _ORDERS)}".strip(),
                required="None, 'fro', 'nuc', 1, -1, 2, -2, inf or -inf",
            )
        )
    return result if keepdims else squeeze(result, canonical_axes(axes, x.ndim))
