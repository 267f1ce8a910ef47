"""One training run on a table, from the source to a folder with everything in it.

prepare → begin the folder → fit → choose temperature and threshold on rows that members did not
learn from → score the test rows once → compare with baselines → fill the folder. Nothing but the
last scores reads a test row. A run that is resumed comes in again at `finish`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lamina.datasets import named
from lamina.tables.decisions import choose_temperature, choose_threshold
from lamina.tables.fingerprint import table_fingerprint
from lamina.tables.fits import fit_chosen
from lamina.tables.fitting import Fitted
from lamina.tables.model import TableModel
from lamina.tables.network import finished_network
from lamina.tables.prepared import Prepared
from lamina.tables.preparing import prepare
from lamina.tables.run import Run
from lamina.tables.schema import Schema
from lamina.tables.settings import Settings, make_settings
from lamina.tables.splits import TEST
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
            chooses and judges, and all of its training rows train. "iris", "wine" and
            "breast_cancer" are the datasets, whose own test rows test.
        target: the column to predict; several columns of 0 and 1 for "multilabel". Datasets have
            one of their own.
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
    if target is None and isinstance(data, str):
        target = named.TABLES.get(data)
    if settings is None:
        settings = make_settings({"target": target, **choices} if target is not None else choices)
    prepared = prepare(data, settings, test)
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
    settings = settings.model_copy(update=prepared.decided)
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
    fitted, settings, choice = fit_chosen(prepared, begun.settings, callbacks, begun.checkpoints)
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


def _decided(prepared: Prepared, fitted: Fitted, settings: Settings) -> Schema:
    """The schema with the temperature and the threshold that validation rows ask for."""
    target = prepared.target
    if target.task == "regression":
        return Schema(prepared.columns, target, series=prepared.series)
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
