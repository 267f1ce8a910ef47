"""Derivatives of reductions and running totals."""

from __future__ import annotations

from lamina.base.errors import ArgumentError
from lamina.ir import dims
from lamina.ir.builder import Builder, current_builder
from lamina.ir.dims import Dim
from lamina.ir.program import Node, Tensor
from lamina.transforms.emit import (
    add,
    broadcast_to,
    cast,
    div,
    emit,
    expand,
    mul,
    reduce_sum,
    reshape,
    transpose,
    zeros,
)
from lamina.transforms.reverse import ZERO_GRADIENT, Rule


def _grad_sum(node: Node, g: Tensor) -> tuple[Tensor]:
    return (expand(g, node.attributes["axes"], node.operands[0].shape),)


def _grad_extreme(node: Node, g: Tensor) -> tuple[Tensor]:
    """Equal extremes share the cotangent equally."""
    x, axes = node.operands[0], node.attributes["axes"]
    at_extreme = cast(emit("eq", x, expand(node.output, axes, x.shape)), x.dtype)
    share = div(g, reduce_sum(at_extreme, axes))
    return (mul(at_extreme, expand(share, axes, x.shape)),)


def _shifted(x: Tensor, axis: int, by_one_from: str) -> Tensor:
    """Ones before (or after) the elements of x along an axis, the last (or first) one dropped."""
    low = [0] * x.ndim
    high = [0] * x.ndim
    start: list = [0] * x.ndim
    stop = list(x.shape)
    if by_one_from == "left":
        low[axis] = 1
    else:
        high[axis] = 1
        start[axis] = 1
        stop[axis] = x.shape[axis] + 1
    padded = emit("pad", x, low=tuple(low), high=tuple(high), interior=(0,) * x.ndim, value=1.0)
    return emit("slice", padded, start=tuple(start), stop=tuple(stop), step=(1,) * x.ndim)


def _grad_prod(node: Node, g: Tensor) -> tuple[Tensor]:
    """Each element's slope is the product of all others: left times right, exact at zeros."""
    x, axes = node.operands[0], node.attributes["axes"]
    kept = tuple(i for i in range(x.ndim) if i not in axes)
    order = kept + tuple(axes)
    moved = transpose(x, order)
    count = dims.product(tuple(x.shape[a] for a in axes))
    flat = reshape(moved, tuple(x.shape[i] for i in kept) + (count,))
    last = len(kept)
    left = _shifted(emit("cumprod", flat, axis=last, reverse=False), last, "left")
    right = _shifted(emit("cumprod", flat, axis=last, reverse=True), last, "right")
    slope = mul(mul(left, right), broadcast_to(reshape(g, (*g.shape, 1)), flat.shape))
    inverse = tuple(order.index(i) for i in range(x.ndim))
    return (transpose(reshape(slope, moved.shape), inverse),)


def _grad_cumprod(node: Node, g: Tensor) -> tuple[Tensor]:
    """slope_i = (product before i) * R_i with R_i = g_i + x_(i+1) R_(i+1); exact at zeros."""
    x, axis, reverse = node.operands[0], node.attributes["axis"], node.attributes["reverse"]
    if isinstance(x.shape[axis], Dim):
        raise ArgumentError("cumprod along the batch axis has no gradient.")
    before = _shifted(node.output, axis, "right" if reverse else "left")
    following = _shifted(x, axis, "left" if reverse else "right")
    front = (axis, *(i for i in range(x.ndim) if i != axis))
    back = tuple(front.index(i) for i in range(x.ndim))
    body = Builder(current_builder(), "cumprod_gradient")
    with body:
        shape = tuple(x.shape[i] for i in front[1:])
        carry, g_i, x_i = (body.input(shape, x.dtype) for _ in range(3))
        total = add(g_i, mul(x_i, carry))
        program = body.finish([total, total])
    _, totals = emit(
        "scan",
        zeros(shape, x.dtype),
        transpose(g, front),
        transpose(following, front),
        body=program,
        constants=0,
        carries=1,
        length=x.shape[axis],
        reverse=not reverse,
    )
    return (mul(before, transpose(totals, back)),)


def _grad_cumsum(node: Node, g: Tensor) -> tuple[Tensor]:
    axis, reverse = node.attributes["axis"], node.attributes["reverse"]
    return (emit("cumsum", g, axis=axis, reverse=not reverse),)


REDUCTION_RULES: dict[str, Rule | None] = {
    "sum": _grad_sum,
    "prod": _grad_prod,
    "reduce_max": _grad_extreme,
    "reduce_min": _grad_extreme,
    "argmax": ZERO_GRADIENT,
    "argmin": ZERO_GRADIENT,
    "argsort": ZERO_GRADIENT,
    "cumsum": _grad_cumsum,
    "cumprod": _grad_cumprod,
}
