"""Special functions of the reference executor against the standard library and closed forms."""

import math
from functools import partial

import numpy as np
import pytest

from lamina.runtime.dispatch import apply

erf, erf_inv, lgamma = (partial(apply, name) for name in ("erf", "erf_inv", "lgamma"))


def polygamma(order: int, x: np.ndarray) -> np.ndarray:
    return apply("polygamma", x, order=order)


X = np.concatenate([np.linspace(-6, 6, 2001), [1e-300, -1e-9, 1e-5, 26.0, -40.0]])


def test_erf():
    np.testing.assert_allclose(erf(X), [math.erf(v) for v in X], 1e-15, 1e-300)
    assert erf(np.array([0.0, np.inf, -np.inf])).tolist() == [0, 1, -1]
    assert np.isnan(apply("erf", np.array([np.nan])))[0]


def test_erf_inv():
    x = np.linspace(-3.5, 3.5, 701)
    np.testing.assert_allclose(erf_inv(erf(x)), x, 1e-9, 1e-15)
    y = np.linspace(-0.999, 0.999, 501)
    np.testing.assert_allclose(erf(erf_inv(y)), y, 1e-14, 1e-16)
    tiny = np.array([1e-12, -1e-200, 0.0])
    np.testing.assert_allclose(erf_inv(tiny), tiny * math.sqrt(math.pi) / 2, 1e-14)
    ends = apply("erf_inv", np.array([-1.0, 1.0, 1.5, np.nan]))
    assert ends[:2].tolist() == [-np.inf, np.inf] and np.isnan(ends[2:]).all()


@pytest.mark.parametrize("x", [1e-8, 0.1, 0.5, 1.0, 1.5, 2.0, 3.7, 11.99, 12.0, 171.0, 1e5, 1e300])
def test_lgamma(x):
    assert lgamma(np.array([x]))[0] == pytest.approx(math.lgamma(x), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("x", [-0.1, -0.5, -1.5, -2.999, -20.3])
def test_lgamma_of_negative_numbers(x):
    assert lgamma(np.array([x]))[0] == pytest.approx(math.lgamma(x), rel=1e-11, abs=1e-11)


def test_lgamma_at_its_ends():
    x = np.array([0.0, -1.0, -7.0, np.inf, np.nan])
    got = apply("lgamma", x)
    assert (got[:4] == np.inf).all() and np.isnan(got[4])


def test_digamma():
    euler = 0.5772156649015329
    known = {1.0: -euler, 2.0: 1 - euler, 0.5: -euler - 2 * math.log(2), 10.0: 2.251752589066721}
    for x, value in known.items():
        assert polygamma(0, np.array([x]))[0] == pytest.approx(value, rel=1e-14)
    x = np.array([-0.5, -3.2, 0.01, 4.4])
    step = polygamma(0, x + 1) - polygamma(0, x)
    np.testing.assert_allclose(step, 1 / x, 1e-12)


def test_polygamma():
    zeta3 = 1.2020569031595942
    assert polygamma(1, np.array([1.0]))[0] == pytest.approx(math.pi**2 / 6, rel=1e-14)
    assert polygamma(2, np.array([1.0]))[0] == pytest.approx(-2 * zeta3, rel=1e-14)
    assert polygamma(1, np.array([-0.5]))[0] == pytest.approx(math.pi**2 / 2 + 4, rel=1e-13)
    x = np.array([-2.7, 0.3, 7.0, 40.0])
    for n in (1, 2, 3):
        step = polygamma(n, x + 1) - polygamma(n, x)
        np.testing.assert_allclose(step, (-1) ** n * math.factorial(n) / x ** (n + 1), 1e-9)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_narrow_floats_are_rounded_once(dtype):
    x = np.linspace(-0.9, 0.9, 50).astype(dtype)
    for name in ("erf", "erf_inv"):
        exact = apply(name, x.astype("float64"))
        np.testing.assert_array_equal(apply(name, x), exact.astype(dtype))
