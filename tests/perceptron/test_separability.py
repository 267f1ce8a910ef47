"""Separability: each answer comes with a proof, and the proofs are checked in exact fractions."""

from fractions import Fraction

import numpy as np
import pytest

from lamina.perceptron import separability as module
from lamina.perceptron.separability import Separability, separability


def check_proof(x: np.ndarray, y: np.ndarray, verdict: Separability) -> None:
    """Fail unless the verdict's own proof holds exactly."""
    if verdict.separable:
        assert verdict.weights is not None
        bias = Fraction(verdict.bias)
        for row, label in zip(x, y, strict=True):
            total = bias + sum(
                Fraction(v) * Fraction(w) for v, w in zip(row, verdict.weights, strict=True)
            )
            assert (total > 0) == bool(label) and total != 0
    else:
        shares = verdict.shares
        assert shares is not None and all(share > 0 for share in shares.values())
        points = []
        for label in (0, 1):
            rows = [i for i in shares if y[i] == label]
            assert sum(shares[i] for i in rows) == 1
            columns = range(x.shape[1])
            points.append([sum(shares[i] * Fraction(x[i, j]) for i in rows) for j in columns])
        assert points[0] == points[1]


@pytest.mark.parametrize("rows,columns", [(4, 1), (8, 2), (12, 3), (40, 4), (120, 6), (400, 15)])
@pytest.mark.parametrize("seed", range(6))
def test_proofs_hold_on_random_data(rows: int, columns: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, columns))
    if seed % 2:  # whole numbers bring ties and repeated rows
        x = np.rint(x * 2)
    for y in ((x @ generator.normal(size=columns) > 0.2), generator.integers(0, 2, rows)):
        verdict = separability(x, y.astype(int))
        assert verdict.separable is not None
        check_proof(x, y.astype(int), verdict)


def test_all_labellings_of_the_unit_square() -> None:
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    verdicts = []
    for code in range(16):
        y = np.array([code >> bit & 1 for bit in range(4)])
        verdict = separability(x, y)
        check_proof(x, y, verdict)
        verdicts.append(verdict.separable)
    assert [code for code in range(16) if not verdicts[code]] == [6, 9]  # XOR and its opposite


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_only_is_separable(label: int) -> None:
    x = np.array([[1.0], [2.0]])
    y = np.full(2, label)
    check_proof(x, y, separability(x, y))


def test_same_row_with_both_labels() -> None:
    x, y = np.array([[0.1, 0.2], [5, 5], [0.1, 0.2]]), np.array([0, 1, 1])
    verdict = separability(x, y)
    assert verdict.shares == {0: 1, 2: 1}


def test_touching_hulls_are_not_separable() -> None:
    x, y = np.array([[0.0], [1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    check_proof(x, y, separability(x, y))
    assert separability(x, y).separable is False


def test_scales_far_apart() -> None:
    generator = np.random.default_rng(3)
    x = generator.normal(size=(200, 3)) * [1e-8, 1.0, 1e9] + [0, 0, 1e10]
    y = (x[:, 0] * 1e8 + x[:, 1] > 0).astype(int)
    verdict = separability(x, y)
    assert verdict.separable is not False  # undecided would be honest, inseparable a lie
    if verdict.separable:
        check_proof(x, y, verdict)


def test_what_cannot_be_proved_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EXACT_SIZE", 10)
    monkeypatch.setattr(module, "_SMALL", 10)
    x = np.random.default_rng(0).normal(size=(60, 2))
    verdict = separability(x, np.arange(60) % 2)
    assert verdict.separable is None
