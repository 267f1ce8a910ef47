"""Cutting a dataset into training and test rows, the same way every time.

`shuffled` draws the permutation that Keras draws from the same seed, so that housing data is cut
alike; `stratified` keeps every class's share in both parts.
"""

from collections.abc import Iterable

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.datasets.arrays import Split


def check_test_split(test_split: float, smallest: float = 0.0) -> None:
    """Raise ArgumentError unless `smallest` <= test_split < 1."""
    if not smallest <= test_split < 1:
        raise ArgumentError(
            message(
                "Argument `test_split` is the share of rows kept for the test.",
                received=repr(test_split),
                required=f"{smallest:g} <= test_split < 1",
            )
        )


def shuffled(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> Split:
    """Shuffle rows, then cut off the last part as test rows.

    Args:
        x: (rows, ...).
        y: (rows, ...).
        test_split: share of the rows for the test, 0 <= test_split < 1.
        seed: of the permutation.
    Returns:
        (x_train, y_train), (x_test, y_test).
    Raises:
        ArgumentError: `test_split` is out of range.
    Example:
        >>> (x_train, _), (x_test, _) = shuffled(np.arange(10), np.arange(10), 0.2, seed=113)
        >>> len(x_train), len(x_test)
        (8, 2)
    """
    check_test_split(test_split)
    (order,) = permutations([len(x)], seed)
    cut = int(len(x) * (1 - test_split))
    train, test = order[:cut], order[cut:]
    return (x[train], y[train]), (x[test], y[test])


def permutations(counts: Iterable[int], seed: int) -> list[np.ndarray]:
    """The orders in which Keras's datasets shuffle parts of so many rows, drawn in turn."""
    generator = np.random.RandomState(seed)
    orders = [np.arange(count) for count in counts]
    for order in orders:
        generator.shuffle(order)
    return orders


def stratified(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> Split:
    """Cut rows so that every class has its share, rounded, in the test part; both parts shuffled.

    Args:
        x: (rows, ...).
        y: (rows,), class of each row.
        test_split: share of the rows for the test, 0 < test_split < 1.
        seed: of the choice and the order.
    Returns:
        (x_train, y_train), (x_test, y_test).
    Raises:
        ArgumentError: `test_split` is out of range, or so small or large that a part is empty.
    Example:
        >>> y = np.array([0, 0, 0, 0, 1, 1, 1, 1])
        >>> _, (_, y_test) = stratified(np.arange(8), y, 0.25, seed=0)
        >>> sorted(y_test.tolist())
        [0, 1]
    """
    check_test_split(test_split)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(y))
    is_test = np.zeros(len(y), dtype=bool)
    for label in np.unique(y):
        rows = order[y[order] == label]
        is_test[rows[: round(len(rows) * test_split)]] = True
    train, test = order[~is_test[order]], order[is_test[order]]
    if not len(train) or not len(test):
        raise ArgumentError(
            message(
                "`test_split` leaves no rows for one of the two parts.",
                received=f"{test_split!r}: {len(train)} training rows, {len(test)} test rows",
            )
        )
    return (x[train], y[train]), (x[test], y[test])
