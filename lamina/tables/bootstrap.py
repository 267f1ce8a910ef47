"""Resampling test rows with replacement, many times at once, fast.

A resample is a count per row: how often the row was drawn. A figure that depends on sums over rows
is then a matrix product; one that depends only on a table of counts (the confusion matrix) needs
no rows at all, since the table of a resample is one multinomial draw. Where rows times repeats
would pass `CELLS`, repeats are fewer, but at least `FEWEST`: with that many rows an interval is
narrow, and its ends need less care. The same seed gives the same draws.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

CELLS = 10_000_000
FEWEST = 100
_BLOCK = 400_000  # counts held at a time: few enough to stay in the cache


def repeats_for(rows: int, repeats: int, width: int = 1) -> int:
    """How many resamples are affordable.

    Args:
        rows: that each resample draws.
        repeats: that are wanted.
        width: work per row, such as the number of classes that are ranked.
    Returns:
        At most `repeats`, at least the smaller of `repeats` and `FEWEST`.
    Example:
        >>> repeats_for(500, 1000), repeats_for(54_000, 1000), repeats_for(10**7, 1000)
        (1000, 185, 100)
    """
    affordable = CELLS // max(1, rows * width)
    return max(min(repeats, affordable), min(repeats, FEWEST))


def resamples(rows: int, repeats: int, seed: int) -> Iterator[np.ndarray]:
    """Count, in blocks, how often each row comes in each resample.

    Args:
        rows: number of rows, at least 1.
        repeats: number of resamples.
        seed: of the draws.
    Yields:
        (rows, some repeats) float32 counts, each column of which sums to `rows`.
    Example:
        >>> [counts.sum(axis=0).tolist() for counts in resamples(4, 2, seed=0)]
        [[4.0, 4.0]]
    """
    random = np.random.default_rng(seed)
    block = max(1, _BLOCK // rows)
    for start in range(0, repeats, block):
        size = min(block, repeats - start)
        drawn = random.integers(0, rows, (size, rows))
        drawn += np.arange(size)[:, None] * rows
        counts = np.bincount(drawn.reshape(-1), minlength=size * rows)
        yield np.ascontiguousarray(counts.reshape(size, rows).T, np.float32)


def resampled_means(values: np.ndarray, repeats: int, seed: int) -> np.ndarray:
    """Means of columns in resampled rows.

    Args:
        values: (rows, columns) float64.
        repeats: number of resamples.
        seed: of the draws.
    Returns:
        (repeats, columns) float64; NaN if there are no rows.
    """
    rows = len(values)
    if not rows:
        return np.full((repeats, values.shape[1]), np.nan)
    columns = np.ascontiguousarray(values.T)
    means = [(columns @ counts).T for counts in resamples(rows, repeats, seed)]
    return np.concatenate(means) / rows


def resampled_tables(table: np.ndarray, repeats: int, seed: int) -> np.ndarray:
    """Tables of counts, as resampling the rows behind `table` would give them.

    Args:
        table: counts of any shape, such as a confusion matrix.
        repeats: number of resamples.
        seed: of the draws.
    Returns:
        (repeats, *table.shape) int64 counts, each of which sums to `table.sum()`.
    """
    flat = table.reshape(-1)
    filled = np.flatnonzero(flat)
    result = np.zeros((repeats, flat.size), np.int64)
    if len(filled):
        shares = flat[filled] / flat.sum()
        random = np.random.default_rng(seed)
        result[:, filled] = random.multinomial(int(flat.sum()), shares, repeats)
    return result.reshape(repeats, *table.shape)
