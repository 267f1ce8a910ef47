"""Derivatives of gather and scatter: each other."""

from __future__ import annotations

from lamina.ir import dims
from lamina.ir.program import Node, Tensor
from lamina.transforms.emit import (
    cast,
    div,
    emit,
    mul,
    reshape,
    select,
    transpose,
    zeros,
    zeros_like,
)
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
    """For "max" and "min", all that equal the result share its cotangent equally."""
    base, indices, updates = node.operands
    mode = node.attributes["mode"]
    at_updates = emit("gather", g, indices, axis=0)
    if mode == "add":
        return g, None, at_updates
    if mode == "set":
        cleared = emit("scatter", g, indices, zeros_like(updates), mode="set")
        return cleared, None, select(_last_of_equal(indices, updates, base), at_updates, 0)
    result = emit("gather", node.output, indices, axis=0)
    base_wins = cast(emit("eq", base, node.output), g.dtype)
    update_wins = cast(emit("eq", updates, result), g.dtype)
    count = emit("scatter", base_wins, indices, update_wins, mode="add")
    share = div(g, count)
    at_updates = emit("gather", share, indices, axis=0)
    # Where several are equal the derivative is a convention; it counts as constant.
    return mul(base_wins, share), None, mul(update_wins, at_updates)


def _last_of_equal(indices: Tensor, updates: Tensor, base: Tensor) -> Tensor:
    """Which updates of a "set" remained: those that find their own number at their place."""
    numbers = emit("iota", shape=(dims.product(indices.shape),), axis=0, dtype="int32")
    numbers = reshape(numbers, indices.shape)
    board = emit("scatter", zeros(base.shape[:1], "int32"), indices, numbers, mode="set")
    remained = emit("eq", emit("gather", board, indices, axis=0), numbers)
    ones = (1,) * (updates.ndim - indices.ndim)
    return reshape(remained, (*indices.shape, *ones))


INDEXING_RULES: dict[str, Rule | None] = {"gather": _grad_gather, "scatter": _grad_scatter}
