"""A small table with a column of every kind, and settings that make training on it quick."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

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
