"""A killed run that goes on where it was, to the same bits.

One file holds all that later steps depend on: weights, optimizer, random counters, the order of the
rows, epoch and batch, and the states of all callbacks. The model says what its part is; this file
decides when it is written, when it is read, and when it is no longer needed.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, NotBuiltError, message
from lamina.callbacks import callback_states
from lamina.callbacks.callback import Callback, Logs
from lamina.saving.training_state import (
    load_latest_training_state,
    remove_training_state,
    save_training_state,
)

_FILE = "latest.training_state"


class BackupAndRestore(Callback):
    """Saves the state of training, and goes on from it when the same program is run again.

    The file is written whole or not at all, and the one before it is kept for the case that the
    disk damages the newest. While the loss is not finite nothing is saved, and the last good state
    is kept. After training the files are removed.

    Args:
        backup_dir: folder for the state; another one for each training.
        save_freq: "epoch", or int: after so many batches at least.
        double_checkpoint: accepted for Keras's sake; the state before the newest is always kept.
        delete_checkpoint: whether to remove the state after training.
    Raises:
        ArgumentError: `backup_dir` is empty, or `save_freq` is something else.
        FileFormatError: in training, if there are states and all are damaged or of another model.
    Example:
        >>> BackupAndRestore("/tmp/backup", save_freq=100).save_freq
        100
    """

    _keeps_others = True

    def __init__(
        self,
        backup_dir: str | os.PathLike,
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir:
            raise ArgumentError("Empty `backup_dir` argument passed")
        whole = isinstance(save_freq, int) and not isinstance(save_freq, bool) and save_freq > 0
        if save_freq != "epoch" and not whole:
            raise ArgumentError(
                message(
                    "Invalid value for argument `save_freq`.",
                    received=f"save_freq={save_freq!r}",
                    required="'epoch' or a positive int",
                )
            )
        self.backup_dir = backup_dir
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._begin(0)

    def _begin(self, batch: int) -> None:
        self._seen = batch  # batches done in the running epoch
        self._unsaved = 0  # batches done since the newest state
        self._is_finite = True  # the loss

    @property
    def path(self) -> Path:
        """The file of the newest state."""
        return Path(self.backup_dir) / _FILE

    def _needs_every_batch(self) -> bool:
        return False

    # --- hooks; the other callbacks have done their part before ---

    def on_train_begin(self, logs: Logs = None) -> None:
        """Put back the newest undamaged state, if there is one."""
        self._begin(0)
        state = load_latest_training_state(self.path)
        if state is None:
            return
        if not getattr(self.model, "built", True):
            raise NotBuiltError(
                message(
                    "To use the BackupAndRestore callback, your model must be built before you "
                    "call `fit()`.",
                    fix="call the model on a batch of data, or give it an Input",
                )
            )
        arrays, info = state
        own = {k: v for k, v in arrays.items() if not k.startswith(callback_states.PREFIX)}
        training = dict(info["training"])
        if info["stopped"]:  # only the end of training was left to do
            training.update(epoch=self._epochs(), batch=0)
        self.model._restore_training_state(own, training)
        callback_states.give_back(self._others(), arrays, info["callbacks"])
        self._begin(int(training["batch"]))
        logging.getLogger("lamina").info(
            "Going on from %s: epoch %s, batch %s", self.path, training["epoch"], training["batch"]
        )

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save, if enough batches have passed."""
        self._note(logs)
        self._unsaved += batch + 1 - self._seen
        self._seen = batch + 1
        is_last = self._seen == (self.params or {}).get("steps")  # `on_epoch_end` follows
        if not is_last and self._is_due():
            self._save_model()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save, if it is time."""
        self._note(logs)
        self._seen = 0
        if self.save_freq == "epoch" or self._is_due():
            self._save_model()

    def on_train_end(self, logs: Logs = None) -> None:
        """Remove the state, unless the loss has become NaN since."""
        if self.delete_checkpoint and self._is_finite:
            remove_training_state(self.path)
            with contextlib.suppress(OSError):
                os.rmdir(self.backup_dir)  # if it holds nothing else

    # --- parts ---

    def _others(self) -> list[Callback]:
        return [c for c in self._group if c is not self]

    def _epochs(self) -> int:
        return int((self.params or {}).get("epochs") or 0)

    def _is_due(self) -> bool:
        return self.save_freq != "epoch" and self._unsaved >= int(self.save_freq)

    def _note(self, logs: Logs) -> None:
        loss = (logs or {}).get("loss")
        if isinstance(loss, float):
            self._is_finite = math.isfinite(loss)

    def _save_model(self) -> None:
        if not self._is_finite:
            return
        arrays, training = self.model._training_state()
        of_callbacks, states = callback_states.collect(self._others())
        info: dict[str, Any] = {
            "training": training,
            "callbacks": states,
            "stopped": bool(getattr(self.model, "stop_training", False)),
        }
        os.makedirs(self.backup_dir, exist_ok=True)
        save_training_state(self.path, {**arrays, **of_callbacks}, info)
        self._unsaved = 0
