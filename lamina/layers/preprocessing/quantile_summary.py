"""A short summary of many numbers from which quantiles can be read, and how two become one.

A summary is a float32 array (2, n): values in order, and how many numbers each stands for.
"""

from __future__ import annotations

import numpy as np


def empty() -> np.ndarray:
    """The summary of no numbers."""
    return np.zeros((2, 0), "float32")


def summarize(values: np.ndarray, error: float) -> np.ndarray:
    """The summary of numbers.

    Args:
        values: array of any shape.
        error: float in (0, 1): about 1 / error values are kept.
    """
    values = np.sort(np.reshape(values, -1))
    step = max(values.size * error, 1)
    kept = values[int(step - 1) :: int(step)]
    return np.stack([kept, np.full_like(kept, step)])


def merged(first: np.ndarray, second: np.ndarray, error: float) -> np.ndarray:
    """The summary of the numbers of two summaries."""
    both = np.concatenate([first, second], axis=1)
    return compressed(both[:, np.argsort(both[0])], error)


def compressed(summary: np.ndarray, error: float) -> np.ndarray:
    """A summary with about 1 / error values."""
    if summary.shape[1] * error < 1:
        return summary
    places = error + np.arange(0.0, 1.0, error)
    below = summary[1].cumsum()
    shares = below / below[-1]
    values = np.interp(places, shares, summary[0])
    counts = np.interp(places, shares, below)
    return np.stack([values, np.diff(counts, prepend=0.0)]).astype("float32")


def boundaries(summary: np.ndarray, num_bins: int) -> list[float]:
    """The values that part the numbers into so many bins of equal size."""
    return compressed(summary, 1.0 / num_bins)[0, :-1].tolist()
