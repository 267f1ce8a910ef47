"""Saving the model, or its weights, while it is trained."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.callbacks.callback import Logs
from lamina.callbacks.messages import say
from lamina.callbacks.monitor_callback import MonitorCallback


class ModelCheckpoint(MonitorCallback):
    """Saves the model after every epoch, every so many batches, or when it got better.

    A file is written whole or not at all. The name may hold `{epoch}`, `{batch}` and the names of
    metrics, such as "{epoch:02d}-{val_loss:.2f}.keras".

    Args:
        filepath: ends in ".keras" (or ".h5"); in ".weights.h5" with `save_weights_only`.
        monitor: the metric's name in the logs, for `save_best_only`.
        verbose: 1 says what is saved.
        save_best_only: whether to save only when the metric got better.
        save_weights_only: whether to save the weights without the model.
        mode: "min", "max", or "auto" to go by the metric.
        save_freq: "epoch", or int for every so many batches.
        initial_value_threshold: the value to be beaten first, or None.
    Raises:
        ArgumentError: `filepath` or `save_freq` cannot be used.
    Example:
        >>> ModelCheckpoint("best.keras", save_best_only=True).monitor
        'val_loss'
    """

    def __init__(
        self,
        filepath: str | os.PathLike,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.verbose = verbose
        self.filepath = os.fspath(filepath)
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._current_epoch = 0
        self._batches_seen_since_last_saving = 0
        self._last_batch_seen: int | None = None
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ArgumentError(
                f"Unrecognized save_freq: {save_freq!r:.80}. Expected save_freq are 'epoch' or "
                "integer values"
            )
        if save_weights_only and not self.filepath.endswith(".weights.h5"):
            raise ArgumentError(
                message(
                    "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath "
                    "provided must end in `.weights.h5` (Keras weights format). "
                    f"Received: filepath={self.filepath}",
                )
            )
        if not save_weights_only and not self.filepath.endswith((".keras", ".h5")):
            raise ArgumentError(
                message(
                    "The filepath provided must end in `.keras` (Keras model format). "
                    f"Received: filepath={self.filepath}",
                )
            )

    def _needs_every_batch(self) -> bool:
        return self.save_freq != "epoch"

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note the epoch."""
        self._current_epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save, if `save_freq` batches have passed."""
        if self._should_save_on_batch(batch):
            self._save_model(self._current_epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save, if `save_freq` is "epoch"."""
        if self.save_freq == "epoch":
            self._save_model(epoch, None, logs)

    def _should_save_on_batch(self, batch: int) -> bool:
        if self.save_freq == "epoch":
            return False
        last = self._last_batch_seen
        fresh = last is None or batch <= last  # a new epoch
        self._batches_seen_since_last_saving += batch + 1 if fresh else batch - (last or 0)
        self._last_batch_seen = batch
        if self._batches_seen_since_last_saving < int(self.save_freq):
            return False
        self._batches_seen_since_last_saving = 0
        return True

    def _should_save_model(self, epoch: int, logs: dict[str, Any], path: str) -> bool:
        """Whether the model is to be saved now; says why."""
        if not self.save_best_only:
            self._say(epoch, f"saving model to {path}")
            return True
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"Can save best model only with {self.monitor} available. Available metrics are: "
                f"{','.join(logs)}",
                stacklevel=4,
            )
            return True
        if np.ndim(current) > 0:
            warnings.warn(
                "Can save best model only when `monitor` is a scalar value. "
                f"Received: {current}. Falling back to `save_best_only=False`.",
                stacklevel=4,
            )
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {best}")
            return False
        self._say(
            epoch, f"{self.monitor} improved from {best} to {current:.5f}, saving model to {path}"
        )
        self.best = current
        return True

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose > 0:
            say(f"\nEpoch {epoch + 1}: {text}")

    def _save_model(self, epoch: int, batch: int | None, logs: Logs) -> None:
        if self.monitor_op is None and (self.save_best_only or batch is None):
            self._set_monitor_op()
        path = self._get_file_path(epoch, batch, logs or {})
        if not self._should_save_model(epoch, logs or {}, path):
            return
        if os.path.isdir(path):
            raise OSError(
                message(
                    "Please specify a non-directory filepath for ModelCheckpoint.",
                    received=f"an existing directory: {path}",
                )
            )
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._say(epoch, f"finished saving model to {path}")

    def _get_file_path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        names = dict(logs)
        if batch is not None and "batch" not in logs:
            names["batch"] = batch + 1
        try:
            return self.filepath.format(epoch=epoch + 1, **names)
        except KeyError as error:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". Reason: {error}. '
                f"Available names: epoch, {', '.join(names)}"
            ) from None

    def get_state(self) -> dict[str, Any]:
        """The best value so far, and how many batches have passed since the last file."""
        names = ("best", "_batches_seen_since_last_saving", "_last_batch_seen")
        return {name: getattr(self, name) for name in names}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on with the best value of an earlier run."""
        self.__dict__.update(state)
