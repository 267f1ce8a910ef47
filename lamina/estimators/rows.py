"""Rows to train on: checked by scikit-learn, weighted, and split for early stopping.

Weights are divided by their mean, so that a plain mean over the rows of a batch is the weighted
mean. Rows of weight zero are left out: they count as if they were not there.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight, validate_data

from lamina.base.errors import ArgumentError, message
from lamina.data.source import ArraySource

LEAST_ROWS_TO_SPLIT = 20
_TEXT = "could not convert string"


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights of the same rows.

    Attributes:
        x: floats (rows, features).
        y: class numbers (rows,), or floats (rows, targets).
        weight: floats (rows,) with mean 1, or None if all rows weigh the same.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.x)

    def take(self, places: np.ndarray) -> Rows:
        """The rows at some places."""
        weight = None if self.weight is None else self.weight[places]
        return Rows(self.x[places], self.y[places], weight)


class SeededRows(ArraySource):
    """Rows in memory whose order comes from a seed of their own, whoever else draws numbers.

    Args:
        arrays: (x, y, sample_weight).
        batch_size: rows in a batch; as many as there are rows, or more, keeps their order.
        seed: int, for the order of rows.
    Example:
        >>> rows = SeededRows((np.arange(6.0), None, None), 2, seed=3)
        >>> sorted(rows.epoch_order(np.random.default_rng(1)).tolist())
        [0, 1, 2, 3, 4, 5]
    """

    def __init__(self, arrays: tuple, batch_size: int, seed: int) -> None:
        super().__init__(arrays, batch_size, shuffle=batch_size < len(arrays[0]), seed=seed)

    def order(self, rng: np.random.Generator | None = None) -> np.ndarray:
        """The order of the next pass; the trainer's generator is not used."""
        return super().order(None)


def read_rows(estimator: Any, reset: bool, dtype: str, **data: Any) -> Any:
    """What scikit-learn's `validate_data` makes of X, or of X and y.

    Args:
        estimator: gets `n_features_in_` and `feature_names_in_`, or is compared with them.
        reset: whether it gets them.
        dtype: of X.
        **data: `X`, `y` and options for `validate_data`.
    Returns:
        X, or (X, y).
    Raises:
        ValueError: scikit-learn's own messages; for text in X, one that names what reads text.
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large is reported
            return validate_data(estimator, reset=reset, dtype=np.dtype(dtype), order="C", **data)
    except ValueError as error:
        if _TEXT not in str(error):
            raise
        raise ArgumentError(
            message(
                f"X holds text where {type(estimator).__name__} needs numbers.",
                received=str(error),
                fix="make_pipeline(TabularPreprocessor(), ...): use TabularPreprocessor, which "
                "turns columns of text into numbers",
            )
        ) from error


def read_weights(sample_weight: Any, x: np.ndarray) -> np.ndarray | None:
    """Sample weights as float64 (rows,), checked; None if there are none.

    Raises:
        ValueError: another number of weights than rows, or negative ones.
    """
    if sample_weight is None:
        return None
    return _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)


def weighted(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Rows:
    """Rows without those of weight zero, and with weights that have mean 1.

    Args:
        x: (rows, features).
        y: (rows, ...).
        weight: (rows,) or None.
    Returns:
        The rows that count.
    Raises:
        ArgumentError: all weights are zero.
    Example:
        >>> rows = weighted(np.zeros((3, 1)), np.zeros(3), np.array([1.0, 0.0, 3.0]))
        >>> len(rows), rows.weight.tolist()
        (2, [0.5, 1.5])
    """
    if weight is None:
        return Rows(x, y)
    counted = weight > 0
    if not counted.any():
        raise ArgumentError(
            message("Weights must contain at least one non-zero number.", f"{len(weight)} zeros")
        )
    if not counted.all():
        x, y, weight = x[counted], y[counted], weight[counted]
    if (weight == weight[0]).all():
        return Rows(x, y)
    return Rows(x, y, (weight / weight.mean()).astype(x.dtype))


def split(
    rows: Rows, fraction: float, rng: np.random.RandomState, by_class: bool
) -> tuple[Rows, Rows | None]:
    """Rows to train on, and rows to watch for early stopping.

    Args:
        rows: all there are.
        fraction: the share to watch.
        rng: draws which.
        by_class: whether both parts get the same share of each class, where that can be done.
    Returns:
        Both parts; all rows and None, with a warning, if there are fewer than 20.
    """
    if len(rows) < LEAST_ROWS_TO_SPLIT:
        warnings.warn(
            f"early_stopping is off: it needs at least {LEAST_ROWS_TO_SPLIT} rows to set some of "
            f"them aside, and there are {len(rows)}.",
            UserWarning,
            stacklevel=4,
        )
        return rows, None
    count = min(max(2, round(len(rows) * fraction)), len(rows) - 2)
    stratify = rows.y if by_class and _can_stratify(rows.y, count) else None
    train, watched = train_test_split(
        np.arange(len(rows)), test_size=count, random_state=rng, stratify=stratify
    )
    return rows.take(train), rows.take(watched)


def _can_stratify(y: np.ndarray, count: int) -> bool:
    counts = np.bincount(y)
    counts = counts[counts > 0]
    return counts.min() > 1 and len(counts) <= min(count, len(y) - count)
