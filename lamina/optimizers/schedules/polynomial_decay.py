"""The learning rate goes from one value to another along a power of the time left."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.optimizers.schedules.schedule import (
    LearningRateSchedule,
    checked_steps,
    plain_number,
    scalar,
)


class PolynomialDecay(LearningRateSchedule):
    """rate(step) = (initial - end) * (1 - step / decay_steps) ** power + end, and `end` afterwards.

    Args:
        initial_learning_rate: float, the rate at step 0.
        decay_steps: int > 0.
        end_learning_rate: float, the rate at step `decay_steps`.
        power: float; 1.0 is a straight line.
        cycle: whether, after the end, the decay starts over with `decay_steps` stretched to the
            next multiple of it.
        name: str.
    Raises:
        ArgumentError: `decay_steps` is not above 0.
    Example:
        >>> float(PolynomialDecay(1.0, decay_steps=4, end_learning_rate=0.0)(3))
        0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = plain_number(initial_learning_rate)
        self.decay_steps = checked_steps("decay_steps", decay_steps)
        self.end_learning_rate = plain_number(end_learning_rate)
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step; see `LearningRateSchedule`."""
        step, length = scalar(step), scalar(self.decay_steps)
        if self.cycle:
            cycles = ops.maximum(ops.ceil(ops.divide(step, length)), 1.0)
            length = ops.multiply(length, cycles)
        else:
            step = ops.minimum(step, length)
        start, end = scalar(self.initial_learning_rate), scalar(self.end_learning_rate)
        left = ops.power(ops.subtract(1.0, ops.divide(step, length)), scalar(self.power))
        return ops.add(ops.multiply(ops.subtract(start, end), left), end)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }
