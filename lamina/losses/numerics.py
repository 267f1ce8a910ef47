"""Steps that stay exact, and their slopes finite, where a plain formula divides by zero."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import config


def unit_vectors(x: Any, axis: Any = -1) -> Any:
    """Vectors along an axis divided by their length.

    Args:
        x: float tensor.
        axis: int or tuple of int.
    Returns:
        Tensor of x's shape and dtype; a zero vector stays zero.
    Numerics: half precision is squared in float32. The slope at a zero vector is 0.
    """
    wide = ops.cast(x, "float32") if x.dtype in ("float16", "bfloat16") else x
    squares = ops.sum(ops.square(wide), axis=axis, keepdims=True)
    zero = ops.equal(squares, 0)
    length = ops.sqrt(ops.where(zero, 1.0, squares))
    scale = ops.minimum(ops.divide(1.0, length), 1.0 / config.epsilon())
    return ops.cast(ops.multiply(wide, ops.where(zero, 0.0, scale)), x.dtype)


def shares(x: Any, axis: Any = -1) -> Any:
    """Numbers divided by their sum along an axis; where the sum is zero they stay as they are."""
    total = ops.sum(x, axis=axis, keepdims=True)
    return ops.divide(x, ops.where(ops.equal(total, 0), 1.0, total))


def power(x: Any, exponent: float) -> Any:
    """x to a constant power; at x = 0 the slope is 0, also for exponents below 1."""
    zero = ops.equal(x, 0)
    raised = ops.power(ops.where(zero, 1.0, x), exponent)
    return ops.where(zero, 1.0 if exponent == 0 else 0.0, raised)
