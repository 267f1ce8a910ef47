"""Dealing blocks of rows out to parts, so that each gets its share of everything.

Rows that must stay together, shares of three parts or of folds, and classes in equal shares: no
split of scikit-learn keeps all of these at once. The way to do it is that of rounding with the
error carried on: every part is owed its share of each block, and the block goes where most is owed.
"""

from __future__ import annotations

import numpy as np

_TRIES = 10
_BLOCKS_TO_TRY = 5000


def deal(
    block: np.ndarray, strata: np.ndarray, wanted: np.ndarray, seed: int, complete: bool = False
) -> np.ndarray:
    """One part for every row, so that parts get the shares they want of rows and of strata.

    Args:
        block: (rows,) int64; rows of one block go to one part.
        strata: (rows,) int64; of each number, every part gets its share, as far as blocks allow.
        wanted: (parts,) shares, of sum 1.
        seed: of the order in which blocks are dealt.
        complete: whether the first part must have every stratum, if that can be.
    Returns:
        (rows,) int8 parts: the best of a few deals, or the first where all blocks are single rows.
    Example:
        >>> rows = np.arange(8)
        >>> part = deal(rows, rows // 4, np.array([0.75, 0.25]), seed=0)
        >>> part.reshape(2, 4).sum(1).tolist()
        [1, 1]
    """
    count = len(np.unique(block))
    tries = 1 if count == len(block) or count > _BLOCKS_TO_TRY else _TRIES
    deals = [_deal_once(block, strata, wanted, seed + i * 1_000_003) for i in range(tries)]
    return min(deals, key=lambda part: badness(part, strata, wanted, complete))


def _deal_once(block: np.ndarray, strata: np.ndarray, wanted: np.ndarray, seed: int) -> np.ndarray:
    """One deal.

    Blocks go by one after the other, a stratum after the other, in random order within. Every part
    is owed its share of each block; the block goes to the part that is owed most. The large ones,
    too coarse for that, come first and go where most rows are still to come.
    """
    names, first, number, sizes = np.unique(
        block, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.random.default_rng(seed).permutation(len(names))
    coarse = sizes > max(1.0, len(block) * wanted[wanted > 0].min() / 5)
    of_block = np.zeros(len(names), np.int8)
    owed = wanted * len(block)
    large = order[coarse[order]]
    large = large[np.argsort(-sizes[large], kind="stable")]
    parts = np.flatnonzero(wanted > 0)
    for i, one in enumerate(large):
        empty = [p for p in parts if p not in of_block[large[:i]]]
        scarce = coarse.all() and len(large) - i <= len(empty)  # as few blocks as parts without
        part = max(empty if scarce else parts, key=owed.__getitem__)
        of_block[one] = part
        owed[part] -= sizes[one]
    to_come = np.maximum(owed, 0.0)
    wanted = to_come / to_come.sum() if to_come.sum() > 0 else wanted
    small = order[~coarse[order]]
    small = small[np.argsort(strata[first[small]], kind="stable")]
    of_block[small] = _carry_on(sizes[small].tolist(), wanted.tolist())
    return of_block[number]


def _carry_on(sizes: list[int], wanted: list[float]) -> list[int]:
    """The part of one block after the other: that which is owed most so far."""
    parts = [part for part, share in enumerate(wanted) if share > 0]
    owed = [0.0] * len(wanted)
    dealt = []
    for size in sizes:
        for part in parts:
            owed[part] += wanted[part] * size
        most = max(parts, key=owed.__getitem__)
        owed[most] -= size
        dealt.append(most)
    return dealt


def badness(
    part: np.ndarray, strata: np.ndarray, wanted: np.ndarray, complete: bool = False
) -> float:
    """How far parts are from their shares.

    Args:
        part: (rows,) int8.
        strata: (rows,) int64.
        wanted: (parts,) shares, of sum 1.
        complete: whether the first part must have every stratum.
    Returns:
        The largest difference of a share of rows; 1 more for every part that is empty, and if the
        first part is not complete.
    """
    counts = np.bincount(part, minlength=len(wanted))
    bad = float(np.abs(counts / len(part) - wanted).max())
    lacking = complete and len(np.setdiff1d(strata, strata[part == 0])) > 0
    return bad + float((counts[wanted > 0] == 0).sum()) + float(lacking)
