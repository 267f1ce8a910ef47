"""The learning rate falls like one over the time."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.optimizers.schedules.schedule import (
    LearningRateSchedule,
    checked_steps,
    plain_number,
    scalar,
)


class InverseTimeDecay(LearningRateSchedule):
    """rate(step) = initial_learning_rate / (1 + decay_rate * step / decay_steps)

    Args:
        initial_learning_rate: float, the rate at step 0.
        decay_steps: int > 0.
        decay_rate: float.
        staircase: whether step / decay_steps is rounded down.
        name: str.
    Raises:
        ArgumentError: `decay_steps` is not above 0.
    Example:
        >>> float(InverseTimeDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
        0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = plain_number(initial_learning_rate)
        self.decay_steps = checked_steps("decay_steps", decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step; see `LearningRateSchedule`."""
        decays = ops.divide(scalar(step), scalar(self.decay_steps))
        if self.staircase:
            decays = ops.floor(decays)
        slowdown = ops.add(1.0, ops.multiply(scalar(self.decay_rate), decays))
        return ops.divide(scalar(self.initial_learning_rate), slowdown)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }
