"""Linear algebra on the last two axes, where its gradient is simple."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.base.errors import ShapeError, message
from lamina.ir import dims
from lamina.ir.primitives.base import Primitive, Types, same_dtype

if TYPE_CHECKING:
    from lamina.ir.program import Tensor


def _check_square(name: str, x: Tensor) -> None:
    if x.ndim < 2 or not dims.same(x.shape[-1], x.shape[-2]):
        raise ShapeError(message(f"{name} needs square matrices.", x.shape, "(..., n, n)"))


def _infer_square(name: str) -> Primitive:
    def infer(x: Tensor) -> Types:
        _check_square(name, x)
        return [(x.shape, x.dtype)]

    return Primitive(name, infer)


def _infer_solve(a: Tensor, b: Tensor) -> Types:
    """x in a @ x = b, for b of shape (..., n, k)."""
    _check_square("solve", a)
    if a.ndim != b.ndim or not dims.same_shape(a.shape[:-1], b.shape[:-1]):
        raise ShapeError(message("solve: shapes do not fit.", f"{a.shape} and {b.shape}"))
    return [(b.shape, same_dtype("solve", a, b))]


def _infer_determinant(x: Tensor) -> Types:
    _check_square("det", x)
    return [(x.shape[:-2], x.dtype)]


MATRIX = [
    _infer_square("inverse"),
    _infer_square("cholesky"),
    Primitive("solve", _infer_solve),
    Primitive("determinant", _infer_determinant),
]
