"""Special functions that NumPy lacks, in float64.

erf: W. J. Cody (1969), "Rational Chebyshev approximations for the error function", Math. Comp. 23.
erf_inv: Giles (2010), "Approximating the erfinv function", refined by two Newton steps on erf.
lgamma and polygamma: recurrence upward to x >= 12, then the Stirling (Euler-Maclaurin) series;
reflection for negative arguments of lgamma and digamma, a longer recurrence for polygamma.
"""

from __future__ import annotations

import math

import numpy as np

_A = (3.20937758913846947e03, 3.77485237685302021e02, 1.13864154151050156e02,
      3.16112374387056560e00, 1.85777706184603153e-1)  # fmt: skip
_B = (2.84423683343917062e03, 1.28261652607737228e03, 2.44024637934444173e02,
      2.36012909523441209e01, 1.0)  # fmt: skip
_C = (1.23033935479799725e03, 2.05107837782607147e03, 1.71204761263407058e03,
      8.81952221241769090e02, 2.98635138197400131e02, 6.61191906371416295e01,
      8.88314979438837594e00, 5.64188496988670089e-1, 2.15311535474403846e-8)  # fmt: skip
_D = (1.23033935480374942e03, 3.43936767414372164e03, 4.36261909014324716e03,
      3.29079923573345963e03, 1.62138957456669019e03, 5.37181101862009858e02,
      1.17693950891312499e02, 1.57449261107098347e01, 1.0)  # fmt: skip
_P = (6.58749161529837803e-4, 1.60837851487422766e-2, 1.25781726111229246e-1,
      3.60344899949804439e-1, 3.05326634961232344e-1, 1.63153871373020978e-2)  # fmt: skip
_Q = (2.33520497626869185e-3, 6.05183413124413191e-2, 5.27905102951428412e-1,
      1.87295284992346725e00, 2.56852019228982242e00, 1.0)  # fmt: skip


def _polynomial(coefficients: tuple[float, ...], x: np.ndarray) -> np.ndarray:
    total = np.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


def erf(x: np.ndarray) -> np.ndarray:
    """The error function; relative error about 1e-16."""
    a = np.abs(x)
    square = np.minimum(a, 0.5) ** 2
    small = x * _polynomial(_A, square) / _polynomial(_B, square)
    middle = np.clip(a, 0.46, 4.0)
    inner = np.exp(-(middle**2)) * _polynomial(_C, middle) / _polynomial(_D, middle)
    large = np.maximum(a, 4.0)
    inverse = 1 / large**2
    tail = inverse * _polynomial(_P, inverse) / _polynomial(_Q, inverse)
    outer = np.exp(-(large**2)) / large * (1 / math.sqrt(math.pi) - tail)
    complement = np.where(a <= 4.0, inner, outer)
    return np.where(a <= 0.46875, small, np.sign(x) * (1 - complement))


def erf_inv(y: np.ndarray) -> np.ndarray:
    """The inverse of erf on (-1, 1); infinite at the ends, NaN outside."""
    inside = np.clip(y, -1 + 1e-16, 1 - 1e-16)
    w = -np.log((1 - inside) * (1 + inside))
    a = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
         -0.00125372503, -0.00417768164, 0.246640727, 1.50140941)  # fmt: skip
    b = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
         -0.0076224613, 0.00943887047, 1.00167406, 2.83297682)  # fmt: skip
    near = _polynomial(a[::-1], w - 2.5)
    far = _polynomial(b[::-1], np.sqrt(np.maximum(w, 5.0)) - 3.0)
    x = np.where(w < 5.0, near, far) * inside
    for _ in range(2):
        x = x - (erf(x) - inside) * math.sqrt(math.pi) / 2 * np.exp(x**2)
    x = np.where(np.abs(y) == 1, np.sign(y) * np.inf, x)
    return np.where(np.abs(y) > 1, np.nan, x)


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


_MOST_STEPS = 10_000  # of the recurrence of polygamma; below -9984 the result is wrong


def lgamma(x: np.ndarray) -> np.ndarray:
    """log |Γ(x)|; infinite at 0, -1, -2 …"""
    positive = np.where(x > 0, x, 1 - x)
    shift = np.zeros_like(x)
    z = positive.copy()
    for _ in range(12):
        low = z < 12
        shift = np.where(low, shift + np.log(np.where(low, z, 1.0)), shift)
        z = np.where(low, z + 1, z)
    series = sum(b / (2 * n * (2 * n - 1) * z ** (2 * n - 1)) for n, b in enumerate(_BERNOULLI, 1))
    value = (z - 0.5) * np.log(z) - z + 0.5 * math.log(2 * math.pi) + series - shift
    value = np.where(np.isposinf(positive), np.inf, value)
    reflected = math.log(math.pi) - np.log(np.abs(np.sin(math.pi * x))) - value
    pole = (x <= 0) & (x == np.floor(x))
    return np.where(x > 0, value, np.where(pole, np.inf, reflected))


def polygamma(order: int, x: np.ndarray) -> np.ndarray:
    """Derivative number order + 1 of lgamma; infinite or NaN at 0, -1, -2 …"""
    if order == 0:
        return _digamma(x)
    total = np.zeros_like(x)
    z = x.copy()
    sign = (-1.0) ** (order + 1)
    low = z < 16
    for _ in range(_MOST_STEPS):
        if not low.any():
            break
        total = np.where(low, total + z ** -(order + 1.0), total)
        z = np.where(low, z + 1, z)
        low = z < 16
    factorial = math.factorial(order)
    tail = factorial / order * z**-order / factorial + 0.5 * z ** -(order + 1.0)
    for n, b in enumerate(_BERNOULLI, 1):
        weight = b * math.factorial(2 * n + order - 1) / math.factorial(2 * n) / factorial
        tail = tail + weight * z ** -(2 * n + order + 0.0)
    return sign * factorial * (total + tail)


def _digamma(x: np.ndarray) -> np.ndarray:
    positive = np.where(x > 0, x, 1 - x)
    total = np.zeros_like(x)
    z = positive.copy()
    for _ in range(12):
        low = z < 12
        total = np.where(low, total - 1 / z, total)
        z = np.where(low, z + 1, z)
    series = sum(b / (2 * n * z ** (2 * n)) for n, b in enumerate(_BERNOULLI, 1))
    value = total + np.log(z) - 0.5 / z - series
    pole = (x <= 0) & (x == np.floor(x))
    reflected = value - math.pi / np.tan(math.pi * np.where(pole, 0.5, x))
    return np.where(x > 0, value, np.where(pole, np.nan, reflected))
