"""Training the network of an estimator: one call of `fit`, what it records, when it ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.callbacks import Callback, EarlyStopping
from lamina.data.source import ArraySource
from lamina.estimators.rows import Rows, SeededRows
from lamina.estimators.workers import one_thread_in_workers
from lamina.models import Model

_MOST_ROWS = 4096  # in a step of prediction
_MOST_SEED = 2**31 - 1
Score = Callable[[np.ndarray, Rows], float]


@dataclass(frozen=True)
class Plan:
    """How a network is trained.

    Attributes:
        epochs: the most passes over the rows.
        batch_size: rows in a step; None or "all" for all of them.
        verbose: 0, 1 or 2, as in `Model.fit`.
        patience: epochs without a better validation loss that are borne.
    """

    epochs: int
    batch_size: int | str | None = None
    verbose: int = 0
    patience: int = 0


@dataclass
class Record:
    """What happened in training, epoch by epoch.

    Attributes:
        losses: the loss of each epoch.
        scores: accuracy or R² on the rows that were watched; None if none were.
    """

    losses: list[float] = field(default_factory=list)
    scores: list[float] | None = None


class _Watch(Callback):
    """Notes a score on the watched rows after each epoch."""

    def __init__(self, rows: Rows, score: Score) -> None:
        super().__init__()
        self.rows, self.score = rows, score
        self.scores: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Score the network as it is now."""
        self.scores.append(self.score(outputs_of(self.model, self.rows.x), self.rows))


def train(
    model: Model,
    rows: Rows,
    watched: Rows | None,
    plan: Plan,
    score: Score,
    rng: np.random.RandomState,
    targets: Callable[[Model, np.ndarray], np.ndarray],
) -> Record:
    """Train a compiled network.

    Args:
        model: the network.
        rows: what it learns from.
        watched: rows for early stopping; the weights of the best epoch are kept. None: all epochs.
        plan: how.
        score: of outputs on rows, for the record.
        rng: gives the seed for the order of rows.
        targets: what the model's loss compares the outputs with, from `Rows.y`.
    Returns:
        The record.
    Raises:
        ArgumentError: the loss became NaN or infinite.
    """
    size = len(rows) if plan.batch_size in (None, "all") else min(int(plan.batch_size), len(rows))
    data = (rows.x, targets(model, rows.y), rows.weight)
    source = SeededRows(data, size, int(rng.randint(_MOST_SEED)))
    callbacks: list[Callback] = []
    validation = None
    if watched is not None:
        watch = _Watch(watched, score)
        best = EarlyStopping(patience=plan.patience, mode="min", restore_best_weights=True)
        callbacks = [watch, best]
        parts = (watched.x, targets(model, watched.y), watched.weight)
        validation = (ArraySource(parts, min(len(watched), _MOST_ROWS)), None)
    with one_thread_in_workers():
        history = model.fit(
            source,
            epochs=int(plan.epochs),
            verbose=int(plan.verbose),
            callbacks=callbacks,
            validation_data=validation,
        )
    losses = [float(value) for value in history.history["loss"]]
    if not math.isfinite(losses[-1]):
        raise _diverged(losses)
    return Record(losses, watch.scores if watched is not None else None)


def _diverged(losses: list[float]) -> ArgumentError:
    first = next(i for i, loss in enumerate(losses) if not math.isfinite(loss))
    return ArgumentError(
        message(
            f"Training diverged: the loss is {losses[first]} in epoch {first + 1}.",
            fix="scale X (and y of a regression), for example with StandardScaler, or lower "
            "`learning_rate`",
        )
    )


def outputs_of(model: Model, x: np.ndarray) -> np.ndarray:
    """The network's outputs for rows, which keep their dtype.

    Args:
        model: the network.
        x: (rows, features).
    Returns:
        float64 (rows, outputs).
    """
    source = ArraySource((x, None, None), min(len(x), _MOST_ROWS))
    with one_thread_in_workers():
        return np.asarray(model.predict(source, verbose=0), dtype=np.float64)
