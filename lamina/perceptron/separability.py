"""Can a straight line (a plane, a hyperplane) separate two classes of rows? With proof.

Exactly one of two things exists (Gordan 1873): weights that put every row on its side, or a
weighted mean of class-1 rows that equals a weighted mean of class-0 rows. Such a common point would
have to lie on both sides, so it proves that no weights exist. A small linear programme, the first
phase of the simplex method, finds one or the other.

Small data is decided in exact fractions. Larger data is solved in floating point, and the answer
counts only after a proof: weights by a bound on their rounding errors, a common point by solving
again in fractions for the few rows it is made of. What cannot be proved is reported as undecided.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

_SMALL = 400  # entries of a table that fractions solve at once
_EXACT_SIZE = 4000  # entries of a table that fractions solve in a few seconds
_TOLERANCE = 1e-9  # below this a floating-point table entry counts as zero
_SHIFT = 1e-6  # see `_first_phase`
_MOST_WORK = 1_000_000_000  # table entries updated before a solution is given up
_GREEDY_PIVOTS = 2000  # after so many, the rule that cannot go round in circles


@dataclass(frozen=True)
class Separability:
    """The answer and what proves it.

    Attributes:
        separable: True, False, or None for undecided.
        weights: (d,) when separable: weights . x + bias > 0 exactly for the rows of class 1.
        bias: float, to `weights`.
        shares: when not separable, row -> its share in the common point; the shares of the class-1
            rows sum to 1, and so do those of the class-0 rows.
        reason: the proof in words, when not separable.
    """

    separable: bool | None
    weights: np.ndarray | None = None
    bias: float = 0.0
    shares: dict[int, Fraction] | None = None
    reason: str = ""


def separability(x: np.ndarray, y: np.ndarray) -> Separability:
    """Decide whether weights and a bias exist that get every row right.

    Args:
        x: (rows, d) of finite floats.
        y: (rows,) of 0 or 1.
    Returns:
        The answer with its proof.
    Example:
        >>> xor = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
        >>> print(separability(xor, np.array([0, 1, 1, 0])).reason)
        1/2*row 1 + 1/2*row 2 (class 1) = 1/2*row 0 + 1/2*row 3 (class 0) = (0.5, 0.5)
    """
    size = (x.shape[1] + 2) * len(x)
    if size > _SMALL:
        verdict = _decide_in_floats(x, y)
        if verdict.separable is not None or size > _EXACT_SIZE:
            return verdict
    return _decide_exactly(x, y, np.arange(len(x)))


def _decide_exactly(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> Separability:
    to_fractions = np.vectorize(Fraction, otypes=[object])
    columns = _signed_columns(to_fractions(x[rows]), y[rows], Fraction(1))
    solution, dual = _first_phase(columns, Fraction(0))
    assert dual is not None  # fractions always come to an end
    if solution is None:
        weights, bias = -dual[:-2].astype(float), -float(dual[-2])
        return Separability(True, weights, bias)
    # The last two rows of the table make the shares of each class sum to one half.
    shares = {int(rows[i]): 2 * share for i, share in enumerate(solution) if share}
    return Separability(False, shares=shares, reason=_proof(x, y, shares))


def _decide_in_floats(x: np.ndarray, y: np.ndarray) -> Separability:
    scale = np.abs(x).max(axis=0)
    scale[scale == 0] = 1
    solution, dual = _first_phase(_signed_columns(x / scale, y, 1.0), _TOLERANCE)
    if dual is None:
        return Separability(None)
    if solution is None:
        weights, bias = -dual[:-2] / scale, -float(dual[-2])
        certain = _is_separated_for_certain(x, y, weights, bias)
        return Separability(True, weights, bias) if certain else Separability(None)
    support = np.flatnonzero(solution)
    if (x.shape[1] + 2) * len(support) > _EXACT_SIZE:
        return Separability(None)
    verdict = _decide_exactly(x, y, support)
    # Weights that separate the few rows of the support say nothing about the others.
    return verdict if verdict.separable is False else Separability(None)


def _signed_columns(x: np.ndarray, y: np.ndarray, one: object) -> np.ndarray:
    """One column per row of data: +(x, 1) for class 1, -(x, 1) for class 0, and a 1 below."""
    ones = np.full((len(x), 1), one, dtype=x.dtype)
    signed = np.concatenate([x, ones], axis=1)
    signed[y == 0] = -signed[y == 0]
    return np.concatenate([signed, ones], axis=1).T


def _first_phase(
    columns: np.ndarray, zero: Fraction | float
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Solve columns @ shares = (0, ..., 0, 1) for shares >= 0, or find why that is impossible.

    Starts from one artificial variable per equation and drives their sum to zero by pivots: the
    steepest column first, and if that takes long, by Bland's rule (always the lowest index), which
    cannot go round in circles. Works on fractions and on floats.

    Args:
        columns: (equations, unknowns), of fractions or floats.
        zero: entries no larger than this count as zero.
    Returns:
        (shares, anything) if there is a solution; (None, multipliers of the equations) if there is
        none, multipliers @ columns <= 0 < last multiplier; (None, None) if pivots ran out.
    """
    equations, unknowns = columns.shape
    one = columns[-1, 0]
    artificial = np.full((equations, equations), one * 0, dtype=columns.dtype)
    np.fill_diagonal(artificial, one)
    right = np.full((equations, 1), one * 0, dtype=columns.dtype)
    right[-1] = one
    if zero:
        # All other right sides being 0, floats would pivot without progress; a small shift helps.
        right[:-1, 0] = _SHIFT * np.random.default_rng(0).uniform(1, 2, equations - 1)
    table = np.concatenate([columns, artificial, right], axis=1)
    costs = -table.sum(axis=0)
    costs[unknowns:-1] = one * 0
    basis = np.arange(unknowns, unknowns + equations)
    for pivot in range(_MOST_WORK // table.size):
        downhill = np.flatnonzero(costs[:unknowns] < -zero)
        if not len(downhill):
            break
        steepest = downhill[np.argmin(costs[downhill])]
        entering = steepest if pivot < _GREEDY_PIVOTS else downhill[0]
        column = table[:, entering]
        candidates = np.flatnonzero(column > zero)
        if not len(candidates):
            return None, None  # only rounding errors can lead here: the sum is bounded below
        ratios = table[candidates, -1] / column[candidates]
        ties = candidates[ratios <= ratios.min() + zero]
        leaving = ties[np.argmin(basis[ties])]
        table[leaving] = table[leaving] / column[leaving]
        others = np.arange(equations) != leaving
        table[others] = table[others] - np.outer(table[others, entering], table[leaving])
        costs = costs - costs[entering] * table[leaving]
        basis[leaving] = entering
    else:
        return None, None
    multipliers = one - costs[unknowns:-1]
    if -costs[-1] > zero:
        return None, multipliers
    shares = np.full(unknowns, one * 0, dtype=columns.dtype)
    real = basis < unknowns
    shares[basis[real]] = table[real, -1]
    return shares, multipliers


def _is_separated_for_certain(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray, bias: float
) -> bool:
    """Whether every row is on its side by more than its sum can be wrong from rounding.

    A sum of k products in float64 errs by at most about k * 2**-53 times the sum of their sizes
    (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1); twice that is used.
    """
    margins = np.where(y == 1, 1, -1) * (x @ weights + bias)
    sizes = np.abs(x) @ np.abs(weights) + abs(bias)
    return bool(np.all(margins > (x.shape[1] + 2) * np.finfo(float).eps * sizes))


def _share(share: Fraction) -> str:
    return str(share) if share.denominator < 1000 else f"{float(share):.4g}"


def _proof(x: np.ndarray, y: np.ndarray, shares: dict[int, Fraction]) -> str:
    def mean(label: int) -> str:
        terms = [f"{_share(s)}*row {i}" for i, s in sorted(shares.items()) if y[i] == label]
        if len(terms) > 6:
            terms = [*terms[:5], f"{len(terms) - 5} more rows"]
        return " + ".join(terms) + f" (class {label})"

    rows = [i for i in shares if y[i] == 1]
    point = sum(float(shares[i]) * x[i] for i in rows)
    numbers = [f"{value:.6g}" for value in point]
    if len(numbers) > 8:
        numbers = [*numbers[:4], "...", *numbers[-2:]]
    return f"{mean(1)} = {mean(0)} = ({', '.join(numbers)})"
