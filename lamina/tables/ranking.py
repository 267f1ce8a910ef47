"""How well scores put the positive rows before the others, in many resamples at once.

Two figures: the area under the ROC curve and average precision, both weighted by how often each
row was drawn. Rows are sorted once per set of scores; equal scores share one place, as in
scikit-learn. Of many rows, neighbours in the order may share a place too: with thousands of places
that moves a figure by far less than its interval is wide, and it saves most of the work. A figure
that does not exist is NaN.
"""

from __future__ import annotations

import numpy as np

PLACES = 2000


class Ranking:
    """Rows of one binary question, sorted by score.

    Args:
        positive: (rows,) bool.
        score: (rows,) float; higher means more likely positive.
        places: neighbours share a place so that about this many remain; None: only equals share.
    Example:
        >>> ranking = Ranking(np.array([False, True, True]), np.array([0.1, 0.4, 0.3]))
        >>> [float(x[0]) for x in ranking.figures(np.ones((3, 1)))]
        [1.0, 1.0]
    """

    def __init__(self, positive: np.ndarray, score: np.ndarray, places: int | None = None) -> None:
        order = np.argsort(-score, kind="stable")
        starts = np.flatnonzero(np.diff(score[order], prepend=np.inf))
        if places is not None and len(starts) > places:
            starts = starts[:: -(-len(starts) // places)]
        self._order, self._starts = order, starts
        # Positives come first within a place, so that they can be summed apart.
        place = np.searchsorted(starts, np.arange(len(score)), side="right")
        self._order = order[np.lexsort((~positive[order], place))]
        hits = np.add.reduceat(positive[order].astype(np.int64), starts)
        self._cuts = np.stack([starts, starts + hits], axis=1).reshape(-1)
        self._sizes = np.diff(np.append(self._cuts, len(score)))

    def figures(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Area under the ROC curve and average precision.

        Args:
            counts: (rows, repeats) how often each row was drawn.
        Returns:
            Two (repeats,) arrays; NaN where a resample has no positives, or, for the area, no
            negatives.
        """
        drawn = counts[self._order]
        filled = self._sizes > 0  # a cut of no rows would take the row after it
        parts = np.zeros((len(self._cuts), counts.shape[1]))
        parts[filled] = np.add.reduceat(drawn, self._cuts[filled], axis=0)
        positives, negatives = parts[::2], parts[1::2]
        found, passed = np.cumsum(positives, axis=0), np.cumsum(negatives, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # A positive loses to the negatives above it, and to half of those at its own place.
            lost = np.einsum("pr,pr->r", positives, passed - 0.5 * negatives)
            area = 1 - lost / (found[-1] * passed[-1])
            above = found + passed
            precision = np.divide(found, above, out=np.zeros_like(found), where=above > 0)
            average = np.einsum("pr,pr->r", positives, precision) / found[-1]
        return area, average
