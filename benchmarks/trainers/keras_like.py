"""How Lamina and Keras train: `fit`, with the same lines for both.

What is timed runs from the beginning of the first epoch to the end of the last, as a callback
without batch hooks sees it; what `fit` does before its first epoch is left out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from workloads import Workload


def namespace() -> Any:
    """`keras` if this process was started with a Keras backend, else `lamina`."""
    if "KERAS_BACKEND" in os.environ:
        import keras

        return keras
    import lamina

    return lamina


def describe() -> str:
    """The version, and for Lamina the executor, as the tables show it."""
    found = namespace()
    if found.__name__ == "keras":
        return f"Keras {found.__version__}, {found.backend.backend()}"
    return found.config.executor()


class Trainer:
    """A network of a workload and its data."""

    whole = False  # any number of steps can be run

    def __init__(self, workload: Workload, **options: int) -> None:
        keras = namespace()
        self.x, self.y = workload.data()
        self.batch = workload.batch
        self.steps = len(self.x) // self.batch
        self.model = workload.compiled(keras, **options)
        self._clock = _clock(keras)

    def run(self, epochs: int, steps: int) -> float:
        """Seconds of so many epochs of so many steps."""
        rows = steps * self.batch
        clock = self._clock()
        self.model.fit(
            self.x[:rows],
            self.y[:rows],
            epochs=epochs,
            batch_size=self.batch,
            shuffle=True,
            verbose=0,
            callbacks=[clock],
        )
        return clock.last - clock.first


def _clock(keras: Any) -> Any:
    class Clock(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.first = self.last = 0.0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.first = self.first or time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.last = time.perf_counter()

    return Clock


def settings() -> dict[str, Callable[[], None]]:
    """Settings to try; the best counts. PyTorch's own thread count is not always the best."""
    if os.environ.get("KERAS_BACKEND") == "torch":
        from trainers import torch_loop

        return torch_loop.settings()
    return {}
