"""A finished run on a table: its test rows scored once, and what its folder says.

`measure` is the only place that reads test rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.tables.encoding import linear_features
from lamina.tables.errors import TableError
from lamina.tables.finished import FinishedRun
from lamina.tables.prepared import Prepared
from lamina.tables.splits import PARTS, TEST, VALIDATION
from lamina.tables.unfinished import where

if TYPE_CHECKING:
    import polars as pl

_FACTS = frozenset(("target", "scores", "data", "split", "network", "training", "reproduce"))
_LINEAR_ROWS = 20_000  # training rows that the linear baseline learns from, at most


@dataclass(kw_only=True)
class Run(FinishedRun):
    """A finished run on a table; further attributes are those of `FinishedRun`.

    Attributes:
        model: a `TableModel`, which predicts rows.
        prepared: rows, split and columns.
        source: where the rows came from; "" for rows from memory.
        held_out: as `fitting.Fitted` has it; it gives the figure of each fold.
    """

    prepared: Prepared
    source: str = ""
    held_out: np.ndarray = field(default_factory=lambda: np.empty((0, 1)))
    name: str = "table"

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

    def linear(self) -> tuple[Any, np.ndarray, Any]:
        """Training features and target, and test features, for the linear baseline.

        Of a series, features and target are those of the changes from the naive forecast.
        """
        prepared = self.prepared
        learns = np.flatnonzero(prepared.split.part != TEST)
        if len(learns) > _LINEAR_ROWS:
            learns = learns[:: -(-len(learns) // _LINEAR_ROWS)]
        test = np.flatnonzero(prepared.split.part == TEST)
        return (
            linear_features(prepared.frame[learns], prepared.columns),
            prepared.changes[learns],
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

    @property
    def data(self) -> str:
        """The whole path of the file."""
        return where(self.source)

    def described(self) -> dict[str, Any]:
        """What metrics.json says of table and decisions."""
        prepared, target = self.prepared, self.prepared.target
        return {
            "data": self.source,
            "target": list(target.names),
            "task": target.task,
            "task_reason": target.reason,
            "rows": dict(zip(PARTS, prepared.counts, strict=True)),
            "columns": {c.name: {"kind": c.kind, "reason": c.reason} for c in prepared.columns},
            "warnings": [leak.sentence(target) for leak in prepared.leaks],
            "network_reason": self.network_reason,
            "temperature": self.model.schema.temperature,
            "threshold": self.threshold,
        }

    def splits(self) -> list[dict[str, Any]]:
        """The number of each row in the source, its part, and its fold."""
        split = self.prepared.split
        lines: list[dict[str, Any]] = [
            {"row": int(row) + 1, "part": PARTS[part]}
            for row, part in zip(self.prepared.rows, split.part, strict=True)
        ]
        if split.fold is not None:
            for line, fold in zip(lines, split.fold, strict=True):
                line["fold"] = int(fold)
        return lines

    def write_predictions(self, path: Path) -> None:
        """Write the test rows with their predictions."""
        from lamina.base.atomic import atomic_write
        from lamina.tables.encoding import Notes
        from lamina.tables.predictions import prediction_frame

        frame = self.prepared.frame.filter(self.prepared.split.part == TEST)
        found = prediction_frame(frame, self.test_outputs, Notes(), self.model.schema)
        with atomic_write(path) as temporary:
            found.drop("warnings").write_csv(temporary)

    def _repr_html_(self) -> str:
        from html import escape

        figures = " ".join(f"<td>{n} {v:.4g}</td>" for n, v in self.metrics.items())
        return f"<table><tr><th>{escape(self.name)}</th>{figures}</tr></table>"


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
