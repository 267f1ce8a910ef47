"""A smaller learning rate when a metric no longer gets better."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message, near
from lamina.callbacks.callback import Logs
from lamina.callbacks.learning_rates import add_to_logs, current_rate, optimizers_of
from lamina.callbacks.messages import say
from lamina.callbacks.monitor_callback import MonitorCallback


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by `factor` after `patience` epochs without improvement.

    Args:
        monitor: the metric's name in the logs.
        factor: float below 1.
        patience: int, epochs without improvement that are borne.
        verbose: 1 says when the rate is changed.
        mode: "min", "max", or "auto" to go by the metric.
        min_delta: by how much a value must be better to count as better.
        cooldown: int, epochs after a change that are not watched.
        min_lr: float, the lowest rate.
        **kwargs: nothing; an unknown name is an error.
    Raises:
        ArgumentError: `factor` is 1 or more, or an argument is unknown.
    Example:
        >>> ReduceLROnPlateau(factor=0.5, patience=3).factor
        0.5
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if kwargs:
            known = ("monitor factor patience verbose mode min_delta cooldown min_lr").split()
            hints = " ".join(near(name, known) for name in kwargs)
            raise ArgumentError(
                message(f"ReduceLROnPlateau: unknown arguments {sorted(kwargs)}. {hints}".rstrip())
            )
        if factor >= 1.0:
            raise ArgumentError(
                f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}"
            )
        self.factor = factor
        self.min_lr = min_lr
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget what an earlier training reached."""
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare the epoch with the best one so far; lower the rate if it is time."""
        if self.monitor_op is None:
            self._set_monitor_op()
        logs = {} if logs is None else logs
        add_to_logs(self.model.optimizer, logs)
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"Learning rate reduction is conditioned on metric `{self.monitor}` which is not "
                f"available. Available metrics are: {','.join(logs)}.",
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _reduce(self, epoch: int) -> bool:
        """Lower the rates that are not at the limit yet; whether there were any."""
        reduced = False
        for name, optimizer in optimizers_of(self.model.optimizer):
            old = current_rate(optimizer)
            if old > np.float32(self.min_lr):
                new = max(old * self.factor, self.min_lr)
                optimizer.learning_rate = new
                reduced = True
                if self.verbose > 0:
                    whose = f" {name}" if name else ""
                    say(
                        f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing{whose} learning rate "
                        f"to {new}."
                    )
        return reduced

    def in_cooldown(self) -> bool:
        """Whether the last change is so recent that epochs are not watched."""
        return self.cooldown_counter > 0

    def get_state(self) -> dict[str, Any]:
        """The best value so far, and the counters."""
        return {n: getattr(self, n) for n in ("best", "cooldown_counter", "wait")}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on with the counters of an earlier run."""
        self.__dict__.update(state)
