"""Hostile files are refused: by name, quickly, in little memory, without side effects."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import MAKERS
from samples import Parts, small_model

import lamina

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """All hostile files, loaded in one process of their own."""
    folder = tmp_path_factory.mktemp("hostile")
    good = folder / "good.keras"
    lamina.saving.save_model(small_model(), good)
    files = {}
    for name, make in MAKERS.items():
        (folder / name).mkdir()
        files[str(make(Parts(good), folder / name))] = name
    command = [sys.executable, str(HERE / "run_hostile.py"), str(good), *files]
    run = subprocess.run(command, capture_output=True, text=True, timeout=550, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    records = [json.loads(line) for line in run.stdout.splitlines()]
    return {files[record["file"]]: record for record in records}


@pytest.mark.parametrize("name", MAKERS)
def test_refused(name: str, outcomes: dict[str, dict]) -> None:
    record = outcomes[name]
    assert "FileFormatError" in record["kinds"], record
    assert "ValueError" in record["kinds"]
    assert "file.keras" in record["message"]
    assert "File not found" not in record["message"]
    assert record["seconds"] < 5
    assert record["grown"] < 2 * record["bytes"] + 100_000_000
    assert record["state_kept"]
    elsewhere = [e for e in record["events"] if not _is_allowed(e, record["file"])]
    assert elsewhere == []


def _is_allowed(event: str, file: str) -> bool:
    """Reading the file itself, and Python's own look at its sources for a traceback."""
    return event == f"open {file}" or (event.startswith("open ") and event.endswith(".py"))
