"""Ways to end a training early, and what is compared between runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamina.callbacks import Callback
from lamina.tables import checkpoints


class Killed(BaseException):
    """Ends a run as if the process were gone: nothing in the library catches it."""


class Epochs(Callback):
    """Notes the number of every epoch that is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.trained: list[int] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.trained.append(epoch)


def keep_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state after every epoch, whatever the time."""
    monkeypatch.setattr(checkpoints, "EVERY", 0.0)
    monkeypatch.setattr(checkpoints, "_SHARE", float("inf"))


def end_after(
    monkeypatch: pytest.MonkeyPatch, epochs: int, error: type[BaseException] = Killed
) -> None:
    """End the next run after so many epochs of all its fits, when their states are kept."""
    left = [epochs]
    saving = checkpoints.TimedBackup.on_epoch_end

    def counted(self: Any, epoch: int, logs: Any = None) -> None:
        saving(self, epoch, logs)
        left[0] -= 1
        if left[0] == 0:
            raise error

    monkeypatch.setattr(checkpoints.TimedBackup, "on_epoch_end", counted)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def assert_same(run: Any, whole: Any) -> None:
    """The same weights, epochs and predictions, in memory and on the disk."""
    weights = [r.model.network.get_weights() for r in (run, whole)]
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert run.history == whole.history
    assert run.best_epoch == whole.best_epoch and run.network_reason == whole.network_reason
    assert run.scores == whole.scores and not run.interrupted
    if whole.folder is not None:
        assert files(run.folder) == files(whole.folder)
        for name in ("history.csv", "predictions.csv", "splits.csv", "config.toml"):
            assert (run.folder / name).read_bytes() == (whole.folder / name).read_bytes()
