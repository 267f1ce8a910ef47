"""A limit on the time that training takes."""

from __future__ import annotations

import time
from typing import Any

from lamina.callbacks import Callback


class TimeLimit(Callback):
    """Stops training after the epoch in which the time is up.

    Where it stops depends on the machine: a run with a limit that is reached may differ from the
    next one.

    Args:
        seconds: from the beginning of training.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self._end = float("inf")

    def on_train_begin(self, logs: Any = None) -> None:
        """Start the clock."""
        self._end = time.monotonic() + self.seconds

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop if the time is up."""
        if time.monotonic() >= self._end:
            self.model.stop_training = True
