"""The guard against leaks: does one column tell the target by itself?

For every input column a rule of that column alone is learned from training rows and judged on
validation rows: the commonest answer of each level, or a small decision tree on a number. A score
of 0.99 is hardly ever honest: such columns mostly say what became known after the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.tables.encoding import encode
from lamina.tables.schema import Column, Target
from lamina.tables.splits import TEST, TRAIN, VALIDATION, Split

if TYPE_CHECKING:
    import polars as pl

SUSPICIOUS = 0.99
_LEAVES = 64
_ROWS = 20_000  # a rule that good shows in so many


@dataclass(frozen=True)
class Leak:
    """A column that tells the target by itself.

    Attributes:
        name: of the column.
        score: balanced accuracy, or R² of a regression, on validation rows.
        metric: "balanced_accuracy" or "r2".
    """

    name: str
    score: float
    metric: str

    def sentence(self, target: Target) -> str:
        """A warning for people."""
        what = "R²" if self.metric == "r2" else "balanced accuracy"
        return (
            f"Column {self.name!r} alone predicts {', '.join(target.names)!r} with {what} "
            f"{self.score:.3f} on validation rows: it may hold what is known only afterwards."
        )


def find_leaks(
    frame: pl.DataFrame, y: np.ndarray, target: Target, columns: Sequence[Column], split: Split
) -> list[Leak]:
    """The columns that reach `SUSPICIOUS` by themselves, the worst first.

    Args:
        frame: all rows.
        y: their target.
        target: what is predicted.
        columns: what was learned of the columns.
        split: training rows teach the rules, validation rows judge them.
    """
    if target.task == "multilabel":
        return []
    learns, judges = split.part == TRAIN, split.part == VALIDATION
    if not judges.any() and split.fold is not None:
        learns, judges = (split.part != TEST) & (split.fold != 0), split.fold == 0
    learns, judges = (_some(mask) for mask in (learns, judges))
    if not learns.any() or not judges.any() or len(np.unique(y[judges])) < 2:
        return []
    metric = "r2" if target.task == "regression" else "balanced_accuracy"
    found = []
    for column in columns:
        if column.kind not in ("number", "date", "category"):
            continue
        values = _values(frame, column, learns | judges)
        train, valid = values[learns[learns | judges]], values[judges[learns | judges]]
        score = _score(train, y[learns], valid, y[judges], target, column)
        if score >= SUSPICIOUS:
            found.append(Leak(column.name, score, metric))
    return sorted(found, key=lambda leak: -leak.score)


def _some(mask: np.ndarray) -> np.ndarray:
    places = np.flatnonzero(mask)
    step = -(-len(places) // _ROWS)
    thinned = np.zeros_like(mask)
    thinned[places[:: max(step, 1)]] = True
    return thinned


def _values(frame: pl.DataFrame, column: Column, mask: np.ndarray) -> np.ndarray:
    arrays = encode(frame.filter(mask), [column])
    (values,) = arrays.values()
    return values


def _score(
    train: np.ndarray, y: np.ndarray, valid: np.ndarray, y_valid: np.ndarray, target: Target,
    column: Column,
) -> float:  # fmt: skip
    from sklearn.metrics import balanced_accuracy_score, r2_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if column.kind == "category":  # each level apart, so that the tree is a lookup
        places = int(max(train.max(), valid.max())) + 1
        train, valid = (np.eye(places, dtype="float32")[v[:, 0]] for v in (train, valid))
    tree: Any
    if target.task == "regression":
        tree = DecisionTreeRegressor(max_leaf_nodes=_LEAVES, random_state=0).fit(train, y)
        return float(r2_score(y_valid, tree.predict(valid)))
    tree = DecisionTreeClassifier(
        max_leaf_nodes=_LEAVES, class_weight="balanced", random_state=0
    ).fit(train, y)
    return float(balanced_accuracy_score(y_valid, tree.predict(valid)))
