"""Derivatives of linear algebra on the last two axes.

Source: Giles (2008), "An extended collection of matrix derivative results"; Murray (2016),
arXiv:1602.07527, for Cholesky.
"""

from __future__ import annotations

from lamina.ir.program import Node, Tensor
from lamina.transforms.emit import add, cast, emit, mul, neg, reshape, transpose
from lamina.transforms.reverse import Rule


def _swap(x: Tensor) -> Tensor:
    n = x.ndim
    return transpose(x, (*range(n - 2), n - 1, n - 2))


def _matmul(x: Tensor, y: Tensor) -> Tensor:
    n = x.ndim
    batch = tuple(range(n - 2))
    return emit("dot", x, y, contract=((n - 1,), (n - 2,)), batch=(batch, batch))


def _grad_inverse(node: Node, g: Tensor) -> tuple[Tensor]:
    transposed = _swap(node.output)
    return (neg(_matmul(_matmul(transposed, g), transposed)),)


def _grad_solve(node: Node, g: Tensor) -> tuple[Tensor, Tensor]:
    in_b = emit("solve", _swap(node.operands[0]), g)
    return neg(_matmul(in_b, _swap(node.output))), in_b


def _grad_determinant(node: Node, g: Tensor) -> tuple[Tensor]:
    scale = reshape(mul(g, node.output), (*g.shape, 1, 1))
    return (mul(scale, _swap(emit("inverse", node.operands[0]))),)


def _grad_cholesky(node: Node, g: Tensor) -> tuple[Tensor]:
    """S = L^-T Φ(L^T g) L^-1, made symmetric; Φ keeps the lower triangle, halves the diagonal."""
    lower = node.output
    n = lower.shape[-1]
    rows = emit("iota", shape=(n, n), axis=0, dtype="int32")
    columns = emit("iota", shape=(n, n), axis=1, dtype="int32")
    below = cast(emit("gt", rows, columns), lower.dtype)
    diagonal = cast(emit("eq", rows, columns), lower.dtype)
    kept = mul(_matmul(_swap(lower), g), add(below, mul(diagonal, 0.5)))
    inverse = emit("inverse", lower)
    s = _matmul(_matmul(_swap(inverse), kept), inverse)
    return (mul(add(s, _swap(s)), 0.5),)


MATRIX_RULES: dict[str, Rule | None] = {
    "inverse": _grad_inverse,
    "solve": _grad_solve,
    "determinant": _grad_determinant,
    "cholesky": _grad_cholesky,
}
