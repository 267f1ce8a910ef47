"""All callbacks of a run as one.

Decides their order, turns logs into plain floats once for all of them, and knows whether anybody
looks at single batches.
"""

from __future__ import annotations

from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentTypeError, message
from lamina.callbacks.callback import Callback, Logs
from lamina.callbacks.history import History
from lamina.callbacks.progbar_logger import ProgbarLogger


class CallbackList(Callback):
    """Calls every callback's hooks.

    Callbacks are called in the order given, then the history and the progress bar; those that save
    the state of the others come last.

    Args:
        callbacks: callbacks, in a list or another nested structure, or None.
        add_history: whether to add a `History` if there is none.
        add_progbar: whether to add a `ProgbarLogger` if there is none.
        model: the model, or None.
        **params: what is known about the run: `verbose`, `epochs`, `steps`.
    Raises:
        ArgumentTypeError: something is not a callback.
    Example:
        >>> CallbackList([Callback()], add_history=True).has_batch_hooks
        False
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks: list[Any] = tree.flatten(callbacks) if callbacks else []
        for callback in self.callbacks:
            _check(callback)
        self._history = self._find(History)
        if self._history is None and add_history:
            self._history = History()
            self.callbacks.append(self._history)
        self._progbar = self._find(ProgbarLogger)
        if self._progbar is None and add_progbar:
            self._progbar = ProgbarLogger()
            self.callbacks.append(self._progbar)
        self.callbacks.sort(key=lambda c: getattr(c, "_keeps_others", False))  # stable
        for callback in self.callbacks:
            callback._group = self.callbacks
        self.set_model(model)
        self.set_params(params)

    def _find(self, kind: type) -> Any:
        return next((c for c in reversed(self.callbacks) if isinstance(c, kind)), None)

    @property
    def has_batch_hooks(self) -> bool:
        """Whether a callback wants to be called for every single batch.

        If not, many batches may run between two calls of the batch hooks, which still are to be
        made with the number of the last batch done, for the progress bar's sake.
        """
        return any(c._needs_every_batch() for c in self.callbacks)

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell all callbacks about the run."""
        self.params = params
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Tell all callbacks about the model."""
        if model is None:
            return
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def _call(self, hook: str, *position: int, logs: Logs) -> None:
        plain = as_plain(logs)
        for callback in self.callbacks:
            getattr(callback, hook)(*position, logs=plain)

    def _call_positional(self, hook: str, *position: int, logs: Logs) -> None:
        """For hooks whose second argument users give other names than `logs`."""
        plain = as_plain(logs)
        for callback in self.callbacks:
            getattr(callback, hook)(*position, plain)

    # --- hooks, each calling all callbacks' ---

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call("on_batch_begin", batch, logs=logs)

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call("on_batch_end", batch, logs=logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call_positional("on_epoch_begin", epoch, logs=logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call_positional("on_epoch_end", epoch, logs=logs)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call("on_train_batch_begin", batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call("on_train_batch_end", batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call("on_test_batch_begin", batch, logs=logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call("on_test_batch_end", batch, logs=logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call("on_predict_batch_begin", batch, logs=logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call("on_predict_batch_end", batch, logs=logs)

    def on_train_begin(self, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call_positional("on_train_begin", logs=logs)

    def on_train_end(self, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call_positional("on_train_end", logs=logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call_positional("on_test_begin", logs=logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call_positional("on_test_end", logs=logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call_positional("on_predict_begin", logs=logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        """See `Callback`."""
        self._call_positional("on_predict_end", logs=logs)


def as_plain(logs: Logs) -> dict[str, Any]:
    """Logs as a new flat dict, sorted by name, with floats wherever a value is one number."""
    plain: dict[str, Any] = {}
    for name in sorted(logs or {}):
        value = (logs or {})[name]
        if isinstance(value, dict):
            plain.update(as_plain(value))
            continue
        try:
            plain[name] = float(value)
        except (TypeError, ValueError):
            plain[name] = value
    return plain


def _check(callback: Any) -> None:
    if isinstance(callback, type):
        raise ArgumentTypeError(
            message(
                "`callbacks` holds a class where a callback is needed.",
                received=callback.__name__,
                fix=f"make one: {callback.__name__}(...)",
            )
        )
    if not hasattr(callback, "set_model") or not hasattr(callback, "on_epoch_end"):
        raise ArgumentTypeError(
            message(
                "`callbacks` holds something that is not a callback.",
                received=f"{type(callback).__name__} {callback!r:.80}",
                required="an object of a subclass of lamina.callbacks.Callback",
                fix="wrap a function: LambdaCallback(on_epoch_end=function)",
            )
        )
