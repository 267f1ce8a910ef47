"""A limit on the time that training takes."""

from __future__ import annotations

import time
from typing import Any

from lamina.callbacks import Callback


class TimeLimit(Callback):
    """Stops training after the epoch in which the time is up.

    Where it stops depends on the machine: a run with a limit that is reached may differ from the
    next one. A resumed run has the time that is left.

    Args:
        seconds: from the beginning of training; infinity for no limit.
    Attributes:
        earlier: seconds that a run took before it was resumed.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.earlier = 0.0
        self._begun = time.monotonic()

    def on_train_begin(self, logs: Any = None) -> None:
        """Start the clock."""
        self.earlier, self._begun = 0.0, time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop if the time is up."""
        if self._passed() >= self.seconds:
            self.model.stop_training = True

    def get_state(self) -> dict[str, Any]:
        """The time that has passed."""
        return {"seconds": self._passed()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Let the clock go on."""
        self.earlier = float(state["seconds"])

    def _passed(self) -> float:
        return self.earlier + time.monotonic() - self._begun
