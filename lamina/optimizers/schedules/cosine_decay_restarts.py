"""The learning rate follows half a cosine down and jumps back up, again and again."""

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


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decays one after the other, each `t_mul` times as long and `m_mul` times as high.

    Args:
        initial_learning_rate: float, the rate at step 0.
        first_decay_steps: int > 0, the length of the first decay.
        t_mul: float, the factor on the length after each decay.
        m_mul: float, the factor on the initial rate after each decay.
        alpha: float, the lowest rate as a fraction of `initial_learning_rate`.
        name: str.
    Raises:
        ArgumentError: `first_decay_steps` is not above 0.
    Source: Loshchilov, Hutter (2016), arXiv:1608.03983.
    Example:
        >>> rate = CosineDecayRestarts(1.0, first_decay_steps=10, t_mul=1.0, m_mul=0.5)
        >>> [float(rate(step)) for step in (0, 10, 20)]
        [1.0, 0.5, 0.25]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = plain_number(initial_learning_rate)
        self.first_decay_steps = checked_steps("first_decay_steps", first_decay_steps)
        self._t_mul = t_mul
        self._m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def _restarts(self, lengths: Any) -> tuple[Any, Any]:
        """Decays finished, and the fraction of the current one, at a time in first lengths."""
        if self._t_mul == 1.0:
            finished = ops.floor(lengths)
            return finished, ops.subtract(lengths, finished)
        ratio = scalar(self._t_mul)
        # The first n decays last (1 - ratio ** n) / (1 - ratio) together.
        growth = ops.subtract(1.0, ops.multiply(lengths, ops.subtract(1.0, ratio)))
        finished = ops.floor(ops.divide(ops.log(growth), ops.log(ratio)))
        length = ops.power(ratio, finished)
        before = ops.divide(ops.subtract(1.0, length), ops.subtract(1.0, ratio))
        return finished, ops.divide(ops.subtract(lengths, before), length)

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step; see `LearningRateSchedule`."""
        lengths = ops.divide(scalar(step), scalar(self.first_decay_steps))
        finished, fraction = self._restarts(lengths)
        height = ops.multiply(0.5, ops.power(scalar(self._m_mul), finished))
        cosine = ops.add(1.0, ops.cos(ops.multiply(scalar(math.pi), fraction)))
        factor = ops.add(ops.multiply(1 - self.alpha, ops.multiply(height, cosine)), self.alpha)
        return ops.multiply(scalar(self.initial_learning_rate), factor)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self._t_mul,
            "m_mul": self._m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }
