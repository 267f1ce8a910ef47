"""How scikit-learn trains: `MLPClassifier.partial_fit`, one pass over the rows a call.

The penalty on the weights is off, so that the work is the same; accuracy is not counted, because it
cannot be asked for while training.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier
from workloads import CLASSES, Workload


def describe() -> str:
    """The version, as the tables show it."""
    return f"scikit-learn {sklearn.__version__}"


def settings() -> dict[str, Callable[[], None]]:
    """Nothing to try."""
    return {}


class Trainer:
    """A network of a workload and its data."""

    whole = False  # any number of steps can be run

    def __init__(self, workload: Workload) -> None:
        self.x, self.y = workload.data()
        self.batch = workload.batch
        self.steps = len(self.x) // self.batch
        hidden = workload.sizes[1:]
        self.model = MLPClassifier(hidden, batch_size=self.batch, alpha=0.0, random_state=0)

    def run(self, epochs: int, steps: int) -> float:
        """Seconds of so many epochs of so many steps."""
        rows = steps * self.batch
        start = time.perf_counter()
        for _ in range(epochs):
            self.model.partial_fit(self.x[:rows], self.y[:rows], classes=np.arange(CLASSES))
        return time.perf_counter() - start
