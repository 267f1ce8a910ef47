"""Rows that belong together: equal ones, those of one group, and both at once.

A block is named by the number of its first row, so that the same rows have the same blocks on any
machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl


def of_groups(groups: np.ndarray) -> np.ndarray:
    """The block of every row, where rows of one value are a block.

    Args:
        groups: (rows,) values of any kind; None and NaN are values like others.
    Returns:
        (rows,) int64.
    Example:
        >>> of_groups(np.array(["b", "a", "b"])).tolist()
        [0, 1, 0]
    """
    values = np.asarray(groups)
    if values.dtype == object:
        values = np.array(["" if v is None else str(v) for v in values.tolist()], dtype=str)
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return first[inverse]


def equal_rows(frame: pl.DataFrame) -> np.ndarray:
    """The block of every row, where rows with the same cells are a block.

    Args:
        frame: the columns that count.
    Returns:
        (rows,) int64.
    Example:
        >>> import polars as pl
        >>> equal_rows(pl.DataFrame({"a": [1, 2, 1], "b": ["x", None, "x"]})).tolist()
        [0, 1, 0]
    """
    if not frame.width:
        return np.arange(frame.height)
    return of_groups(frame.hash_rows(seed=0).to_numpy())


def joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Blocks such that rows together in one or in the other are together.

    Args:
        one: (rows,) int64 blocks.
        other: likewise.
    Returns:
        (rows,) int64.
    Example:
        >>> joined(np.array([0, 1, 0, 3]), np.array([0, 1, 2, 1])).tolist()
        [0, 1, 0, 1]
    """
    numbers = [np.unique(block, return_inverse=True)[1] for block in (one, other)]
    result = np.arange(len(one))
    while True:
        before = result
        for number in numbers:
            least = np.full(number.max(initial=-1) + 1, len(one))
            np.minimum.at(least, number, result)
            result = least[number]
        if np.array_equal(before, result):
            return result
