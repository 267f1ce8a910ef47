"""Figures of probabilities before anything is decided: their order, and how far off they are.

The area under the ROC curve and average precision are means over the yes-or-no questions that can
be asked: those with both positive and other rows. Log loss and Brier score are means over rows.
"""

from __future__ import annotations

import numpy as np

from lamina.tables import figures
from lamina.tables.bootstrap import repeats_for, resamples
from lamina.tables.figures import Figure, figure
from lamina.tables.ranking import PLACES, Ranking
from lamina.tables.rates import mean_defined
from lamina.tables.schema import Target

TINY = float(np.finfo(np.float64).eps)
"""How near to 0 a probability is taken for a logarithm; scikit-learn's choice."""

NAMES = ("auc", "average_precision", "log_loss", "brier")


def probability_figures(
    questions: dict[int, tuple[np.ndarray, np.ndarray]],
    losses: np.ndarray,
    target: Target,
    seed: int,
    repeats: int,
) -> tuple[dict[str, Figure], int]:
    """Figures of the order and of the losses.

    Args:
        questions: class number -> (rows,) bool truth and (rows,) score.
        losses: (rows, 2) log loss and Brier score of each row.
        target: names the classes.
        seed: of the resampling.
        repeats: resamples that are wanted.
    Returns:
        "auc", "average_precision", "log_loss", "brier" -> Figure, and how many resamples it took.
        Classes that could not be asked about are in the "note" of the first two.
    """
    rows = len(losses)
    done = repeats_for(rows, repeats, len(questions))
    if not rows:
        return {name: figure(np.nan) for name in NAMES}, done
    asked = {k: q for k, q in questions.items() if 0 < q[0].sum() < rows}
    exact = [Ranking(*q) for q in asked.values()]
    quick = [Ranking(*q, places=PLACES) for q in asked.values()]

    def means(rankings: list[Ranking], counts: np.ndarray) -> np.ndarray:
        each = np.array([r.figures(counts) for r in rankings])  # (questions, 2, repeats)
        both = mean_defined(each, axis=0) if asked else np.full((2, counts.shape[1]), np.nan)
        return np.concatenate([both, losses.T @ counts / rows])

    whole = means(exact, np.ones((rows, 1)))[:, 0]
    blocks = [means(quick, counts) for counts in resamples(rows, done, seed)]
    no_negatives = all(truth.all() for truth, _ in questions.values())
    why = figures.NO_NEGATIVES if no_negatives else figures.NO_POSITIVES
    drawn = np.concatenate(blocks, axis=1)
    found = {n: figure(w, d, why) for n, w, d in zip(NAMES, whole, drawn, strict=True)}
    left_out = [target.classes[k] for k in questions if k not in asked]
    if asked and left_out:
        for name in NAMES[:2]:
            found[name]["note"] = "without " + ", ".join(left_out)
    return found, done
