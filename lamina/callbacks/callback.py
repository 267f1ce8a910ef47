"""What a callback is: hooks that training, evaluation and prediction call at certain moments.

A hook that a subclass leaves alone is marked as a default, so that training knows when nobody looks
at single batches and runs many of them in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Logs = dict[str, Any] | None


def default_hook(function: F) -> F:
    """Mark a hook as doing nothing of its own."""
    function._is_default = True  # type: ignore[attr-defined]
    return function


def overrides(callback: Any, hook: str) -> bool:
    """Whether a callback does something in a hook."""
    return not getattr(getattr(callback, hook), "_is_default", False)


class Callback:
    """Base of all callbacks.

    Hooks get `logs`, a dict of metric values as floats; a callback may add entries in
    `on_epoch_end`, which later callbacks and the history then see. Setting
    `self.model.stop_training = True` ends training.

    Attributes:
        params: dict with "verbose", "epochs" and "steps" (batches in an epoch, None if unknown).
        model: the model being trained.
    Example:
        >>> class Shout(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(epoch, logs["loss"])
        >>> Shout().on_epoch_end(0, {"loss": 0.5})
        0 0.5
    """

    params: dict[str, Any] | None = None
    _model: Any = None
    _group: list[Callback] = []
    _keeps_others: ClassVar[bool] = False  # saves the state of the others, so it must come last

    def __init__(self) -> None:
        self.params = None
        self._model = None

    @property
    def model(self) -> Any:
        """The model being trained."""
        return self._model

    def set_model(self, model: Any) -> None:
        """Called once with the model before anything else."""
        self._model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called once with what is known about the run."""
        self.params = params

    def get_state(self) -> dict[str, Any]:
        """What the callback must know to go on after a restart.

        Returns:
            dict of what JSON can hold, and of arrays; `BackupAndRestore` saves it.
        """
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Put back what `get_state` gave; called after `on_train_begin`."""

    def _needs_every_batch(self) -> bool:
        """Whether a hook must be called for every batch; if not, after stretches of batches."""
        return any(overrides(self, hook) for hook in BATCH_HOOKS)

    # --- hooks ---

    @default_hook
    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_begin`."""

    @default_hook
    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_end`."""

    @default_hook
    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before an epoch, counted from 0."""

    @default_hook
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch and its validation, whose metrics `logs` holds as "val_…"."""

    @default_hook
    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of training, counted from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    @default_hook
    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of training; `logs` holds the means over the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    @default_hook
    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of evaluation or validation."""

    @default_hook
    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of evaluation or validation."""

    @default_hook
    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of prediction."""

    @default_hook
    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of prediction; `logs["outputs"]` holds the outputs."""

    @default_hook
    def on_train_begin(self, logs: Logs = None) -> None:
        """Before training."""

    @default_hook
    def on_train_end(self, logs: Logs = None) -> None:
        """After training; `logs` are those of the last epoch."""

    @default_hook
    def on_test_begin(self, logs: Logs = None) -> None:
        """Before evaluation or validation."""

    @default_hook
    def on_test_end(self, logs: Logs = None) -> None:
        """After evaluation or validation; `logs` holds its results."""

    @default_hook
    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before prediction."""

    @default_hook
    def on_predict_end(self, logs: Logs = None) -> None:
        """After prediction."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
BATCH_HOOKS = tuple(name for name in HOOKS if "_batch_" in name)
