"""The guard against leaks: does one column tell the target by itself?

For every input column a rule of that column alone is learned from training rows and judged on
validation rows: the commonest answer of each level, or a small decision tree on a number. With
folds each of them is judged once by what the others teach, as a few validation rows are easily all
right by chance. A score of 0.99 is hardly ever honest: such columns mostly say what became known
after the target.
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
    learns, judges = (_some(split.part == part) for part in (TRAIN, VALIDATION))
    cuts = [(learns, judges)]
    if split.fold is not None:
        known, numbers = split.part != TEST, np.unique(split.fold[split.fold >= 0])
        cuts = [(known & (split.fold != k), split.fold == k) for k in numbers]
    judged = np.concatenate([y[judges] for _, judges in cuts])
    if not all(mask.any() for cut in cuts for mask in cut) or len(np.unique(judged)) < 2:
        return []
    metric = "r2" if target.task == "regression" else "balanced_accuracy"
    used = np.any([mask for cut in cuts for mask in cut], axis=0)
    frame, y = frame.filter(used), y[used]
    cuts = [(learns[used], judges[used]) for learns, judges in cuts]
    found = []
    for column in columns:
        if column.kind not in ("number", "date", "category"):
            continue
        (values,) = encode(frame, [column]).values()
        answers = [_answers(values, y, column, target, *cut) for cut in cuts]
        score = _score(judged, np.concatenate(answers), target)
        if score >= SUSPICIOUS:
            found.append(Leak(column.name, score, metric))
    return sorted(found, key=lambda leak: -leak.score)


def _some(mask: np.ndarray) -> np.ndarray:
    places = np.flatnonzero(mask)
    step = -(-len(places) // _ROWS)
    thinned = np.zeros_like(mask)
    thinned[places[:: max(step, 1)]] = True
    return thinned


def _answers(
    values: np.ndarray,
    y: np.ndarray,
    column: Column,
    target: Target,
    learns: np.ndarray,
    judges: np.ndarray,
) -> np.ndarray:
    """What a rule of one column, learned from some rows, says of others."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    train, valid = values[learns], values[judges]
    if column.kind == "category":  # each level apart, so that the tree is a lookup
        places = int(max(train.max(), valid.max())) + 1
        train, valid = (np.eye(places, dtype="float32")[v[:, 0]] for v in (train, valid))
    tree: Any
    if target.task == "regression":
        tree = DecisionTreeRegressor(max_leaf_nodes=_LEAVES, random_state=0)
    else:
        tree = DecisionTreeClassifier(
            max_leaf_nodes=_LEAVES, class_weight="balanced", random_state=0
        )
    return np.asarray(tree.fit(train, y[learns]).predict(valid))


def _score(y: np.ndarray, answers: np.ndarray, target: Target) -> float:
    from sklearn.metrics import balanced_accuracy_score, r2_score

    score = r2_score if target.task == "regression" else balanced_accuracy_score
    return float(score(y, answers))
