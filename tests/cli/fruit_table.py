"""The table that tests of the command use, and the options that make training on it quick."""

from __future__ import annotations

import numpy as np

QUICK = ["--layers", "8", "--set", "members=2", "--epochs", "4", "--cv", "0"]


def fruit_csv(rows: int = 120, **columns: list[str]) -> str:
    """A table as text: size, colour and, following both with some noise, ripe; and more columns."""
    rng = np.random.default_rng(0)
    size, colour = rng.normal(3.0, 1.0, rows), rng.choice(["red", "green", "blue"], rows)
    ripe = size + (colour == "red") + rng.normal(0.0, 0.7, rows) > 3.2
    table = {
        "size": [f"{v:.3f}" for v in size],
        "colour": list(colour),
        **columns,
        "ripe": columns.get("ripe", ["yes" if r else "no" for r in ripe]),
    }
    lines = [",".join(table), *(",".join(row) for row in zip(*table.values(), strict=True))]
    return "\n".join(lines) + "\n"
