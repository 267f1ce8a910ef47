"""Tuning on pictures: what is tried, that test pictures stay unseen, and that a run comes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamina.base.errors import ArgumentError
from lamina.cli import main
from lamina.images import tuning
from lamina.images.preparing import prepare
from lamina.images.settings import ImageSettings
from lamina.images.tuning import tune, without_test_pictures
from lamina.tables.splits import TEST

pytest.importorskip("optuna")

SHORT = ImageSettings(layers=(4,), batch_size=32, epochs=2, size=8)  # few programs are compiled


def test_test_pictures_are_taken_away(bars: Path) -> None:
    found = prepare(bars, SHORT)
    known = without_test_pictures(found)
    kept = found.split.part != TEST
    assert len(known.files) == len(known.y) == len(known.pixels) == kept.sum() < len(found.y)
    assert not (known.split.part == TEST).any()
    np.testing.assert_array_equal(known.pixels, found.pixels[kept])


def test_poisoned_test_pictures_change_nothing(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poisoned(*arguments: Any) -> Any:
        found = prepare(*arguments)
        test = found.split.part == TEST
        pixels = np.where(test[:, None, None, None], 255, found.pixels).astype("uint8")
        return replace(found, pixels=pixels, y=np.where(test, 1 - found.y, found.y))

    def trials(folder: str) -> list[Any]:
        tuned = tune(bars, SHORT, trials=2, out=tmp_path / folder, train_best=False)
        return [tuned.best, tuned.trials]

    clean = trials("clean")
    monkeypatch.setattr(tuning, "prepare", poisoned)
    assert trials("poisoned") == clean


def test_it_begins_with_the_defaults_and_leaves_a_run(bars: Path, tmp_path: Path) -> None:
    first = tune(bars, SHORT, trials=1, out=tmp_path, train_best=False)
    tuned = tune(bars, SHORT, trials=3, out=tmp_path, resume=True, report=False)
    assert tuned.trials[:1] == first.trials and len(tuned.trials) == 3
    usual = ImageSettings()
    assert {n: tuned.trials[0][n] for n in ("dropout", "learning_rate", "shift")} == {
        "dropout": usual.dropout,
        "learning_rate": usual.learning_rate,
        "shift": usual.shift,
    }
    assert "depth" not in tuned.trials[0] and "batch_size" not in tuned.trials[0]
    assert tuned.run.settings.dropout == tuned.best.dropout
    assert (tuned.run.folder / "model.keras").exists() and tuned.run.metrics
    with pytest.raises(ArgumentError, match="other settings"):
        other = SHORT.model_copy(update={"epochs": 3})
        tune(bars, other, trials=3, out=tmp_path, resume=True)


class Lowest:
    """A trial that takes the first or lowest of everything."""

    def suggest_int(self, name: str, low: int, high: int) -> int:
        assert low < high
        return low

    def suggest_float(self, name: str, low: float, high: float, **_: Any) -> float:
        return low

    def suggest_categorical(self, name: str, choices: tuple[Any, ...]) -> Any:
        return choices[0]


def test_depth_and_width_become_blocks(bars: Path) -> None:
    settings = ImageSettings(size=8, dropout=0.1)
    folder = tuning._Folder(prepare(bars, settings), settings)
    assert folder.starts() == [
        {"depth": 2, "width": 16, "learning_rate": 2e-3, "batch_size": 32, "shift": 0.04}
    ]
    changed = folder.changed(folder.suggested(Lowest()))
    assert changed.layers == (8,) and changed.dropout == 0.1 and changed.batch_size == 16
    assert folder.changed({"depth": 3, "width": 64}).layers == (64, 128, 128)


def test_the_command(bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["tune", str(bars), "--trials", "2", "--epochs", "2", "--out", str(tmp_path / "runs")]
    words += ["--set", "layers=[4]", "--set", "size=8", "--set", "batch_size=32", "--no-report"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["study"] == "bars" and len(found["trials"]) == 2
    assert Path(found["run"], "config.toml").exists()
    assert main([*words, "--target", "x"]) == 2
    assert "leave out --target" in capsys.readouterr().err
    assert main([*words, "--set", "members=3"]) == 2
    assert "unknown setting 'members'" in capsys.readouterr().err
