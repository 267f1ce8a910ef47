"""Evaluating with the moving average of the weights while training goes on with the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.callbacks.callback import Callback, Logs


class SwapEMAWeights(Callback):
    """Swaps the weights with their moving average around evaluation and prediction.

    Args:
        swap_on_epoch: whether the average is in the model from the end of an epoch to the start of
            the next too, for example for a `ModelCheckpoint` that comes later in the list.
    Raises:
        ArgumentError: in training, if the optimizer has no `use_ema=True`.
    Example:
        >>> SwapEMAWeights(swap_on_epoch=True).swap_on_epoch
        True
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._ema_weights_in_model = False

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Train with the weights themselves."""
        if self.swap_on_epoch:
            self._put_average(False)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Show the average to later callbacks; after the last epoch it stays."""
        if self.swap_on_epoch and not self._ema_weights_in_model:
            self._put_average(True)
            if self.params and epoch == self.params["epochs"] - 1:
                self._for_each_optimizer(_finalize)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Evaluate with the average."""
        self._put_average(True)

    def on_test_end(self, logs: Logs = None) -> None:
        """Go on with the weights themselves."""
        self._put_average(False)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Predict with the average."""
        self._put_average(True)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Go on with the weights themselves."""
        self._put_average(False)

    def _put_average(self, wanted: bool) -> None:
        if self._ema_weights_in_model != wanted:
            self._for_each_optimizer(_swap)
            self._ema_weights_in_model = wanted

    def _for_each_optimizer(self, change: Callable[[Any], None]) -> None:
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        several = getattr(optimizer, "optimizers", None)
        averaging = [
            o for o in (several or [optimizer]) if hasattr(o, "_model_variables_moving_average")
        ]
        if not averaging:
            whose = "at least one inner optimizer" if several else "the optimizer"
            raise ArgumentError(
                message(
                    f"SwapEMAWeights must be used when `use_ema=True` is set on {whose}.",
                    received=f"{type(optimizer).__name__} with "
                    f"use_ema={getattr(optimizer, 'use_ema', False)}",
                )
            )
        for one in averaging:
            change(one)

    def get_state(self) -> dict[str, Any]:
        """Whether the average is in the model."""
        return {"_ema_weights_in_model": self._ema_weights_in_model}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over where the average is."""
        self.__dict__.update(state)


def _pairs(optimizer: Any) -> list[tuple[Any, Any]]:
    averages = optimizer._model_variables_moving_average
    pairs = zip(optimizer._trainable_variables, averages, strict=True)
    return [(variable, average) for variable, average in pairs if average is not None]


def _swap(optimizer: Any) -> None:
    for variable, average in _pairs(optimizer):
        value = variable.numpy().copy()
        variable.assign(average)
        average.assign(value)


def _finalize(optimizer: Any) -> None:
    for variable, average in _pairs(optimizer):
        average.assign(variable)
