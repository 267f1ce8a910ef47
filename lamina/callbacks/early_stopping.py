"""Ending training when a metric no longer gets better."""

from __future__ import annotations

import warnings
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.callbacks.callback import Logs
from lamina.callbacks.messages import say
from lamina.callbacks.monitor_callback import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Ends training after `patience` epochs without improvement.

    Args:
        monitor: the metric's name in the logs.
        min_delta: by how much a value must be better to count as better.
        patience: int, epochs without improvement that are borne.
        verbose: 1 says when training was stopped.
        mode: "min", "max", or "auto" to go by the metric.
        baseline: a value that must be reached for an improvement to count, or None.
        restore_best_weights: whether the model gets the weights of its best epoch at the end.
        start_from_epoch: int, epochs that are not watched at first.
    Example:
        >>> EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True).patience
        5
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if patience < 0:
            raise ArgumentError(
                message(
                    "EarlyStopping: `patience` is negative.", patience, "a number of epochs >= 0"
                )
            )
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget what an earlier training reached."""
        self._reset()

    def _reset(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_weights: list[Any] | None = None
        self.best_epoch = 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare the epoch with the best one so far."""
        if self.monitor_op is None:
            self._set_monitor_op()  # here, as the metrics may only now exist
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights = self.model.get_weights()  # in case no epoch is ever better
            self.best_epoch = epoch
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        """Say what happened, and put back the best weights."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                say(
                    "Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs: Logs) -> Any:
        """The metric's value in the logs; None, with a warning, if it is missing."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}",
                stacklevel=2,
            )
        return value

    def get_state(self) -> dict[str, Any]:
        """The best epoch so far, and its weights."""
        names = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")
        return {name: getattr(self, name) for name in names}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on with the best epoch of an earlier run."""
        self.__dict__.update(state)
