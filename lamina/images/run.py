"""What a run on pictures leaves behind: the model, its figures, a folder that holds everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lamina.images.model import ImageModel
from lamina.images.preparing import Pictures
from lamina.images.settings import ImageSettings
from lamina.tables.run_folders import make_run_folder, write_csv, write_json, write_text
from lamina.tables.splits import PARTS, TEST


@dataclass
class ImageRun:
    """A finished training run.

    Attributes:
        model: predicts pictures.
        settings: all choices.
        found: pictures, classes and split.
        history: one row per epoch.
        best_epoch: whose weights the model has.
        seconds: that fitting took.
        temperature: that scores are divided by.
        interrupted: whether Ctrl-C ended training; the best weights so far were kept.
        name: of the run.
        scores: of the test pictures, as `lamina.tables.scoring.scores` gives them.
        facts: what the report is made of; {} without a report.
        test_outputs: probabilities of the test pictures, of two classes those of the second.
        folder: where everything is; None if nothing was written.
    """

    model: ImageModel
    settings: ImageSettings
    found: Pictures
    history: list[dict[str, float]]
    best_epoch: int
    seconds: float
    temperature: float = 1.0
    interrupted: bool = False
    name: str = "pictures"
    scores: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    test_outputs: np.ndarray = field(default_factory=lambda: np.empty(0))
    folder: Path | None = None

    def measure(self, report: bool = True) -> None:
        """Score the test pictures; with `report`, also gather everything that it says."""
        from lamina.tables.scoring import scores

        found = self.found
        test = found.split.part == TEST
        if not test.any():
            return
        outputs = self.model.outputs(found.pixels[test])
        self.test_outputs = outputs[:, 1] if outputs.shape[1] == 2 else outputs
        self.scores = scores(
            found.y[test],
            self.test_outputs,
            found.target,
            self.settings.threshold,
            seed=self.settings.seed,
        )
        if report:
            from lamina.images.facts import gather

            self.facts = gather(self)

    @property
    def metrics(self) -> dict[str, float]:
        """The test pictures' figures by name; those that are undefined are absent."""
        figures = self.scores.get("figures", {})
        return {n: f["value"] for n, f in figures.items() if f["value"] is not None}

    @property
    def threshold(self) -> float:
        """The probability from which the positive class is predicted."""
        return self.settings.threshold

    @property
    def command(self) -> str:
        """The shell command that makes the run again."""
        if self.folder is None:
            return ""
        return f"lamina train --config {self.folder / 'config.toml'}"


def save_run(run: ImageRun, parent: Path, report: bool) -> None:
    """Write a run's folder, `parent/NAME-001` or with the first number that is free.

    Args:
        run: what to save; gets its `folder`.
        parent: where runs are kept.
        report: whether report.html is written.
    """
    from lamina.tables.settings import to_toml

    run.folder = folder = make_run_folder(parent, run.name)
    run.model.save(folder / "model.keras")
    write_text(folder / "config.toml", to_toml(run.settings, str(run.found.folder.absolute())))
    write_json(folder / "metrics.json", metrics_json(run))
    write_csv(folder / "history.csv", run.history)
    write_csv(folder / "splits.csv", _splits(run))
    if len(run.test_outputs):
        write_csv(folder / "predictions.csv", _predictions(run))
    if report and run.facts:
        from lamina.report import write_report

        run.facts["reproduce"]["command"] = run.command
        write_json(folder / "facts.json", run.facts)
        write_report(folder / "report.html", run.facts, run.settings.language)
    write_text(parent / "latest.txt", f"{folder.name}\n")


def metrics_json(run: ImageRun) -> dict[str, Any]:
    """The run in figures, as metrics.json holds it."""
    from lamina import __version__

    found, schema = run.found, run.model.schema
    return {
        "lamina": __version__,
        "data": str(found.folder),
        "target": list(found.target.names),
        "task": found.target.task,
        "task_reason": found.target.reason,
        "classes": list(found.target.classes),
        "rows": {n: int((found.split.part == i).sum()) for i, n in enumerate(PARTS)},
        "damaged": [{"file": str(path), "why": why} for path, why in found.damaged],
        "size": [schema.height, schema.width],
        "colour": schema.colour,
        "parameters": run.model.network.count_params(),
        "interrupted": run.interrupted,
        "epochs": len(run.history),
        "best_epoch": run.best_epoch,
        "seconds": round(run.seconds, 3),
        "temperature": run.temperature,
        "threshold": run.threshold,
        "scores": run.scores,
        "baselines": run.facts.get("baselines", {}),
    }


def _splits(run: ImageRun) -> list[dict[str, Any]]:
    found = run.found
    return [
        {"file": str(path.relative_to(found.folder)), "part": PARTS[part]}
        for path, part in zip(found.files, found.split.part, strict=True)
    ]


def _predictions(run: ImageRun) -> list[dict[str, Any]]:
    """The test pictures with their classes and probabilities."""
    from lamina.tables.scoring import decide

    found, outputs = run.found, run.test_outputs
    answers = decide(outputs, found.target, run.threshold)
    chances = np.stack([1 - outputs, outputs], axis=1) if outputs.ndim == 1 else outputs
    rows = []
    for k, place in enumerate(np.flatnonzero(found.split.part == TEST)):
        rows.append(
            {
                "file": str(found.files[place].relative_to(found.folder)),
                "class": found.target.classes[found.y[place]],
                "prediction": found.target.classes[answers[k]],
                **{
                    f"p_{name}": float(chance)
                    for name, chance in zip(found.target.classes, chances[k], strict=True)
                },
            }
        )
    return rows
