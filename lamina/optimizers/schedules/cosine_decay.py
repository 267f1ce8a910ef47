"""The learning rate follows half a cosine down, perhaps after a warm-up along a straight line."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.optimizers.schedules.schedule import (
    LearningRateSchedule,
    checked_steps,
    plain_number,
    scalar,
)


class CosineDecay(LearningRateSchedule):
    """rate(step) = start * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha)

    With a warm-up the rate first goes straight from `initial_learning_rate` to `warmup_target`,
    which is then the `start` of the decay; without, `initial_learning_rate` is.

    Args:
        initial_learning_rate: float, the rate at step 0.
        decay_steps: int > 0, the length of the decay without the warm-up.
        alpha: float, the final rate as a fraction of the decay's start.
        name: str.
        warmup_target: float, or None for no warm-up.
        warmup_steps: int, the length of the warm-up.
    Raises:
        ArgumentError: `decay_steps` is not above 0.
    Source: Loshchilov, Hutter (2016), arXiv:1608.03983.
    Example:
        >>> rate = CosineDecay(0.0, decay_steps=10, warmup_target=1.0, warmup_steps=4)
        >>> [float(rate(step)) for step in (0, 2, 4, 14)]
        [0.0, 0.5, 1.0, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = plain_number(initial_learning_rate)
        self.decay_steps = checked_steps("decay_steps", decay_steps)
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def _decayed(self, step: Any, start: Any) -> Any:
        angle = ops.multiply(scalar(math.pi), ops.divide(step, scalar(self.decay_steps)))
        cosine = ops.multiply(0.5, ops.add(1.0, ops.cos(angle)))
        return ops.multiply(start, ops.add(ops.multiply(1 - self.alpha, cosine), self.alpha))

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step; see `LearningRateSchedule`."""
        step, initial = scalar(step), scalar(self.initial_learning_rate)
        warmup = 0 if self.warmup_target is None else self.warmup_steps
        since = ops.subtract(ops.minimum(step, scalar(self.decay_steps + warmup)), scalar(warmup))
        if self.warmup_target is None:
            return self._decayed(since, initial)
        target = scalar(self.warmup_target)
        decayed = self._decayed(since, target)
        if not warmup:
            return decayed
        done = ops.divide(step, scalar(warmup))
        rising = ops.add(ops.multiply(ops.subtract(target, initial), done), initial)
        return ops.where(ops.less(step, scalar(warmup)), rising, decayed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }
