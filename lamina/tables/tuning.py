"""Tuning the network of a table: depth, width, dropout, rates, the size of the batch.

The table is prepared once, and its test rows are taken away before the first trial. How trials are
made and kept is in `searching`, what they try in `search_space`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamina.tables.fits import fit_prepared
from lamina.tables.preparing import Prepared, prepare
from lamina.tables.run import Run
from lamina.tables.search_space import as_changes, starts, suggested
from lamina.tables.searching import Subject, Tuned, search
from lamina.tables.settings import Settings
from lamina.tables.splits import TEST, Split
from lamina.tables.workflow import begin_run, finish


def tune(data: Any, settings: Settings, **options: Any) -> Tuned:
    """Try settings and train with the best.

    Depth, width, dropout, learning rate, weight decay and batch size are tried, but for those that
    `settings` names: what was chosen stays. The first trial has the defaults with hidden layers,
    the second those of a linear network, which is depth 0.

    Args:
        data: what `train` takes.
        settings: of all trials and of the run.
        **options: of `searching.search`: trials=50, time_limit=600, resume=True ...
    Returns:
        The best settings and their run.
    Raises:
        TableError: the table cannot be read or learned from.
        ArgumentError: the study is of another table, or cannot be opened.
        TrainingFailed: no trial came to an end.
    Example:
        >>> settings = make_settings({"target": "survived"})             # doctest: +SKIP
        >>> tune("titanic.csv", settings, trials=20).run.metrics         # doctest: +SKIP
    """
    return search(_Table(data, prepare(data, settings), settings), **options)


class _Table(Subject):
    """A table as what is tuned.

    Args:
        data: where its rows are.
        prepared: the whole table.
        settings: what is named there is not tried.
    """

    def __init__(self, data: Any, prepared: Prepared, settings: Settings) -> None:
        super().__init__(prepared.table.name, settings)
        self._data = data
        self._whole = prepared
        self._known = without_test_rows(prepared)

    def content(self) -> str:
        """Its rows, columns and split."""
        whole = self._whole
        counts = f"{whole.frame.shape} {whole.split.part.tobytes().hex()}"
        columns = "|".join(f"{c.name}:{c.kind}" for c in whole.columns)
        return f"{counts} {columns} {whole.y.tobytes().hex()}"

    def starts(self) -> list[dict[str, Any]]:
        """The defaults, with hidden layers and without."""
        return starts(self._known, self.settings)

    def suggested(self, trial: Any) -> dict[str, Any]:
        """Parameters that a trial of Optuna tries."""
        return suggested(trial, self._known, self.settings)

    def changes(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Parameters of a trial as settings."""
        return as_changes(parameters)

    def fit(self, settings: Settings, callbacks: Sequence[Any]) -> Any:
        """Train without test rows."""
        return fit_prepared(self._known, settings, callbacks)

    def finish(
        self, settings: Settings, out: str | Path, report: bool, callbacks: Sequence[Any]
    ) -> Run:
        """The run that settings make."""
        begun = begin_run(self._whole, settings, self._data, out, report=report)
        return finish(self._whole, begun, callbacks)


def without_test_rows(prepared: Prepared) -> Prepared:
    """The same table, without its test rows.

    Args:
        prepared: of the whole table.
    """
    kept = prepared.split.part != TEST
    fold = prepared.split.fold
    split = Split(
        prepared.split.part[kept], None if fold is None else fold[kept], prepared.split.notes
    )
    return replace(
        prepared,
        table=replace(prepared.table, frame=prepared.table.frame.clear()),
        frame=prepared.frame.filter(kept),
        rows=prepared.rows[kept],
        y=prepared.y[kept],
        split=split,
    )
