"""One training run on a table, from the source to a folder with everything in it.

prepare → begin the folder → fit → choose temperature and threshold on rows that members did not
learn from → score the test rows once → compare with baselines → fill the folder. Nothing but the
last scores reads a test row. A run that is resumed comes in again at `finish`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from lamina.base.errors import message
from lamina.data.source import Source
from lamina.tables import fitting
from lamina.tables.checkpoints import NOTHING_KEPT, Checkpoints
from lamina.tables.choosing import Choice, choose
from lamina.tables.decisions import choose_temperature, choose_threshold
from lamina.tables.encoding import encode
from lamina.tables.errors import TrainingFailed
from lamina.tables.fingerprint import table_fingerprint
from lamina.tables.model import TableModel
from lamina.tables.network import Design, finished_network
from lamina.tables.prepared import Prepared
from lamina.tables.preparing import prepare
from lamina.tables.run import Run
from lamina.tables.schema import Schema, Target
from lamina.tables.settings import Settings, make_settings, resolved
from lamina.tables.splits import TEST, VALIDATION
from lamina.tables.stored import training_source
from lamina.tables.times import TimeLimit
from lamina.tables.unfinished import UnfinishedRun, begin

RARE_SHARE = 0.2  # below this share of the rarer class, accuracy says little and F1 decides


def train(
    data: Any,
    target: str | Sequence[str] | None = None,
    *,
    test: Any = None,
    out: str | Path | None = "runs",
    name: str | None = None,
    report: bool = True,
    callbacks: Sequence[Any] = (),
    settings: Settings | None = None,
    **choices: Any,
) -> Run:
    """Train a network on a table and say how good it is.

    Args:
        data: path of a CSV, TSV, JSONL or Parquet file, "-" for the standard input, a frame of
            pandas, polars or any library that narwhals knows, a dict of columns. A CSV or Parquet
            file that would fill much of the memory streams by: a sample of it decides on columns,
            chooses and judges, and all of its training rows train.
        target: the column to predict; several columns of 0 and 1 for "multilabel".
        test: rows to test on, if they are not to be taken from `data`.
        out: folder in which the run's folder is made; None writes nothing.
        name: of the run; by default that of the file.
        report: whether baselines, importance and the report are made. They take a few seconds.
        callbacks: further callbacks of `fit`.
        settings: all choices at once, in place of `target` and `choices`.
        **choices: see `Settings`: seed=1, layers=(64, 32), types={"zip": "category"} ...
    Returns:
        The run: `.model` to predict with, `.metrics`, `.folder`.
    Raises:
        TableError: the table cannot be read or learned from.
        ArgumentError: an unknown or impossible choice.
        TrainingFailed: the loss became NaN.
    Example:
        >>> run = train("titanic.csv", target="survived", drop=["alive"])      # doctest: +SKIP
        >>> run.model.predict("new.csv")                                       # doctest: +SKIP
    """
    if settings is None:
        settings = make_settings({"target": target, **choices} if target is not None else choices)
    prepared = prepare(data, settings, test)
    return train_prepared(prepared, settings, data, out, name, report, callbacks)


def train_prepared(
    prepared: Prepared,
    settings: Settings,
    data: Any,
    out: str | Path | None,
    name: str | None = None,
    report: bool = True,
    callbacks: Sequence[Any] = (),
) -> Run:
    """The run after `prepare`; see `train`."""
    return finish(prepared, begin_run(prepared, settings, data, out, name, report), callbacks)


def begin_run(
    prepared: Prepared,
    settings: Settings,
    data: Any,
    out: str | Path | None,
    name: str | None = None,
    report: bool = True,
) -> UnfinishedRun:
    """Make the folder of a run, unless `out` is None; see `train`."""
    # Whether to stream was decided by the memory that is free, which may be another one later.
    settings = settings.model_copy(update={"stream": prepared.stream is not None})
    source = str(data) if isinstance(data, str | Path) else ""
    name = name or prepared.table.name
    if out is None:
        return UnfinishedRun(name=name, settings=settings, source=source, report=report)
    known = table_fingerprint(prepared, source)
    return begin(Path(out), "table", name, settings, source, report, known)


def finish(prepared: Prepared, begun: UnfinishedRun, callbacks: Sequence[Any] = ()) -> Run:
    """Train, measure and fill the folder.

    Args:
        prepared: the table.
        begun: the run; what its checkpoints hold is not trained again.
        callbacks: further callbacks of `fit`.
    Raises:
        TrainingFailed: the loss became NaN.
        ArgumentError: another process is training the run.
    """
    with begun.held():
        return _finish(prepared, begun, callbacks)


def _finish(prepared: Prepared, begun: UnfinishedRun, callbacks: Sequence[Any]) -> Run:
    started = time.perf_counter()
    try:
        fitted, settings, choice = fit_chosen(
            prepared, begun.settings, callbacks, begun.checkpoints
        )
    except TrainingFailed:
        begun.drop()
        raise
    seconds = time.perf_counter() - started + fitted.earlier
    schema = _decided(prepared, fitted, settings)
    network = finished_network(fitted.network, schema.target, schema.temperature)
    run = Run(
        model=TableModel(network, schema),
        settings=settings,
        prepared=prepared,
        history=fitted.history,
        best_epoch=fitted.best_epoch,
        seconds=seconds,
        source=begun.source,
        name=begun.name,
        interrupted=fitted.interrupted,
        network_reason="" if choice is None else choice.sentence,
        held_out=fitted.held_out,
    )
    run.measure(begun.report)
    if begun.folder is not None:
        run.save(begun.folder, begun.report)
    return run


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


def _decided(prepared: Prepared, fitted: fitting.Fitted, settings: Settings) -> Schema:
    """The schema with the temperature and the threshold that validation rows ask for."""
    target = prepared.target
    if target.task == "regression":
        return Schema(prepared.columns, target)
    held = np.isfinite(fitted.held_out).all(axis=1)
    y = prepared.y[prepared.split.part != TEST][held]
    scores = fitted.held_out[held]
    if target.task == "binary":
        scores = scores[:, 0]
    temperature = choose_temperature(y, scores)
    threshold = 0.5 if settings.threshold is None else settings.threshold
    if target.task == "binary" and settings.threshold is None:
        share = float(prepared.y[prepared.learns].mean())
        if min(share, 1 - share) < RARE_SHARE:
            threshold = choose_threshold(y, 1 / (1 + np.exp(-scores / temperature)))
    return Schema(prepared.columns, target, temperature, threshold)
