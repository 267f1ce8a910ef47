"""A run on a small table that many tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars")
pytest.importorskip("sklearn")
pytest.importorskip("pydantic")


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run on `small_table`, saved with its report; the table is in the folder above."""
    from small_tables import QUICK, small_table

    from lamina.tables import train

    parent: Path = tmp_path_factory.mktemp("runs")
    path = parent / "fruit.csv"
    small_table().write_csv(path)
    return train(str(path), "ripe", out=parent, **QUICK)
