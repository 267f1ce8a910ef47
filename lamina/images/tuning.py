"""Tuning the network of pictures: blocks, filters, dropout, rate, size of the batch, movement.

Test pictures are taken away before the first trial. How trials are made and kept is in
`lamina.tables.searching`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamina.images.fitting import fit, resolved_for
from lamina.images.network import filters_of
from lamina.images.preparing import Pictures, prepare
from lamina.images.run import ImageRun
from lamina.images.settings import ImageSettings
from lamina.images.workflow import begin_run, finish
from lamina.tables.searching import Subject, Tuned, search
from lamina.tables.splits import TEST, Split

FILTERS = (8, 16, 32, 64)  # of the first block
MOST_BLOCKS = 5
BATCHES = (16, 32, 64, 128)
DROPOUT = (0.0, 0.6)
LEARNING_RATE = (2e-4, 1e-2)
SHIFT = (0.0, 0.12)


def tune(folder: str | Path, settings: ImageSettings, **options: Any) -> Tuned:
    """Try settings and train with the best.

    The number of blocks (depth) and the filters of the first (width), dropout, learning rate, batch
    size and how far training pictures are moved are tried, but for those that `settings` names:
    what was chosen stays. The first trial has the defaults.

    Args:
        folder: that holds a folder of pictures for each class.
        settings: of all trials and of the run.
        **options: of `lamina.tables.searching.search`: trials=20, time_limit=600 ...
    Returns:
        The best settings and their run.
    Raises:
        TableError: the folder cannot be read or learned from.
        ArgumentError: the study is of other pictures, or cannot be opened.
        TrainingFailed: no trial came to an end.
        MissingExtraError: Pillow or Optuna is not installed.
    Example:
        >>> tune("pets", ImageSettings(size=64), trials=20).run.metrics        # doctest: +SKIP
    """
    return search(_Folder(prepare(folder, settings), settings), **options)


def without_test_pictures(found: Pictures) -> Pictures:
    """The same folder, without its test pictures.

    Args:
        found: the whole folder.
    """
    kept = found.split.part != TEST
    return replace(
        found,
        files=[path for path, is_kept in zip(found.files, kept, strict=True) if is_kept],
        y=found.y[kept],
        split=Split(found.split.part[kept], None, found.split.notes),
        pixels=found.pixels[kept],
    )


class _Folder(Subject):
    """A folder of pictures as what is tuned.

    Args:
        found: all pictures.
        settings: what is named there is not tried.
    """

    def __init__(self, found: Pictures, settings: ImageSettings) -> None:
        super().__init__(found.folder.resolve().name or "pictures", settings)
        self._whole = found
        self._known = without_test_pictures(found)
        self._chosen = settings.model_fields_set

    def content(self) -> str:
        """The pictures and their split."""
        return f"{self._whole.digest} {self._whole.split.part.tobytes().hex()}"

    def starts(self) -> list[dict[str, Any]]:
        """The defaults."""
        usual, _ = resolved_for(self._known, self.settings)
        values: dict[str, Any] = {}
        if "layers" not in self._chosen:
            values = {"depth": len(usual.layers), "width": usual.layers[0]}
        for name in ("dropout", "learning_rate", "batch_size", "shift"):
            if name not in self._chosen:
                values[name] = getattr(usual, name)
        return [values] if values else []

    def suggested(self, trial: Any) -> dict[str, Any]:
        """Parameters that a trial of Optuna tries."""
        found: dict[str, Any] = {}
        if "layers" not in self._chosen:
            most = int(math.log2(min(self._known.pixels.shape[1:3])))
            found["depth"] = trial.suggest_int("depth", 1, max(2, min(MOST_BLOCKS, most)))
            found["width"] = trial.suggest_categorical("width", FILTERS)
        if "dropout" not in self._chosen:
            found["dropout"] = trial.suggest_float("dropout", *DROPOUT, step=0.05)
        if "learning_rate" not in self._chosen:
            found["learning_rate"] = trial.suggest_float("learning_rate", *LEARNING_RATE, log=True)
        if "batch_size" not in self._chosen:
            found["batch_size"] = trial.suggest_categorical("batch_size", BATCHES)
        if "shift" not in self._chosen:
            found["shift"] = trial.suggest_float("shift", *SHIFT, step=0.02)
        return found

    def changes(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Parameters of a trial as settings."""
        changes = {n: v for n, v in parameters.items() if n not in ("depth", "width")}
        if "depth" in parameters:
            changes["layers"] = filters_of(parameters["depth"], parameters["width"])
        return changes

    def fit(self, settings: ImageSettings, callbacks: Sequence[Any]) -> Any:
        """Train without test pictures."""
        settings, schema = resolved_for(self._known, settings)
        return fit(self._known, schema, settings, callbacks)

    def finish(
        self, settings: ImageSettings, out: str | Path, report: bool, callbacks: Sequence[Any]
    ) -> ImageRun:
        """The run that settings make."""
        begun = begin_run(self._whole, settings, out, report=report)
        return finish(self._whole, begun, callbacks)
