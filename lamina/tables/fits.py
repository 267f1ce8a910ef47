"""The fits of a run on a prepared table: whether one or several, and again after a NaN.

A small table is fitted in several ways, and the best network is kept (`choosing`). A fit whose loss
became NaN is repeated once at a tenth of the learning rate.
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
from lamina.tables.choosing import LINEAR, SHARP, SMOOTHED, Choice, choose
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
    """Train; with folds and no layers given, in other ways as well, and keep the best network.

    Args:
        prepared: the table.
        settings: of the run.
        callbacks: further callbacks of the network with hidden layers.
        checkpoints: keep the states of the fits, which go on from there.
    Returns:
        The fitted network, its settings resolved, and why it was kept; None if no other was tried,
        as when Ctrl-C or the time limit ended the first.
    """
    started = time.monotonic()
    usual = resolved_for(prepared, settings)
    first = fit_prepared(prepared, usual, callbacks, checkpoints)
    if settings.layers is not None or prepared.split.fold is None or first.interrupted:
        return first, usual, None
    fits = {SMOOTHED: (first, usual)}
    earlier = first.earlier
    for number, (name, changes) in enumerate(_others(prepared, settings), start=2):
        left = None
        if settings.time_limit is not None:
            left = settings.time_limit - (time.monotonic() - started) - earlier
            if left <= 0:
                break
        other = resolved_for(prepared, settings.model_copy(update=changes))
        hurried = other.model_copy(update={"time_limit": left})
        try:
            fitted = fit_prepared(prepared, hurried, (), checkpoints, f"{number}-{_FOLDERS[name]}")
        except TrainingFailed:
            continue
        except KeyboardInterrupt:
            first.interrupted = True
            break
        fits[name] = fitted, other
        earlier += fitted.earlier
        if fitted.interrupted:
            first.interrupted = True
            break
    return _kept(prepared, fits, earlier)


_FOLDERS = {LINEAR: "linear", SHARP: "sharp"}  # of their states, after a number


def _others(prepared: Prepared, settings: Settings) -> list[tuple[str, dict[str, Any]]]:
    """The other ways to fit a small table: name, changes of the settings."""
    others: list[tuple[str, dict[str, Any]]] = [(LINEAR, {"layers": ()})]
    if settings.smoothing is None and prepared.target.task != "regression":
        others.append((SHARP, {"smoothing": 0.0}))
    return others


def _kept(
    prepared: Prepared, fits: dict[str, tuple[fitting.Fitted, Settings]], earlier: float
) -> tuple[fitting.Fitted, Settings, Choice | None]:
    """The best of some fits, which took so many seconds before they were resumed."""
    interrupted = fits[SMOOTHED][0].interrupted
    choice = None
    if len(fits) > 1:
        y = prepared.y[prepared.split.part != TEST]
        held_out = {n: fits[n][0].held_out for n in (LINEAR, SMOOTHED, SHARP) if n in fits}
        choice = choose(y, held_out, prepared.target)
    fitted, settings = fits[SMOOTHED if choice is None else choice.kept]
    fitted.earlier, fitted.interrupted = earlier, interrupted
    return fitted, settings, choice


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
    assert settings.smoothing is not None
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
