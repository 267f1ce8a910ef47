"""A finished run on pictures: its test pictures scored once, and what its folder says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina.images.preparing import Pictures
from lamina.tables.finished import FinishedRun
from lamina.tables.run_folders import write_csv
from lamina.tables.splits import PARTS, TEST
from lamina.tables.unfinished import where


@dataclass(kw_only=True)
class ImageRun(FinishedRun):
    """A finished run on pictures; further attributes are those of `FinishedRun`.

    Attributes:
        model: an `ImageModel`, which predicts pictures.
        found: pictures, classes and split.
        temperature: that scores are divided by.
    """

    found: Pictures
    temperature: float = 1.0
    name: str = "pictures"

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
    def threshold(self) -> float:
        """The probability from which the positive class is predicted."""
        return self.settings.threshold

    @property
    def data(self) -> str:
        """The whole path of the folder, or the dataset's name."""
        return where(str(self.found.folder))

    def described(self) -> dict[str, Any]:
        """What metrics.json says of pictures and decisions."""
        found, schema = self.found, self.model.schema
        return {
            "data": str(found.folder),
            "target": list(found.target.names),
            "task": found.target.task,
            "task_reason": found.target.reason,
            "classes": list(found.target.classes),
            "rows": {n: int((found.split.part == i).sum()) for i, n in enumerate(PARTS)},
            "damaged": [{"file": str(path), "why": why} for path, why in found.damaged],
            "size": [schema.height, schema.width],
            "colour": schema.colour,
            "temperature": self.temperature,
            "threshold": self.threshold,
        }

    def splits(self) -> list[dict[str, Any]]:
        """Each file and its part."""
        found = self.found
        return [
            {"file": str(path.relative_to(found.folder)), "part": PARTS[part]}
            for path, part in zip(found.files, found.split.part, strict=True)
        ]

    def write_predictions(self, path: Path) -> None:
        """Write the test pictures with their classes and probabilities."""
        from lamina.tables.scoring import decide

        found, outputs = self.found, self.test_outputs
        answers = decide(outputs, found.target, self.threshold)
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
        write_csv(path, rows)
