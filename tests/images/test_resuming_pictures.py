"""A run on pictures that was killed or interrupted goes on to the same bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from image_folders import QUICK, make_folder
from interrupting import Epochs, Killed, assert_same, end_after, files, keep_every_epoch

from lamina.base.errors import ArgumentError
from lamina.images import resume, train
from lamina.tables import TableError
from lamina.tables import resume as resume_table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty pictures."""
    return make_folder(tmp_path / "bars", 20)


@pytest.mark.parametrize("shift", [0.0, 0.2])  # arrays in memory, and pictures changed in each pass
def test_the_same_bits(
    shift: float, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices: dict[str, Any] = {**QUICK, "epochs": 5, "shift": shift, "report": False}
    whole = train(folder, out=tmp_path / "whole", **choices)
    for epochs, error in ((2, Killed), (1, KeyboardInterrupt)):
        with monkeypatch.context() as cut:
            keep_every_epoch(cut)
            end_after(cut, epochs, error)
            if error is Killed:
                with pytest.raises(Killed):
                    train(folder, out=tmp_path, **choices)
                assert files(tmp_path / "bars-001") == {"config.toml", "checkpoints"}
            else:
                run = resume(tmp_path / "bars-001")
                assert run.interrupted and len(run.history) == 3
    seen = Epochs()
    run = resume(tmp_path / "bars-001", more=[seen])
    assert seen.trained == [3, 4]
    assert_same(run, whole)


def test_changed_pictures_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        keep_every_epoch(cut)
        end_after(cut, 1)
        with pytest.raises(Killed):
            train(folder, out=tmp_path, report=False, **QUICK)
    run = tmp_path / "bars-001"
    with pytest.raises(ArgumentError, match=r"a run on pictures(.|\n)*lamina\.images\.resume"):
        resume_table(run)
    one = folder / "lying" / "00.png"
    before = one.read_bytes()
    one.write_bytes((folder / "lying" / "01.png").read_bytes())
    with pytest.raises(TableError, match="as many pictures as before, but their content differs"):
        resume(run)
    one.rename(tmp_path / "away.png")
    with pytest.raises(TableError, match="40 pictures then, 39 now"):
        resume(run)
    one.write_bytes(before)
    assert len(resume(run).history) == QUICK["epochs"]
