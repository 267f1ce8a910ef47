"""What the fits of a run keep in `checkpoints/`, so that a killed run can go on where it was.

A run may fit several times: with hidden layers and without, and again after a NaN. Each fit has a
folder of its own, which stays until the whole run is finished; one that had ended goes on from its
last state to the same end. States are taken between epochs. An epoch of a table is short, at most a
million rows of a stream, and within one there is nothing that people would miss. How often decides
the clock, not the number of epochs: small tables have hundreds of epochs a second.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

from lamina.callbacks import BackupAndRestore, Callback
from lamina.saving.training_state import load_latest_training_state

EVERY = 1.0  # seconds between two states, at least
_SHARE = 0.02  # of the time may go into writing them


class TimedBackup(BackupAndRestore):
    """Saves the state of training after an epoch, if enough time has passed since the last.

    A state that cannot be written, on a full disk say, is told of once and ends nothing.

    Args:
        folder: for the state.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, delete_checkpoint=False)
        self._next = 0.0
        self._warned = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Put back a state, if there is one."""
        super().on_train_begin(logs)
        self._next = time.monotonic() + EVERY

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save, if it is time."""
        begun = time.monotonic()
        if begun < self._next:
            return
        try:
            super().on_epoch_end(epoch, logs)
        except OSError as error:
            if not self._warned:
                warnings.warn(
                    f"the state of training cannot be kept in {str(self.backup_dir)!r}: "
                    f"{error.strerror or error}; training goes on without",
                    stacklevel=2,
                )
            self._warned = True
        done = time.monotonic()
        self._next = done + max(EVERY, (done - begun) / _SHARE)


class Checkpoints:
    """The states of a run's fits.

    Args:
        folder: for a folder per fit; None keeps nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def of(self, fit: str) -> list[Callback]:
        """The callback that keeps the state of a fit and goes on from it; none without a folder.

        Args:
            fit: its name, another one for every fit of the run; in order of the fits.
        """
        return [] if self.folder is None else [TimedBackup(self.folder / fit)]

    def last(self) -> tuple[str, int] | None:
        """The last fit that has a state, and how many epochs it had; None without a state.

        Raises:
            FileFormatError: all states of a fit are damaged.
        """
        found = None
        inside = sorted(self.folder.iterdir()) if self.folder is not None else []
        for folder in filter(Path.is_dir, inside):
            state = load_latest_training_state(TimedBackup(folder).path)
            if state is not None:
                found = folder.name, int(state[1]["training"]["epoch"])
        return found


NOTHING_KEPT = Checkpoints()
