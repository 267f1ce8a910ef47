"""What every finished run has: figures of the test rows, and a folder that holds everything.

Runs on tables and on pictures fill in what differs: how test rows are scored, what metrics.json
says, where rows went. The folder is complete: with its config.toml and the same data the run can
be made again, bit for bit. After Ctrl-C it also holds what is needed to go on.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lamina.tables.run_folders import write_csv, write_json, write_text
from lamina.tables.settings import to_toml
from lamina.tables.unfinished import FOLDER, resume_command


@dataclass(kw_only=True)
class FinishedRun:
    """A finished training run.

    Attributes:
        model: predicts; has `save`.
        settings: all choices.
        history: one row per epoch: epoch, loss, val_loss ...
        best_epoch: whose weights the model has.
        seconds: that fitting took.
        name: of the run.
        interrupted: whether Ctrl-C ended training; the best weights so far were kept.
        network_reason: why the network has hidden layers or none; "" if that was not compared.
        scores: of the test rows, as `lamina.tables.scoring.scores` gives them.
        facts: what the report is made of; {} without a report.
        test_outputs: what the model says of the test rows.
        folder: where everything is; None if nothing was written.
    """

    model: Any
    settings: Any
    history: list[dict[str, float]]
    best_epoch: int
    seconds: float
    name: str
    interrupted: bool = False
    network_reason: str = ""
    scores: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    test_outputs: np.ndarray = field(default_factory=lambda: np.empty(0))
    folder: Path | None = None

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

    @property
    def resume_command(self) -> str:
        """The shell command that goes on with the run after Ctrl-C; "" for a finished one."""
        if self.folder is None or not self.interrupted:
            return ""
        return resume_command(self.folder, self.data)

    def save(self, folder: Path, report: bool) -> None:
        """Fill the run's folder; unless the run was interrupted, its checkpoints go.

        Args:
            folder: of the run.
            report: whether report.html is written.
        """
        self.folder = folder
        self.model.save(folder / "model.keras")
        write_csv(folder / "history.csv", self.history)
        write_csv(folder / "splits.csv", self.splits())
        if len(self.test_outputs):
            self.write_predictions(folder / "predictions.csv")
        if report and self.facts:
            from lamina.report import write_report

            self.facts["reproduce"]["command"] = self.command
            write_json(folder / "facts.json", self.facts)
            write_report(folder / "report.html", self.facts, self.settings.language)
        write_text(folder.parent / "latest.txt", f"{folder.name}\n")
        write_json(folder / "metrics.json", self.metrics_json())  # last: it says how the run ended
        if not self.interrupted:
            write_text(folder / "config.toml", to_toml(self.settings, self.data))
            shutil.rmtree(folder / FOLDER)

    def metrics_json(self) -> dict[str, Any]:
        """The run in figures, as metrics.json holds it."""
        from lamina import __version__

        return {
            "lamina": __version__,
            **self.described(),
            "parameters": self.model.network.count_params(),
            "epochs": len(self.history),
            "best_epoch": self.best_epoch,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "scores": self.scores,
            "baselines": self.facts.get("baselines", {}),
        }

    # --- what differs ---

    @property
    def data(self) -> str:
        """Where the rows are, as a config names it."""
        raise NotImplementedError

    def described(self) -> dict[str, Any]:
        """What metrics.json says of data and decisions."""
        raise NotImplementedError

    def splits(self) -> list[dict[str, Any]]:
        """One line for each row: which, and its part."""
        raise NotImplementedError

    def write_predictions(self, path: Path) -> None:
        """Write the test rows with their predictions."""
        raise NotImplementedError
