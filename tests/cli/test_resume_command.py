"""`lamina train --resume`: from Ctrl-C or a kill to the finished run, and what is refused."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fruit_table import QUICK
from interrupting import Killed, end_after, files, keep_every_epoch

from lamina.cli import main
from lamina.cli.progress import EpochProgress

pytest.importorskip("typer")
pytest.importorskip("polars")

Capture = pytest.CaptureFixture[str]
TRAIN = ["train", "fruit.csv", "-t", "ripe", *QUICK, "--no-report"]
RESUME = ["train", "--resume", "runs/fruit-001"]
RESULTS = ("history.csv", "predictions.csv", "splits.csv", "config.toml")


def results(folder: Path) -> list[bytes]:
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["seconds"] = 0
    return [json.dumps(metrics).encode(), *((folder / name).read_bytes() for name in RESULTS)]


@pytest.fixture
def whole(here: Path) -> list[bytes]:
    """The results of a run that nothing ended."""
    assert main([*TRAIN, "-q", "-o", "whole"]) == 0
    return results(here / "whole" / "fruit-001")


@pytest.fixture
def killed(here: Path) -> Path:
    """The folder of a run that was killed after two epochs."""
    with pytest.MonkeyPatch.context() as cut:
        keep_every_epoch(cut)
        end_after(cut, 2)
        with pytest.raises(Killed):
            main([*TRAIN, "-q"])
    return here / "runs" / "fruit-001"


def test_from_ctrl_c_to_the_same_result(
    whole: list[bytes], here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    with monkeypatch.context() as cut:
        keep_every_epoch(cut)
        end_after(cut, 2, KeyboardInterrupt)
        assert main(TRAIN) == 130
    captured = capsys.readouterr()
    command = "lamina train --resume runs/fruit-001"
    assert f"in runs/fruit-001; after an interruption go on with: {command}" in captured.err
    assert captured.out.endswith(f"interrupted; to go on: {command}\n")
    assert main(RESUME) == 0
    captured = capsys.readouterr()
    assert "going on after epoch 2 of 1-network" in captured.err
    assert "epoch 3/4" in captured.err and "epoch 2/4" not in captured.err
    assert "trained 4 epochs" in captured.out and "interrupted" not in captured.out
    assert results(here / "runs" / "fruit-001") == whole


def test_from_another_folder_and_as_json(
    whole: list[bytes], here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    with monkeypatch.context() as cut:
        keep_every_epoch(cut)
        end_after(cut, 2, KeyboardInterrupt)
        assert main([*TRAIN, "--json"]) == 130
    found = json.loads(capsys.readouterr().out)
    assert found["interrupted"] and found["resume"] == "lamina train --resume runs/fruit-001"
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert main(["train", "--resume", "../runs/fruit-001", "--json", "--no-report"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == "../runs/fruit-001" and "resume" not in found
    new = results(here / "runs" / "fruit-001")
    assert new[1:] == whole[1:]  # metrics.json names the file as seen from there
    assert found["data"] == str(here / "fruit.csv")


@pytest.mark.parametrize("place", ["first epoch", "report"])
def test_ctrl_c_that_leaves_nothing_to_finish(
    place: str, whole: list[bytes], here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        if place == "report":
            cut.setattr("lamina.tables.run.Run.measure", interrupt)
        else:
            cut.setattr(EpochProgress, "on_epoch_begin", interrupt)
        assert main([*TRAIN, "--json"]) == 130
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == 130 and "kept in runs/fruit-001" in error["message"]
    assert error["hint"] == "lamina train --resume runs/fruit-001"
    assert files(here / "runs" / "fruit-001") == {"config.toml", "checkpoints"}
    assert main([*RESUME]) == 0
    captured = capsys.readouterr()
    assert "no epoch was kept yet" in captured.err
    assert results(here / "runs" / "fruit-001") == whole


@pytest.mark.parametrize(
    "more,told",
    [
        (["--lr", "0.1"], "with --lr"),
        (["fruit.csv", "-t", "ripe", "-o", "runs"], "with DATA, --target and --out"),
        (["--dry-run", "--seed", "0"], "with --seed and --dry-run"),
        (["--no-report", "-q", "-c", "x.toml"], "with --config"),
    ],
)
def test_other_choices_are_refused(
    more: list[str], told: str, killed: Path, capsys: Capture
) -> None:
    before = files(killed)
    assert main([*RESUME, *more, "--json"]) == 2
    assert told in json.loads(capsys.readouterr().out)["error"]["message"]
    assert files(killed) == before


def test_what_cannot_be_resumed(killed: Path, here: Path, capsys: Capture) -> None:
    def told(code: int, folder: str = "runs/fruit-001") -> str:
        assert main(["train", "--resume", folder, "--json"]) == code
        error = json.loads(capsys.readouterr().out)["error"]
        assert error["code"] == code and error["hint"]
        return error["message"]

    assert "no run that could be resumed" in told(2, "runs")
    assert "no run that could be resumed" in told(2, "fruit.csv")
    source = here / "fruit.csv"
    rows = source.read_text()
    source.write_text(rows + rows.splitlines()[1] + "\n")
    assert "120 rows then, 121 now" in told(3)
    source.unlink()
    assert "fruit.csv" in told(3)
    source.write_text(rows)
    network = killed / "checkpoints" / "1-network"
    states = {path: path.read_bytes() for path in network.iterdir()}
    for path, content in states.items():
        path.write_bytes(content[:-9])
    assert "not a usable training state" in told(4)
    for path, content in states.items():
        path.write_bytes(content)
    note = killed / "checkpoints" / "run.json"
    text = note.read_text()
    note.write_text("{")
    assert "run.json" in told(4)
    note.write_text(text)
    assert main([*RESUME, "-q"]) == 0
    assert "is finished" in told(2)


@pytest.mark.slow
def test_kill_anywhere(here: Path) -> None:
    """Killed eight times at random, the run ends as one that was not."""
    words = [*TRAIN, "--epochs", "6000", "--set", "patience=6000", "-q"]
    started = time.monotonic()
    assert main([*words, "-o", "whole"]) == 0
    seconds = time.monotonic() - started
    draw = random.Random(0)
    for sitting in range(9):
        asked = RESUME if sitting else words
        begun = subprocess.Popen([sys.executable, "-m", "lamina.cli", *asked, "-q"])
        kept = here / "runs" / "fruit-001" / "checkpoints"
        while sitting == 0 and not kept.exists() and begun.poll() is None:
            time.sleep(0.05)
        try:
            left = draw.uniform(0.1, 0.3) * seconds if sitting < 8 else 10 * seconds + 60
            assert begun.wait(left) == 0
        except subprocess.TimeoutExpired:
            begun.kill()
            assert begun.wait() == -signal.SIGKILL and kept.exists() and sitting < 8
        else:
            break
    assert sitting > 2
    assert results(here / "runs" / "fruit-001") == results(here / "whole" / "fruit-001")
