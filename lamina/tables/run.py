"""What a run leaves behind: the model, its figures, and a folder that holds everything.

`measure` scores the test rows, the only time they are read. The folder is complete: with its
config.toml and the same data the run can be made again, bit for bit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.tables.encoding import linear_features
from lamina.tables.errors import TableError
from lamina.tables.model import TableModel
from lamina.tables.prepared import Prepared
from lamina.tables.settings import Settings, to_toml
from lamina.tables.splits import PARTS, TEST, VALIDATION

if TYPE_CHECKING:
    import polars as pl

_FACTS = frozenset(("target", "scores", "data", "split", "network", "training", "reproduce"))
_LINEAR_ROWS = 20_000  # training rows that the linear baseline learns from, at most


@dataclass
class Run:
    """A finished training run.

    Attributes:
        model: predicts rows.
        settings: all choices.
        prepared: rows, split and columns.
        history: one row per epoch: epoch, loss, val_loss.
        best_epoch: whose weights the model has.
        seconds: that fitting took.
        source: where the rows came from; "" for rows from memory.
        name: of the run.
        scores: of the test rows, as `lamina.tables.scoring.scores` gives them.
        facts: what the report is made of; {} without a report.
        folder: where everything is; None if nothing was written.
        interrupted: whether Ctrl-C ended training; the best weights so far were kept.
    """

    model: TableModel
    settings: Settings
    prepared: Prepared
    history: list[dict[str, float]]
    best_epoch: int
    seconds: float
    source: str = ""
    name: str = "table"
    scores: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    test_outputs: np.ndarray = field(default_factory=lambda: np.empty(0))
    folder: Path | None = None
    interrupted: bool = False

    def measure(self, report: bool = True) -> None:
        """Score the test rows; with `report`, also gather everything that it says."""
        from lamina.tables.scoring import scores

        prepared, target = self.prepared, self.prepared.target
        test = prepared.split.part == TEST
        if not test.any():
            return
        self.test_outputs, _ = self.model.outputs(prepared.frame.filter(test))
        self.scores = scores(
            prepared.y[test], self.test_outputs, target, self.threshold, seed=self.settings.seed
        )
        if report:
            from lamina.tables.run_facts import gather

            self.facts = gather(self)

    @property
    def threshold(self) -> float:
        """The probability from which the positive class is predicted."""
        return self.model.schema.threshold

    @property
    def metrics(self) -> dict[str, float]:
        """The test rows' figures by name; those that are undefined are absent."""
        figures = self.scores.get("figures", {})
        return {n: f["value"] for n, f in figures.items() if f["value"] is not None}

    @property
    def command(self) -> str:
        """The shell command that makes the run again."""
        if self.folder is None:
            return ""
        return f"lamina train --config {self.folder / 'config.toml'}"

    def linear(self) -> tuple[Any, np.ndarray, Any]:
        """Training features and target, and test features, for the linear baseline."""
        prepared = self.prepared
        learns = np.flatnonzero(prepared.split.part != TEST)
        if len(learns) > _LINEAR_ROWS:
            learns = learns[:: -(-len(learns) // _LINEAR_ROWS)]
        test = np.flatnonzero(prepared.split.part == TEST)
        return (
            linear_features(prepared.frame[learns], prepared.columns),
            prepared.y[learns],
            linear_features(prepared.frame[test], prepared.columns),
        )

    def validation(self, most: int) -> tuple[pl.DataFrame, np.ndarray]:
        """At most so many validation rows, or rows outside the test part, and their target."""
        part = self.prepared.split.part
        rows = np.flatnonzero(part == VALIDATION)
        if not len(rows):
            rows = np.flatnonzero(part != TEST)
        rows = rows[:: max(1, -(-len(rows) // most))]
        return self.prepared.frame[rows], self.prepared.y[rows]

    def _repr_html_(self) -> str:
        from html import escape

        figures = " ".join(f"<td>{n} {v:.4g}</td>" for n, v in self.metrics.items())
        return f"<table><tr><th>{escape(self.name)}</th>{figures}</tr></table>"


def save_run(run: Run, parent: Path, report: bool) -> None:
    """Write a run's folder, `parent/NAME-001` or with the first number that is free.

    Args:
        run: what to save; gets its `folder`.
        parent: where runs are kept.
        report: whether report.html is written.
    """
    from lamina.tables.run_folders import make_run_folder, write_csv, write_json, write_text

    run.folder = folder = make_run_folder(parent, run.name)
    run.model.save(folder / "model.keras")
    write_text(folder / "config.toml", to_toml(run.settings, where(run.source)))
    write_json(folder / "metrics.json", metrics_json(run))
    write_csv(folder / "history.csv", run.history)
    _write_splits(run, folder / "splits.csv")
    _write_predictions(run, folder / "predictions.csv")
    if report and run.facts:
        from lamina.report import write_report

        run.facts["reproduce"]["command"] = run.command
        write_json(folder / "facts.json", run.facts)
        write_report(folder / "report.html", run.facts, run.settings.language)
    write_text(parent / "latest.txt", f"{folder.name}\n")


def where(source: str) -> str:
    """A source as a config names it: the whole path of a file; "-" and "" as they are."""
    return str(Path(source).absolute()) if source not in ("", "-") else source


def metrics_json(run: Run) -> dict[str, Any]:
    """The run in figures, as metrics.json holds it."""
    from lamina import __version__

    target = run.prepared.target
    return {
        "lamina": __version__,
        "data": run.source,
        "target": list(target.names),
        "task": target.task,
        "task_reason": target.reason,
        "rows": dict(zip(PARTS, run.prepared.counts, strict=True)),
        "columns": {c.name: {"kind": c.kind, "reason": c.reason} for c in run.prepared.columns},
        "warnings": [leak.sentence(target) for leak in run.prepared.leaks],
        "parameters": run.model.network.count_params(),
        "epochs": len(run.history),
        "best_epoch": run.best_epoch,
        "interrupted": run.interrupted,
        "seconds": round(run.seconds, 3),
        "temperature": run.model.schema.temperature,
        "threshold": run.threshold,
        "scores": run.scores,
        "baselines": run.facts.get("baselines", {}),
    }


def _write_splits(run: Run, path: Path) -> None:
    from lamina.tables.run_folders import write_csv

    split = run.prepared.split
    rows = [
        {"row": int(row) + 1, "part": PARTS[part]}
        for row, part in zip(run.prepared.rows, split.part, strict=True)
    ]
    if split.fold is not None:
        for line, fold in zip(rows, split.fold, strict=True):
            line["fold"] = int(fold)
    write_csv(path, rows)


def _write_predictions(run: Run, path: Path) -> None:
    """The test rows with their predictions."""
    from lamina.base.atomic import atomic_write
    from lamina.tables.encoding import Notes
    from lamina.tables.predictions import prediction_frame

    if not len(run.test_outputs):
        return
    test = run.prepared.split.part == TEST
    frame = run.prepared.frame.filter(test)
    found = prediction_frame(frame, run.test_outputs, Notes(), run.model.schema)
    with atomic_write(path) as temporary:
        found.drop("warnings").write_csv(temporary)


def load_facts(folder: Path) -> dict[str, Any]:
    """The facts of a run's folder, for a report in another language.

    Raises:
        TableError: the folder has none, or none that can be used.
    """
    path = folder / "facts.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TableError(
            f"{str(folder)!r} is no run with a report: {path.name} cannot be read: "
            f"{error.strerror}.",
            "give the folder of a run that was made without --no-report, such as runs/NAME-001",
        ) from None
    except ValueError as error:
        raise TableError(f"{str(path)!r} is damaged: {error}.", "train again") from None
    absent = _FACTS - set(facts) if isinstance(facts, dict) else _FACTS
    if absent:
        raise TableError(f"{str(path)!r} lacks {', '.join(sorted(absent))}.", "train again")
    return facts
