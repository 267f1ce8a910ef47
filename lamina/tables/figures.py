"""A figure: a number, how sure it is, or why there is none.

Scores, baselines and importances all give their numbers in this one form, so that whoever prints
them can never mistake a figure that does not exist for a zero. Figures are plain dicts and travel
as JSON.
"""

from __future__ import annotations

import math
from typing import Required, TypedDict

import numpy as np

NO_ROWS = "undefined: no rows"
NO_POSITIVES = "undefined: no positives"
NO_NEGATIVES = "undefined: no negatives"
NO_PREDICTED = "undefined: no predicted positives"
CONSTANT = "undefined: all true values are equal"

LEVEL = 0.95
"""How often an interval is meant to hold the figure of further rows of the same kind."""


class Figure(TypedDict, total=False):
    """A number as reports print it.

    Attributes:
        value: the number; None if it does not exist.
        low, high: ends of its 95 % interval; None or absent if there is none.
        why: why `value` is None, such as "undefined: no positives".
        note: what a reader should know of it, such as the classes that it leaves out.
    """

    value: Required[float | None]
    low: float | None
    high: float | None
    why: str
    note: str


def figure(value: float, samples: np.ndarray | None = None, why: str = NO_ROWS) -> Figure:
    """A figure from a number and what resampling made of it.

    Args:
        value: the number; NaN if it does not exist.
        samples: (repeats,) the number in resampled rows, NaN where it did not exist there; None
            for a figure without an interval.
        why: why `value` does not exist, if it is NaN.
    Returns:
        The figure; its interval spans the middle 95 % of the samples, and is None where more than
        half of the samples do not exist.
    Example:
        >>> figure(0.5, np.array([0.4, 0.4, 0.6, 0.6]))
        {'value': 0.5, 'low': 0.4, 'high': 0.6}
        >>> figure(float("nan"), why=NO_POSITIVES)
        {'value': None, 'why': 'undefined: no positives'}
    """
    if not math.isfinite(value):
        return {"value": None, "why": why}
    if samples is None:
        return {"value": float(value)}
    defined = samples[np.isfinite(samples)]
    if 2 * len(defined) < len(samples) or not len(defined):
        return {"value": float(value), "low": None, "high": None}
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"value": float(value), "low": float(low), "high": float(high)}


def share(right: int, rows: int, samples: np.ndarray, why: str = NO_ROWS) -> Figure:
    """The figure of a share, with an interval even where every row agrees.

    Resampling rows that are all right gives rows that are all right: an interval of no width,
    which claims too much. There Wilson's interval is taken instead.

    Args:
        right: rows that count.
        rows: all rows.
        samples: (repeats,) the share in resampled rows.
        why: why the share does not exist, if there are no rows.
    Returns:
        The figure.
    Example:
        >>> share(50, 50, np.ones(1000))["low"] < 0.95
        True
    """
    result = figure(right / rows if rows else math.nan, samples, why)
    if rows and right in (0, rows):
        missed = 3.8415 / (rows + 3.8415)  # 3.8415: the 95 % quantile of chi squared
        result["low"], result["high"] = (1 - missed, 1.0) if right else (0.0, missed)
    return result
