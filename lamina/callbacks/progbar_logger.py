"""The progress of training, evaluation and prediction, one bar for each epoch."""

from __future__ import annotations

from typing import Any

from lamina.callbacks.callback import Callback, Logs
from lamina.callbacks.messages import say
from lamina.utils.progbar import Progbar


class ProgbarLogger(Callback):
    """Shows a progress bar with the metrics; `fit`, `evaluate` and `predict` add one by themselves.

    Example:
        >>> logger = ProgbarLogger()
        >>> logger.set_params({"verbose": 2, "epochs": 1, "steps": 3})
        >>> logger.on_epoch_begin(0)
        >>> logger.on_train_batch_end(2, {"loss": 0.5})
        >>> logger.seen
        3
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.progbar: Progbar | None = None
        self.target: int | None = None
        self.verbose = 1
        self.epochs = 1
        self._called_in_fit = False

    def _needs_every_batch(self) -> bool:
        return False

    def set_params(self, params: dict[str, Any]) -> None:
        """Take over how much to show, and how many epochs and batches there are."""
        self.params = params
        verbose = params["verbose"]
        self.verbose = 1 if verbose == "auto" else verbose
        self.epochs = params["epochs"]
        self.target = params["steps"]

    def on_train_begin(self, logs: Logs = None) -> None:
        """Validation gets no bar of its own inside training."""
        self._called_in_fit = True

    def on_test_begin(self, logs: Logs = None) -> None:
        """Start a bar for evaluation."""
        if not self._called_in_fit:
            self._start()

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Start a bar for prediction."""
        self._start()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Start a bar for an epoch."""
        self._start()
        if self.verbose and self.epochs > 1:
            say(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar."""
        self._move(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar, if evaluation has one."""
        if not self._called_in_fit:
            self._move(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar."""
        self._move(batch, None)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Finish the bar with the epoch's figures."""
        self._finish(logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """Finish the bar of evaluation."""
        if not self._called_in_fit:
            self._finish(logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Finish the bar of prediction."""
        self._finish(logs)

    def _start(self) -> Progbar:
        self.seen = 0
        self.progbar = Progbar(
            target=self.target, verbose=self.verbose, unit_name="step", stateless_metrics=set()
        )
        return self.progbar

    def _move(self, batch: int, logs: Logs) -> None:
        bar = self.progbar or self._start()
        self.seen = batch + 1
        if self.verbose == 1:
            bar.update(self.seen, list((logs or {}).items()), finalize=False)

    def _finish(self, logs: Logs) -> None:
        bar = self.progbar or self._start()
        if self.target is None:
            self.target = bar.target = self.seen
        bar.update(self.target, list((logs or {}).items()), finalize=True)
