"""Activation functions that are no op, or take other arguments than the op of their name."""

from __future__ import annotations

from typing import Any

from lamina import ops


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """x above a threshold, cut off at a maximum; below the threshold a line, 0 by default.

    Args:
        x: tensor.
        negative_slope: float; below the threshold the value is negative_slope * (x - threshold).
        max_value: float, the greatest value; None for no limit.
        threshold: float.
    Returns:
        Tensor of x's shape.
    Example:
        >>> relu([-10.0, 0.0, 20.0], negative_slope=0.5, max_value=6).tolist()
        [-5.0, 0.0, 6.0]
    """
    if negative_slope == 0 and threshold == 0 and max_value in (None, 6):
        return ops.relu(x) if max_value is None else ops.relu6(x)
    if threshold == 0 and max_value is None:
        return ops.leaky_relu(x, negative_slope)
    if not ops.is_keras_tensor(x):
        x = ops.convert_to_tensor(x)
    above = ops.where(x <= threshold, ops.zeros_like(x), x) if threshold else ops.relu(x)
    if max_value is not None:
        above = ops.clip(above, 0, max_value)
    if negative_slope == 0:
        return above
    below = ops.relu(ops.subtract(threshold, x) if threshold else ops.negative(x))
    return above - ops.multiply(below, negative_slope)


def gelu(x: Any, approximate: bool = False) -> Any:
    """x times the probability that a standard normal number is below x; see `lamina.ops.gelu`.

    Args:
        x: tensor.
        approximate: whether the probability is approximated by a tanh.
    Returns:
        Float tensor of x's shape.
    """
    return ops.gelu(x, approximate)


def exponential(x: Any) -> Any:
    """e to the power of each element.

    Args:
        x: tensor.
    Returns:
        Float tensor of x's shape.
    """
    return ops.exp(x)


def linear(x: Any) -> Any:
    """The input itself.

    Args:
        x: anything.
    Returns:
        x.
    """
    return x


def mish(x: Any) -> Any:
    """x * tanh(softplus(x)), element by element.

    Args:
        x: tensor.
    Returns:
        Float tensor of x's shape.
    Source: Misra (2019), arXiv:1908.08681.
    """
    return ops.multiply(x, ops.tanh(ops.softplus(x)))
