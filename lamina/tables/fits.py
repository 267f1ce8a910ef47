"""The fits of a run on a prepared table: whether one or two, and again after a NaN.

A small table is fitted with hidden layers and without, and the better network is kept (`choosing`).
A fit whose loss became NaN is repeated once at a tenth of the learning rate.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from lamina.base.errors import message
from lamina.data.source import Source
from lamina.tables import fitting
from lamina.tables.checkpoints import NOTHING_KEPT, Checkpoints
from lamina.tables.choosing import Choice, choose
from lamina.tables.encoding import encode
from lamina.tables.errors import TrainingFailed
from lamina.tables.network import Design
from lamina.tables.prepared import Prepared
from lamina.tables.schema import Target
from lamina.tables.settings import Settings, resolved
from lamina.tables.splits import TEST, VALIDATION
from lamina.tables.stored import training_source
from lamina.tables.times import TimeLimit


def resolved_for(prepared: Prepared, settings: Settings) -> Settings:
    """The settings with everything chosen that goes by the table; see `settings.resolved`."""
    rows = int((prepared.split.part != TEST).sum())
    if prepared.stream is not None:
        rows = prepared.stream.rows
    settings = settings.model_copy(update={"stream": prepared.stream is not None})
    return resolved(settings, rows, any(c.kind == "text" for c in prepared.columns))


def fit_chosen(
    prepared: Prepared,
    settings: Settings,
    callbacks: Sequence[Any] = (),
    checkpoints: Checkpoints = NOTHING_KEPT,
) -> tuple[fitting.Fitted, Settings, Choice | None]:
    """Train; with folds and no layers given, a second time without any, and keep the better one.

    Args:
        prepared: the table.
        settings: of the run.
        callbacks: further callbacks of the network with hidden layers.
        checkpoints: keep the states of the fits, which go on from there.
    Returns:
        The fitted network, its settings resolved, and why it was kept; None if no other was tried,
        as when Ctrl-C or the time limit ended the first.
    """
    given = settings.layers is not None
    deep = resolved_for(prepared, settings)
    started = time.monotonic()
    fitted = fit_prepared(prepared, deep, callbacks, checkpoints)
    if given or prepared.split.fold is None or fitted.interrupted:
        return fitted, deep, None
    plain = resolved_for(prepared, settings.model_copy(update={"layers": ()}))
    left = None
    if settings.time_limit is not None:
        left = settings.time_limit - (time.monotonic() - started) - fitted.earlier
        if left <= 0:
            return fitted, deep, None
    try:
        hurried = plain.model_copy(update={"time_limit": left})
        linear = fit_prepared(prepared, hurried, (), checkpoints, "2-linear")
    except TrainingFailed:
        return fitted, deep, None
    except KeyboardInterrupt:
        fitted.interrupted = True
        return fitted, deep, None
    y = prepared.y[prepared.split.part != TEST]
    choice = choose(y, fitted.held_out, linear.held_out, prepared.target)
    fitted.earlier = linear.earlier = fitted.earlier + linear.earlier
    if choice.is_linear:
        return linear, plain, choice
    fitted.interrupted = linear.interrupted
    return fitted, deep, choice


def fit_prepared(
    prepared: Prepared,
    settings: Settings,
    callbacks: Sequence[Any] = (),
    checkpoints: Checkpoints = NOTHING_KEPT,
    name: str = "1-network",
) -> fitting.Fitted:
    """Train the network; if the loss becomes NaN, once more at a tenth of the learning rate.

    Args:
        prepared: the table.
        settings: of the run.
        callbacks: further callbacks of `fit`.
        checkpoints: keep the state of the fit, which goes on from there.
        name: of the fit among the checkpoints.
    Returns:
        The fitted network; `held_out` is for the rows outside the test part.
    Raises:
        TrainingFailed: NaN again.
    """
    rows = prepared.split.part != TEST
    arrays = encode(prepared.frame.filter(rows), prepared.columns)
    target, y = prepared.target, prepared.y[rows]
    settings = resolved_for(prepared, settings)
    assert settings.members and settings.patience and settings.batch_size
    assert settings.dropout is not None and settings.learning_rate and settings.layers is not None
    design = Design(members=settings.members, units=settings.layers, dropout=settings.dropout)
    rate = settings.learning_rate
    class_weights = _class_weights(y, target, settings)
    with _source(prepared, settings.batch_size, class_weights) as source:
        earlier = 0.0
        for attempt, fit in ((rate, name), (rate / 10, f"{name}-slower")):
            clock = TimeLimit(math.inf if settings.time_limit is None else settings.time_limit)
            more = [*callbacks, clock, *checkpoints.of(fit)]
            fitted = fitting.fit(
                arrays,
                y,
                _validates(prepared, rows, settings.members),
                prepared.columns,
                target,
                design,
                fitting.Training(
                    settings.epochs,
                    settings.patience,
                    settings.batch_size,
                    attempt,
                    settings.weight_decay,
                    settings.smoothing,
                ),
                settings.seed,
                None if class_weights is None else class_weights[y],
                more,
                source,
            )
            earlier += clock.earlier
            fitted.earlier = earlier
            losses = [row.get(n, math.nan) for row in fitted.history for n in ("loss", "val_loss")]
            if losses and all(map(math.isfinite, losses)) and np.isfinite(fitted.held_out).any():
                return fitted
    raise TrainingFailed(
        message(
            f"The loss became NaN or infinite, with learning rate {rate:g} and with {rate / 10:g}.",
            fix="look for extreme values in the table, or give a smaller learning rate",
        )
    )


def _source(
    prepared: Prepared, batch_size: int, class_weights: np.ndarray | None
) -> AbstractContextManager[Source | None]:
    """All training rows, where `prepared` has only some of them."""
    if prepared.stream is None:
        return nullcontext()
    return training_source(prepared, batch_size, class_weights)


def _validates(prepared: Prepared, rows: np.ndarray, members: int) -> np.ndarray:
    """Which of the rows outside the test part validate, of folds (rows, members) which member."""
    split = prepared.split
    if split.fold is None:
        return split.part[rows] == VALIDATION
    folds = int(split.fold.max()) + 1
    return split.fold[rows][:, None] == np.arange(members)[None, :] % folds


def _class_weights(y: np.ndarray, target: Target, settings: Settings) -> np.ndarray | None:
    """(classes,) weights of rows in the loss, their mean over these rows 1."""
    if settings.class_weight == "none" or target.task not in ("binary", "multiclass"):
        return None
    counts = np.bincount(y, minlength=len(target.classes))
    return (len(y) / np.maximum(counts, 1) / len(counts)).astype("float32")
