"""The figure of each fold, from those members of the network that did not learn from it.

One figure per fold shows how far luck with the rows can carry it. It leans a little to the good
side: the epoch that is kept, the temperature and the threshold were chosen on these rows.
"""

from __future__ import annotations

import numpy as np

from lamina.tables.schema import Schema
from lamina.tables.scoring import HEADLINE, scores
from lamina.tables.splits import TEST, Split


def fold_scores(y: np.ndarray, held_out: np.ndarray, split: Split, schema: Schema) -> list[float]:
    """The figure that a run is judged by, fold by fold.

    Args:
        y: of `encode_target`, all rows.
        held_out: (rows outside the test part, outputs) scores, or standardised values, before the
            temperature; NaN where all members learned from the row.
        split: which rows are in which fold.
        schema: of the finished model.
    Returns:
        A figure for every fold whose rows were held out and have one; [] without folds.
    Example:
        >>> from lamina.tables.schema import Target
        >>> schema = Schema((), Target(("y",), "binary", "", ("no", "yes")))
        >>> split = Split(np.zeros(4, "int8"), np.array([0, 0, 1, 1], "int8"))
        >>> outputs = np.array([[-1.0], [1.0], [1.0], [2.0]])
        >>> fold_scores(np.array([0, 1, 0, 1]), outputs, split, schema)
        [1.0, 0.5]
    """
    if split.fold is None or not len(held_out):
        return []
    rows = split.part != TEST
    y, fold = y[rows], split.fold[rows]
    held = np.isfinite(held_out).all(axis=1)
    name, target = HEADLINE[schema.target.task], schema.target
    found = []
    for number in range(int(fold.max()) + 1):
        chosen = held & (fold == number)
        if chosen.any():
            outputs = _predicted(held_out[chosen], schema)
            told = scores(y[chosen], outputs, target, schema.threshold, repeats=1)
            found.append(told["figures"][name]["value"])
    return [value for value in found if value is not None]


def _predicted(outputs: np.ndarray, schema: Schema) -> np.ndarray:
    """Values or probabilities, as `scores` takes them."""
    target = schema.target
    if target.task == "regression":
        return target.in_units(outputs[:, 0])
    z = outputs / schema.temperature
    if target.task == "multiclass":
        shares = np.exp(z - z.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)
    chances = 1 / (1 + np.exp(-z))
    return chances[:, 0] if target.task == "binary" else chances
