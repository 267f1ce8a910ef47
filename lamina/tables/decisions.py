"""How scores become probabilities, and probabilities decisions: both are chosen on validation rows.

A temperature divides the network's scores so that stated probabilities are as frequent as they
say; a threshold says from which probability on the positive class is predicted. Neither looks at
test rows, and neither can change which of two rows is the likelier one.
"""

from __future__ import annotations

import numpy as np

from lamina.tables.bootstrap import repeats_for, resampled_means
from lamina.tables.rates import rates_of

FEWEST_ROWS = 50
"""Below this many validation rows a chosen threshold would fit their noise."""

SURE, REPEATS = 0.84, 500

COLDEST, HOTTEST = 0.1, 10.0


def choose_temperature(y: np.ndarray, logits: np.ndarray) -> float:
    """The temperature that makes validation rows likeliest.

    Answers are softened as Platt proposed: with n rows of a class, the network is asked for a
    probability of (n + 1) / (n + 2), not 1; the other classes share the rest. Rows that are all
    answered rightly would ask for a temperature of zero otherwise.

    Args:
        y: (rows,) class numbers, or (rows, labels) of 0 and 1.
        logits: (rows,) scores before the sigmoid; (rows, classes) before the softmax; or
            (rows, labels) before sigmoids if `y` has as many columns.
    Returns:
        What scores are divided by, between 0.1 and 10; 1.0 if there are no rows.
    Source: Guo et al. (2017), arXiv:1706.04599; Platt (1999), section 2.2.
    Example:
        >>> round(choose_temperature(np.array([1, 1, 1, 0]), np.array([9.0, 9.0, 9.0, 9.0])))
        10
    """
    from scipy.optimize import minimize_scalar

    y, logits = np.asarray(y, np.int64), np.asarray(logits, np.float64)
    if not y.size:
        return 1.0
    if y.ndim == 2 or logits.ndim == 1:  # yes-or-no questions, one per column
        truth, scores = y.reshape(len(y), -1), logits.reshape(len(y), -1)
        wanted = np.stack([1 - truth, truth], axis=-1)
        scores = np.stack([np.zeros_like(scores), scores], axis=-1)
    else:
        wanted, scores = np.eye(logits.shape[1], dtype=np.int64)[y][:, None], logits[:, None]
    rows = (wanted * wanted.sum(axis=0)).sum(axis=-1, keepdims=True)  # of each answer's class
    share = 1 / (rows + 2)
    wanted = np.where(wanted == 1, 1 - share, share / (wanted.shape[-1] - 1))
    scores = scores - scores.max(axis=-1, keepdims=True)

    def loss(log_temperature: float) -> float:
        z = scores / np.exp(log_temperature)
        logs = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
        return -float((wanted * logs).sum()) / len(y)

    bounds = (np.log(COLDEST), np.log(HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def choose_threshold(y: np.ndarray, probability: np.ndarray) -> float:
    """The threshold of the best F1 on validation rows, where it is better than 0.5 beyond noise.

    Args:
        y: (rows,) of 0 and 1.
        probability: (rows,) of the positive class.
    Returns:
        A value between 0 and 1, halfway between two probabilities that were seen; of equally good
        ones that nearest 0.5. But 0.5 with fewer than 50 rows, with rows of one class, or unless
        the other is better in 84% of resampled rows, that is, by more than one standard error.
    Example:
        >>> y = np.array([0, 0, 1] * 20)
        >>> choose_threshold(y, np.where(y == 1, 0.3, 0.1))
        0.2
    """
    y, probability = np.asarray(y), np.asarray(probability, np.float64)
    if len(y) < FEWEST_ROWS or not 0 < y.sum() < len(y):
        return 0.5
    order = np.argsort(-probability, kind="stable")
    p, hits = probability[order], np.cumsum(y[order])
    last = np.flatnonzero(np.diff(p, append=-np.inf))  # the last row of each probability
    f1 = 2 * hits[last] / (last + 1 + y.sum())
    between = (p[last] + np.append(p[last[1:]], 0.0)) / 2
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    chosen = round(float(between[best[np.argmin(np.abs(between[best] - 0.5))]]), 12)
    return chosen if _is_surely_better(chosen, y, probability) else 0.5


def _is_surely_better(threshold: float, y: np.ndarray, probability: np.ndarray) -> bool:
    """Whether a threshold's F1 beats that of 0.5 in most resamples of the rows."""

    def f1(limit: float) -> np.ndarray:
        said = probability >= limit
        columns = np.stack([said & (y == 1), said, y == 1], axis=1).astype(np.float64)
        drawn = resampled_means(columns, repeats_for(len(y), REPEATS, 6), seed=0)
        return rates_of(*drawn.T)["f1"]

    return float((f1(threshold) > f1(0.5)).mean()) >= SURE  # the same draws for both
