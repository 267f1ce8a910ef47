"""Derivatives of primitives that only move elements: their transposes."""

from __future__ import annotations

from lamina.ir.dims import Size
from lamina.ir.program import Node, Tensor
from lamina.transforms.emit import emit, reshape, sum_to, transpose, zeros_like
from lamina.transforms.reverse import ZERO_GRADIENT, Rule


def _grad_transpose(node: Node, g: Tensor) -> tuple[Tensor]:
    permutation = node.attributes["permutation"]
    return (transpose(g, tuple(permutation.index(i) for i in range(len(permutation)))),)


def _grad_concat(node: Node, g: Tensor) -> list[Tensor]:
    axis = node.attributes["axis"]
    parts, offset = [], 0
    for operand in node.operands:
        end = offset + operand.shape[axis]
        start: list[Size] = [0] * g.ndim
        stop = list(g.shape)
        start[axis], stop[axis] = offset, end
        parts.append(emit("slice", g, start=tuple(start), stop=tuple(stop), step=(1,) * g.ndim))
        offset = end
    return parts


def _grad_pad(node: Node, g: Tensor) -> tuple[Tensor]:
    """The elements that were not padding: every (interior + 1)-th between low and high."""
    low, high = node.attributes["low"], node.attributes["high"]
    interior = node.attributes["interior"]
    stop = tuple(size - after for size, after in zip(g.shape, high, strict=True))
    step = tuple(between + 1 for between in interior)
    return (emit("slice", g, start=tuple(low), stop=stop, step=step),)


def _grad_slice(node: Node, g: Tensor) -> tuple[Tensor]:
    """Zeros everywhere but at the elements that were taken."""
    x = node.operands[0]
    start, step = node.attributes["start"], node.attributes["step"]
    if any(_is_zero(size) for size in g.shape):
        return (zeros_like(x),)
    high = tuple(
        size - (b + (taken - 1) * s + 1)
        for size, b, s, taken in zip(x.shape, start, step, g.shape, strict=True)
    )
    return (emit("pad", g, low=start, high=high, interior=tuple(s - 1 for s in step), value=0.0),)


def _is_zero(size: Size) -> bool:
    return isinstance(size, int) and size == 0


SHAPING_RULES: dict[str, Rule | None] = {
    "constant": ZERO_GRADIENT,
    "iota": ZERO_GRADIENT,
    "dim_size": ZERO_GRADIENT,
    "reshape": lambda node, g: (reshape(g, node.operands[0].shape),),
    "transpose": _grad_transpose,
    "broadcast_to": lambda node, g: (sum_to(g, node.operands[0].shape),),
    "concat": _grad_concat,
    "pad": _grad_pad,
    "slice": _grad_slice,
    "reverse": lambda node, g: (emit("reverse", g, axes=node.attributes["axes"]),),
}
