"""Fitting that stops when it no longer helps and keeps the best epoch, also after Ctrl-C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import callbacks


def fit_keeping_best(
    network: Any, monitor: str, patience: int, more: Sequence[Any], **given: Any
) -> tuple[list[dict[str, float]], int, bool]:
    """Fit a network and leave it with the weights of its best epoch.

    Args:
        network: compiled.
        monitor: the figure that should be small, such as "val_loss".
        patience: stop after so many epochs without a smaller one.
        more: further callbacks.
        **given: further arguments of `fit`.
    Returns:
        One row per epoch with its number from 1 and its figures; the number of the best epoch, 0
        if none has a finite figure; whether Ctrl-C ended training.
    Raises:
        KeyboardInterrupt: before there was anything worth keeping.
    """
    stopping = callbacks.EarlyStopping(
        monitor=monitor, patience=patience, restore_best_weights=True
    )
    interrupted = False
    try:
        network.fit(verbose=0, callbacks=[stopping, callbacks.TerminateOnNaN(), *more], **given)
    except KeyboardInterrupt:
        if stopping.best_weights is None:
            raise
        network.set_weights(stopping.best_weights)
        interrupted = True
    told = network.history.history
    rows = [
        {"epoch": i + 1, **{name: float(values[i]) for name, values in told.items()}}
        for i in range(min(map(len, told.values()), default=0))
    ]
    figures = np.array([row.get(monitor, np.nan) for row in rows])
    best = int(np.nanargmin(figures)) + 1 if np.isfinite(figures).any() else 0
    return rows, best, interrupted
