"""What a learning-rate schedule is: a function of the step, with a config.

A schedule works on arrays and on traced tensors alike, so it becomes part of the compiled training
step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.base.config import floatx
from lamina.base.errors import ArgumentError, message


class LearningRateSchedule:
    """Base of all learning-rate schedules.

    A subclass gives `__call__(step)` and `get_config()`.

    Example:
        >>> class Halving(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return ops.power(0.5, step)
        >>> float(Halving()(ops.array(3)))
        0.125
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step.

        Args:
            step: int scalar, the number of steps done.
        Returns:
            Float scalar.
        """
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `get_config()` in order "
            "to be serializable."
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LearningRateSchedule:
        """A schedule from what `get_config` gave."""
        return cls(**config)


def plain_number(value: Any) -> Any:
    """A number that a config can hold: variables and NumPy scalars become Python's own."""
    return value if isinstance(value, (int, float)) else np.asarray(value).item()


def scalar(value: Any) -> Any:
    """A number or a step as a scalar of the default float dtype."""
    return ops.convert_to_tensor(value, dtype=floatx())


def checked_steps(name: str, value: Any) -> Any:
    """A number of steps, which must be above 0."""
    if not value > 0:
        raise ArgumentError(
            message(
                f"Argument `{name}` must be > 0. Received: {name}={value}",
                required="the number of training steps (batches) that one decay takes",
            )
        )
    return value
