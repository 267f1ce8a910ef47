"""A callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.base.errors import ArgumentError, near
from lamina.callbacks.callback import HOOKS, Callback

Hook = Callable[..., Any] | None


class LambdaCallback(Callback):
    """Calls functions at the moments that the hooks are named after.

    Args:
        on_epoch_begin: function (epoch, logs), or None.
        on_epoch_end: function (epoch, logs), or None.
        on_train_begin: function (logs), or None.
        on_train_end: function (logs), or None.
        on_train_batch_begin: function (batch, logs), or None.
        on_train_batch_end: function (batch, logs), or None.
        **kwargs: functions for other hooks, and attributes of any other name.
    Raises:
        ArgumentError: a name begins with "on_" but is no hook.
    Example:
        >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch)).on_epoch_end(3, {})
        3
    """

    def __init__(
        self,
        on_epoch_begin: Hook = None,
        on_epoch_end: Hook = None,
        on_train_begin: Hook = None,
        on_train_end: Hook = None,
        on_train_batch_begin: Hook = None,
        on_train_batch_end: Hook = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        unknown = [name for name in kwargs if name.startswith("on_") and name not in HOOKS]
        if unknown:
            hint = near(unknown[0], HOOKS)
            raise ArgumentError(f"LambdaCallback: there is no hook {unknown[0]!r}. {hint}".rstrip())
        functions = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        self.__dict__.update(kwargs)
        self.__dict__.update({name: f for name, f in functions.items() if f is not None})
