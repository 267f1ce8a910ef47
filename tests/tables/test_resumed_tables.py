"""A run that was interrupted or killed goes on, in its folder, to the bits of one that was not."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from interrupting import Epochs, Killed, assert_same, end_after, files, keep_every_epoch
from small_tables import QUICK, small_table

from lamina.base.errors import ArgumentError, FileFormatError
from lamina.callbacks import Callback
from lamina.tables import TableError, TrainingFailed, checkpoints, resume, stored, streaming, train
from lamina.tables import pieces as pieces_of
from lamina.tables.holding import hold
from lamina.tables.times import TimeLimit

FIRST = 7  # epochs of the first of two networks, the better one; the fifth is the best
TWICE: dict[str, Any] = {"members": 2, "epochs": 12, "patience": 2, "learning_rate": 0.05}
STATE = Path("checkpoints", "1-network", "latest.training_state")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 160 rows; not to be changed."""
    path = tmp_path_factory.mktemp("table") / "fruit.csv"
    small_table().write_csv(path)
    return path


@pytest.fixture(scope="module")
def whole(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run on it that nothing interrupted, and that kept no state."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(checkpoints, "EVERY", float("inf"))
        run = train(str(path), "ripe", out=tmp_path_factory.mktemp("runs"), report=False, **TWICE)
    assert (len(run.history), run.best_epoch) == (FIRST, 5)
    assert run.network_reason.startswith("hidden layers")
    return run


@pytest.fixture
def killed(path: Path, tmp_path: Path) -> Path:
    """The folder of a run on a copy of the table, killed after three epochs."""
    (tmp_path / "fruit.csv").write_bytes(path.read_bytes())
    with pytest.MonkeyPatch.context() as monkeypatch:
        keep_every_epoch(monkeypatch)
        end_after(monkeypatch, 3)
        with pytest.raises(Killed):
            train(str(tmp_path / "fruit.csv"), "ripe", out=tmp_path, report=False, **QUICK)
    return tmp_path / "fruit-001"


def cut(monkeypatch: pytest.MonkeyPatch, epochs: int, error: type[BaseException]) -> Any:
    """In a context of its own, so that what follows trains undisturbed."""
    keep_every_epoch(monkeypatch)
    end_after(monkeypatch, epochs, error)


@pytest.mark.parametrize("epochs", [1, FIRST - 1, FIRST, FIRST + 2])
def test_a_killed_run_goes_on(
    epochs: int, path: Path, whole: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        cut(first, epochs, Killed)
        with pytest.raises(Killed):
            train(str(path), "ripe", out=tmp_path, report=False, **TWICE)
    folder = tmp_path / "fruit-001"
    assert files(folder) == {"config.toml", "checkpoints"} and files(tmp_path) == {"fruit-001"}
    seen = Epochs()
    run = resume(folder, callbacks=[seen])
    assert seen.trained == list(range(epochs, FIRST))  # of the first network
    assert run.folder == folder and "checkpoints" not in files(folder)
    assert_same(run, whole)


@pytest.mark.parametrize("epochs", [3, FIRST + 2])
def test_an_interrupted_run_is_finished_and_goes_on(
    epochs: int, path: Path, whole: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        cut(first, epochs, KeyboardInterrupt)
        run = train(str(path), "ripe", out=tmp_path, report=False, **TWICE)
    assert run.interrupted and files(run.folder) == {*files(whole.folder), "checkpoints"}
    assert run.resume_command == f"lamina train --resume {run.folder}"
    assert_same(resume(run.folder), whole)


def test_a_run_may_be_killed_many_times(
    path: Path, whole: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        cut(first, 2, Killed)
        with pytest.raises(Killed):
            train(str(path), "ripe", out=tmp_path, report=False, **TWICE)
    for error in (Killed, KeyboardInterrupt):
        with monkeypatch.context() as later:
            cut(later, 2, error)
            if error is Killed:
                with pytest.raises(Killed):
                    resume(tmp_path / "fruit-001")
            else:
                assert resume(tmp_path / "fruit-001").interrupted
    assert_same(resume(tmp_path / "fruit-001"), whole)


def test_states_are_kept_by_time(path: Path, whole: Any, tmp_path: Path, monkeypatch) -> None:
    saved = []
    monkeypatch.setattr(checkpoints.TimedBackup, "_save_model", lambda self: saved.append(self))
    assert_same(train(str(path), "ripe", out=tmp_path, report=False, **TWICE), whole)
    assert len(saved) <= 4  # one a second at most; many epochs would pass meanwhile


class Poison(Callback):
    """Makes the loss NaN in the third epoch, unless the rate is small."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 2 and float(self.model.optimizer.learning_rate) > 1e-3:
            self.model.set_weights([w * np.nan for w in self.model.get_weights()])


@pytest.mark.parametrize("epochs", [1, 5])  # in the first attempt, which has 3, or in the second
def test_a_second_attempt_goes_on(
    epochs: int, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices = {**QUICK, "learning_rate": 5e-3, "report": False}
    expected = train(str(path), "ripe", out=None, callbacks=[Poison()], **choices)
    assert len(expected.history) == QUICK["epochs"]
    with monkeypatch.context() as first:
        cut(first, epochs, Killed)
        with pytest.raises(Killed):
            train(str(path), "ripe", out=tmp_path, callbacks=[Poison()], **choices)
    kept = {"run.json", "1-network"} | ({"1-network-slower"} if epochs > 3 else set())
    assert files(tmp_path / "fruit-001" / "checkpoints") == kept
    assert_same(resume(tmp_path / "fruit-001", callbacks=[Poison()]), expected)


def test_a_stream_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))
    for place, name, size in (
        (pieces_of, "PIECE_BYTES", 20_000),
        (streaming, "SAMPLE_ROWS", 600),
        (stored, "EPOCH_ROWS", 500),
        (stored, "_BLOCK", 64),
    ):
        monkeypatch.setattr(place, name, size)
    source = tmp_path / "many.csv"
    small_table(2000).write_csv(source)
    choices = {**QUICK, "stream": True, "report": False}
    expected = train(str(source), "ripe", out=tmp_path / "whole", **choices)
    with monkeypatch.context() as first:
        cut(first, 3, Killed)
        with pytest.raises(Killed):
            train(str(source), "ripe", out=tmp_path, **choices)
    assert_same(resume(tmp_path / "many-001"), expected)


def changed_rows(path: Path, how: str) -> str:
    """Change a table; what is to be told of it."""
    frame = pl.read_csv(path, infer_schema=False)
    if how == "rows":
        frame, told = pl.concat([frame, frame[:3]]), "160 rows then, 163 now"
    elif how == "columns":
        frame, told = frame.rename({"colour": "hue"}), "'colour' gone; 'hue' new"
    else:
        frame[5, "size"], told = "2.125", "as many rows as before, but their content differs"
    frame.write_csv(path)
    return told


@pytest.mark.parametrize("how", ["rows", "columns", "cells"])
def test_changed_rows_are_refused(how: str, killed: Path) -> None:
    source = killed.parent / "fruit.csv"
    before = source.read_bytes()
    told = changed_rows(source, how)
    with pytest.raises(TableError, match=told):
        resume(killed)
    source.write_bytes(before)
    assert resume(killed).metrics


def test_rows_from_memory(killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = small_table()
    with monkeypatch.context() as first:
        cut(first, 3, Killed)
        with pytest.raises(Killed):
            train(frame, "ripe", out=tmp_path, report=False, **QUICK)
    with pytest.raises(TableError, match="came from memory"):
        resume(tmp_path / "table-001")
    with pytest.raises(TableError, match="content differs"):
        resume(tmp_path / "table-001", small_table(seed=1))
    run = resume(tmp_path / "table-001", frame)
    assert run.history == resume(killed).history


def test_what_cannot_be_resumed(killed: Path, small_run: Any, tmp_path: Path) -> None:
    for folder, told in (
        (small_run.folder, "is finished"),
        (tmp_path, "has no config.toml"),
        (tmp_path / "nowhere", "has no config.toml"),
    ):
        with pytest.raises(ArgumentError, match=told):
            resume(folder)
    config = killed / "config.toml"
    text = config.read_text()
    config.write_text(text.replace("epochs = 6", "epochs = 7"))
    with pytest.raises(ArgumentError, match=r"config\.toml' was changed"):
        resume(killed)
    config.write_text(text)
    known = killed / "checkpoints" / "run.json"
    with hold(known), pytest.raises(ArgumentError, match="by another process"):
        resume(killed)
    assert len(resume(killed).history) == QUICK["epochs"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"kind": "table"}'])
def test_a_damaged_note(content: str, killed: Path) -> None:
    (killed / "checkpoints" / "run.json").write_text(content)
    with pytest.raises(FileFormatError, match=r"run\.json"):
        resume(killed)


def test_damaged_states(killed: Path) -> None:
    state, previous = killed / STATE, killed / f"{STATE}.previous"
    expected = previous.read_bytes()
    state.write_bytes(state.read_bytes()[:-100])
    previous.write_bytes(b"")
    with pytest.raises(FileFormatError, match="not a usable training state"):
        resume(killed)
    assert state.exists()
    previous.write_bytes(expected)
    with pytest.warns(UserWarning, match="The state before it is used"):
        run = resume(killed)
    assert len(run.history) == QUICK["epochs"]


def test_a_full_disk_ends_nothing(path: Path, tmp_path: Path, monkeypatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    keep_every_epoch(monkeypatch)
    monkeypatch.setattr(checkpoints.TimedBackup, "_save_model", full)
    with pytest.warns(UserWarning, match="No space left on device; training goes on"):
        run = train(str(path), "ripe", out=tmp_path, report=False, **QUICK)
    assert len(run.history) == QUICK["epochs"]


def test_a_run_of_which_nothing_came_leaves_no_folder(path: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed):
        train(str(path), "ripe", out=tmp_path, **QUICK, learning_rate=1e38)
    assert files(tmp_path) == set()


def test_time_that_was_spent_counts(path: Path, tmp_path: Path, monkeypatch) -> None:
    choices = {**QUICK, "time_limit": 3600, "report": False}
    with monkeypatch.context() as first:
        first.setattr(TimeLimit, "_passed", lambda self: 3599.99)
        cut(first, 3, Killed)
        with pytest.raises(Killed):
            train(str(path), "ripe", out=tmp_path, **choices)
    run = resume(tmp_path / "fruit-001")
    assert len(run.history) == 4 < QUICK["epochs"] and 3599 < run.seconds < 3640
