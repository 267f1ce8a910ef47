"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets: `LAMINA_DATA`, else ../shared/data beside the repository."""
    named = os.environ.get("LAMINA_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no data folder: {folder} does not exist and LAMINA_DATA names no other")
    return folder


@pytest.fixture
def use_data_folder(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`data_folder`, with `LAMINA_DATA` naming it for the length of the test."""
    monkeypatch.setenv("LAMINA_DATA", str(data_folder))
    return data_folder


@pytest.fixture
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY
