"""The dynamic batch dimension: polynomials compute like the numbers they stand for."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lamina.base.errors import ConcreteBatchNeeded
from lamina.ir import dims
from lamina.ir.dims import BATCH, Dim

# How long drawing numbers takes says nothing on a busy machine.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

B = BATCH
positive = st.lists(st.integers(0, 6), min_size=1, max_size=4)
rows = st.integers(0, 50)


def polynomial(coefficients: list[int]):
    total = 0
    for power, c in enumerate(coefficients):
        term = c
        for _ in range(power):
            term = term * B
        total = total + term
    return total


@calm
@given(positive, positive, rows)
def test_sums_and_products(a, b, n):
    x, y = polynomial(a), polynomial(b)
    assert dims.at(x + y, n) == dims.at(x, n) + dims.at(y, n)
    assert dims.at(x * y, n) == dims.at(x, n) * dims.at(y, n)
    assert dims.same(x + y - y, x)


@calm
@given(positive, positive)
def test_division_undoes_multiplication(a, b):
    x, y = polynomial(a), polynomial(b)
    if not dims.same(y, 0):
        assert dims.same(dims.divide(x * y, y), x)


@calm
@given(positive, st.integers(2, 5))
def test_division_with_a_rest_needs_the_number(a, k):
    x = polynomial(a) * k + B * 0 + 1
    if isinstance(x, Dim):
        with pytest.raises(ConcreteBatchNeeded):
            x // k


@pytest.mark.parametrize(("a", "b"), [(B, 0), (B * B, B + 1), (B, B * B), (7, 2), (B * 3, 2)])
def test_undecidable_divisions(a, b):
    with pytest.raises(ConcreteBatchNeeded):
        dims.divide(a, b)


def test_sizes_do_not_fall_below_zero():
    assert (B - 1).at(0) == 0 and (B - 1).at(5) == 4


@pytest.mark.parametrize(
    "question",
    [
        lambda: B == 3,
        lambda: B == np.int64(3),
        lambda: B != 3,
        lambda: B < 3,
        lambda: 3 >= B,
        lambda: bool(B),
        lambda: int(B),
        lambda: range(B),
        lambda: B % 2,
        lambda: B / 2,
        lambda: 2 / B,
        lambda: B * 0.5,
        lambda: 1.5 + B,
        lambda: B * np.ones(3),
        lambda: np.ones(3) * B,
        lambda: B**2,
    ],
)
def test_questions_that_need_the_number(question):
    with pytest.raises(ConcreteBatchNeeded):
        question()


def test_equality_and_hash():
    assert B + 1 == 1 + B and B != B + 1 and B != None and B != "B"  # noqa: E711
    assert hash(B * 2) == hash(B + B) and len({B, B * 1, B + 0}) == 1
    assert type(B - B) is int and type(B * 0) is int


@pytest.mark.parametrize(
    ("dim", "text"),
    [(B, "B"), (B * 3 - 2, "3*B-2"), (B * B + B, "B^2+B"), (1 - B, "-B+1"), (-(B * B), "-B^2")],
)
def test_text(dim, text):
    assert repr(dim) == text


def test_broadcasting():
    assert dims.broadcast((B, 1), (4,)) == (B, 4)
    assert dims.broadcast((1, 3), (B, 1), ()) == (B, 3)
    assert dims.same_shape(dims.broadcast((B, 2), (B, 2)), (B, 2))
    with pytest.raises(ConcreteBatchNeeded):
        dims.broadcast((B,), (4,))
    with pytest.raises(ValueError, match="broadcast"):
        dims.broadcast((3,), (4,))


@calm
@given(st.integers(1, 5), st.integers(-3, 3), st.integers(1, 60))
def test_the_batch_is_found_from_a_size(slope, constant, n):
    dim = B * slope + constant
    if dim.at(n) > 0:
        assert dim.solve(dim.at(n)) == n
