"""The moving average of the weights, kept beside them and at times put in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.runtime.variable import Variable

Averages = Sequence[Variable | None]  # None for variables that are overwritten with their gradient


def update_averages(
    variables: Sequence[Variable], averages: Averages, momentum: float, iterations: Any
) -> None:
    """average = momentum * average + (1 - momentum) * weight; at the first update, the weight.

    Args:
        variables: the model's.
        averages: one for each of them.
        momentum: float in [0, 1].
        iterations: int scalar, updates done before this one.
    """
    started = ops.not_equal(iterations, 0)
    for variable, average in zip(variables, averages, strict=True):
        if average is not None:
            kept = ops.multiply(ops.cast(started, variable.dtype), momentum)
            new = ops.multiply(ops.subtract(1, kept), variable)
            average.assign(ops.add(ops.multiply(kept, average), new))


def overwrite_every(
    variables: Sequence[Variable], averages: Averages, frequency: int, iterations: Any
) -> None:
    """Put the averages in the place of the weights after every `frequency` updates."""
    due = ops.equal(ops.mod(ops.add(iterations, 1), frequency), 0)
    for variable, average in zip(variables, averages, strict=True):
        if average is not None:
            variable.assign(ops.where(due, average, variable))


def overwrite(variables: Sequence[Variable], averages: Averages) -> None:
    """Put the averages in the place of the weights.

    Raises:
        ArgumentError: not as many variables as averages.
    """
    if len(variables) != len(averages):
        raise ArgumentError(
            message(
                "The number of model variables to override does not match the number of averages "
                "stored in the optimizer.",
                received=f"{len(variables)} model variables",
                required=f"{len(averages)} model variables",
                fix="check that the optimizer was built with this model",
            )
        )
    for variable, average in zip(variables, averages, strict=True):
        if average is not None:
            variable.assign(average)
