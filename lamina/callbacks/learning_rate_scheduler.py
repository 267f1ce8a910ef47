"""A learning rate for each epoch, from a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.callbacks.callback import Callback, Logs
from lamina.callbacks.learning_rates import add_to_logs, current_rate, optimizers_of
from lamina.callbacks.messages import say


class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of every epoch.

    Args:
        schedule: function (epoch, learning rate) -> learning rate, or (epoch) -> learning rate.
        verbose: 1 says what is set.
    Raises:
        ArgumentError: in training, if the function gives no float.
    Example:
        >>> def halve(epoch, learning_rate):
        ...     return learning_rate * 0.5 if epoch >= 10 else learning_rate
        >>> LearningRateScheduler(halve).verbose
        0
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        if not callable(schedule):
            raise ArgumentTypeError(
                message(
                    "LearningRateScheduler: `schedule` must be a function.",
                    received=f"{type(schedule).__name__} {schedule!r:.80}",
                    required="a function of (epoch, rate) that returns the new rate",
                )
            )
        self.schedule = schedule
        self.verbose = verbose

    def _next_rate(self, epoch: int, rate: float) -> Any:
        try:
            return self.schedule(epoch, rate)
        except TypeError:  # an old function of the epoch alone
            return self.schedule(epoch)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Set the epoch's rate."""
        for name, optimizer in optimizers_of(self.model.optimizer):
            rate = self._next_rate(epoch, current_rate(optimizer))
            if not isinstance(rate, (float, np.floating)):
                raise ArgumentError(
                    message(
                        "The output of the `schedule` function should be a float. "
                        f"Got: {rate!r:.80}",
                        required="a Python or NumPy float",
                    )
                )
            optimizer.learning_rate = rate
            if self.verbose > 0:
                whose = f" {name}" if name else ""
                say(
                    f"\nEpoch {epoch + 1}: LearningRateScheduler setting{whose} learning rate "
                    f"to {rate}."
                )

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Put the rate into the logs."""
        if logs is not None:
            add_to_logs(self.model.optimizer, logs)
