"""Derivatives of gather and scatter: each other."""

from __future__ import annotations

from lamina.ir.program import Node, Tensor
from lamina.transforms.emit import emit, select, transpose, zeros, zeros_like
from lamina.transforms.reverse import Rule


def _grad_gather(node: Node, g: Tensor) -> tuple[Tensor | None, ...]:
    x, indices = node.operands
    axis = node.attributes["axis"]
    rest = tuple(i for i in range(x.ndim) if i != axis)
    places = tuple(range(axis, axis + indices.ndim))
    others = tuple(i for i in range(g.ndim) if i not in places)
    updates = transpose(g, places + others)
    base = zeros((x.shape[axis], *(x.shape[i] for i in rest)), g.dtype)
    total = emit("scatter", base, indices, updates, mode="add")
    order = (axis, *rest)
    return transpose(total, tuple(order.index(i) for i in range(x.ndim))), None


def _grad_scatter(node: Node, g: Tensor) -> tuple[Tensor | None, ...]:
    """For "set", "max" and "min", an element passes its cotangent to whatever it equals."""
    base, indices, updates = node.operands
    mode = node.attributes["mode"]
    at_updates = emit("gather", g, indices, axis=0)
    if mode == "add":
        return g, None, at_updates
    if mode == "set":
        cleared = emit("scatter", g, indices, zeros_like(updates), mode="set")
        return cleared, None, at_updates
    kept = select(emit("eq", base, node.output), g, 0)
    result = emit("gather", node.output, indices, axis=0)
    return kept, None, select(emit("eq", updates, result), at_updates, 0)


INDEXING_RULES: dict[str, Rule | None] = {"gather": _grad_gather, "scatter": _grad_scatter}
