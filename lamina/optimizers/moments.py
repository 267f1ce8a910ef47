"""The running means of gradients that Adam and its relatives share."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.runtime.variable import Variable


def decay_power(beta: float, step: Any, dtype: str) -> Any:
    """beta ** step: the weight that the zeros at the start still have in a running mean."""
    return ops.power(ops.convert_to_tensor(beta, dtype), step)


def move_towards(mean: Variable, value: Any, fraction: float) -> None:
    """mean = mean + fraction * (value - mean): the running mean, with few roundings."""
    mean.assign_add(ops.multiply(ops.subtract(value, mean), fraction))


def corrected_rate(rate: Any, beta_1: float, beta_2: float, step: Any, dtype: str) -> Any:
    """Adam's learning rate for means that started at zero: a scalar, the same for all variables."""
    square = ops.sqrt(ops.subtract(1, decay_power(beta_2, step, dtype)))
    return ops.divide(ops.multiply(rate, square), ops.subtract(1, decay_power(beta_1, step, dtype)))
