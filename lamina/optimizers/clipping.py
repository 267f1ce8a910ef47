"""Gradients made shorter: each element, each variable's, or all together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops

Gradients = Sequence[Any]  # None where a variable has no gradient


def clip_by_value(gradients: Gradients, limit: float) -> list[Any]:
    """Every element between -limit and limit."""
    return [None if g is None else ops.clip(g, -limit, limit) for g in gradients]


def clip_by_norm(gradient: Any, limit: float, axes: Any = None) -> Any:
    """A gradient scaled down so that its norm is at most `limit`.

    Args:
        gradient: float tensor of any shape.
        limit: float > 0.
        axes: the axes that the norm is taken along; None: all.
    Returns:
        Tensor of the same shape.
    """
    norm = ops.sqrt(ops.sum(ops.square(gradient), axis=axes, keepdims=True))
    return ops.divide(ops.multiply(gradient, limit), ops.maximum(norm, limit))


def global_norm(gradients: Gradients) -> Any:
    """The norm of all gradients as one long vector; a float scalar."""
    squares = [ops.sum(ops.square(g)) for g in gradients if g is not None]
    return ops.sqrt(ops.sum(ops.stack(squares)))


def clip_by_global_norm(gradients: Gradients, limit: float) -> list[Any]:
    """All gradients scaled by one factor so that their common norm is at most `limit`.

    Numerics: an infinite norm makes every gradient NaN, which is easier to notice than zeros.
    """
    norm = global_norm(gradients)
    factor = ops.multiply(limit, ops.minimum(ops.divide(1.0, norm), 1.0 / limit))
    factor = ops.add(factor, ops.subtract(norm, norm))  # 0 if the norm is finite, else NaN
    return [None if g is None else ops.multiply(g, ops.cast(factor, g.dtype)) for g in gradients]
