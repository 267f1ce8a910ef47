"""A table of fruit, a folder to work in that holds it, and one model trained on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fruit_table import QUICK, fruit_csv


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder to work in, which is the current one; it holds fruit.csv."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fruit.csv").write_text(fruit_csv())
    return tmp_path


@pytest.fixture(scope="session")
def fruit_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on fruit.csv, which lies two folders above; not to be changed."""
    pytest.importorskip("typer")
    pytest.importorskip("polars")
    from lamina.cli import main

    parent = tmp_path_factory.mktemp("fruit")
    (parent / "fruit.csv").write_text(fruit_csv())
    words = ["train", str(parent / "fruit.csv"), "-t", "ripe", "-o", str(parent / "runs"), "-q"]
    assert main([*words, *QUICK]) == 0
    return parent / "runs" / "fruit-001"


@pytest.fixture
def with_run(here: Path, fruit_run: Path) -> Path:
    """`here`, with a copy of the run in runs/fruit-001."""
    shutil.copytree(fruit_run.parent, here / "runs")
    return here
