"""Small tables, and a run on one of them that many tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("sklearn")
pytest.importorskip("pydantic")

QUICK = {"layers": (8,), "members": 2, "epochs": 6, "folds": 0}


def small_table(rows: int = 160, seed: int = 0) -> Any:
    """A table with a column of every kind, whose target follows two of them."""
    rng = np.random.default_rng(seed)
    size = rng.normal(3.0, 1.0, rows)
    colour = rng.choice(["red", "green", "blue"], rows)
    days = rng.integers(0, 900, rows)
    return pl.DataFrame(
        {
            "size": [None if i % 17 == 3 else f"{v:.3f}" for i, v in enumerate(size)],
            "colour": colour,
            "seen": [str(np.datetime64("2021-03-01") + int(d)) for d in days],
            "ripe": np.where(size + (colour == "red") > 3.2, "yes", "no"),
        }
    )


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run on `small_table`, saved with its report; the table is in the folder above."""
    from lamina.tables import train

    parent: Path = tmp_path_factory.mktemp("runs")
    path = parent / "fruit.csv"
    small_table().write_csv(path)
    return train(str(path), "ripe", out=parent, **QUICK)
