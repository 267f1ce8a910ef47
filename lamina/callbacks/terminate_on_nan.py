"""Ending training when the loss is no longer a number."""

from __future__ import annotations

import math

from lamina.callbacks.callback import Callback, Logs
from lamina.callbacks.messages import say


class TerminateOnNaN(Callback):
    """Ends training when the loss is NaN or infinite.

    The mean loss of the epoch is watched, in which one bad batch stays visible; so batches may run
    many at a time, and the batch named may be a few after the first bad one.

    Args:
        raise_error: whether to raise instead, so that nothing that runs after training is run.
    Raises:
        RuntimeError: in training, with `raise_error`.
    Example:
        >>> try:
        ...     TerminateOnNaN(raise_error=True).on_batch_end(3, {"loss": float("nan")})
        ... except RuntimeError as error:
        ...     print(str(error)[:43])
        NaN or Inf loss encountered at batch 3. Los
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def _needs_every_batch(self) -> bool:
        return False

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. "
                "Terminating training immediately."
            )
        say(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
