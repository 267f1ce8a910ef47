"""Fixtures that all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamina.base import config
from lamina.dtype_policies import policy
from lamina.runtime import executor

# Real Keras, on JAX, compiles something in half of the tests; how fast that runs does not matter.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def settings_restored() -> Iterator[None]:
    """Float type, dtype policy, executor and the like end as they were, so that order is free."""
    settings, chosen = dict(config._SETTINGS), list(executor._CHOSEN)
    default_policy = list(policy._DEFAULT)
    yield
    config._SETTINGS.update(settings)
    executor._CHOSEN[:] = chosen
    policy._DEFAULT[:] = default_policy


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
