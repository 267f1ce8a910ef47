"""Powers, roots and logarithms that are written with those of `elementwise`."""

from __future__ import annotations

import math
from typing import Any

from lamina.ops.convert import as_tensor, cast_to, dtype_of, float_dtype, promote, scalar, to_float
from lamina.ops.elementwise import (
    absolute,
    add,
    divide,
    equal,
    exp,
    isfinite,
    less,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    sign,
    sin,
    sqrt,
    square,
    subtract,
    where,
)
from lamina.ops.registration import op
from lamina.runtime.dispatch import apply


@op
def exp2(x: Any) -> Any:
    """2 to the power of each element; integers become floats."""
    return power(2.0, to_float(x))


@op
def log2(x: Any) -> Any:
    """The logarithm to base 2; integers become floats."""
    return divide(log(x), math.log(2))


@op
def log10(x: Any) -> Any:
    """The logarithm to base 10; integers become floats."""
    return divide(log(x), math.log(10))


@op
def logaddexp(x1: Any, x2: Any) -> Any:
    """log(exp(x1) + exp(x2)), element by element, without overflow.

    Args:
        x1: tensor.
        x2: tensor; shapes broadcast.
    Returns:
        Float tensor of the broadcast shape.
    Example:
        >>> round(float(logaddexp(1000.0, 1000.0)), 3)
        1000.693
    """
    a, b = promote(x1, x2, to_float=True)
    top = maximum(a, b)
    gap = negative(absolute(subtract(a, b)))
    usual = add(top, log1p(exp(gap)))
    return where(equal(a, b), add(a, math.log(2)), usual)


@op
def logaddexp2(x1: Any, x2: Any) -> Any:
    """log2(2**x1 + 2**x2), element by element, without overflow; see `logaddexp`."""
    a, b = promote(x1, x2, to_float=True)
    scale = math.log(2)
    return divide(logaddexp(multiply(a, scale), multiply(b, scale)), scale)


@op
def ldexp(x1: Any, x2: Any) -> Any:
    """x1 times 2 to the power of x2, an integer tensor; floats of x1's dtype."""
    x1 = to_float(x1)
    return multiply(x1, exp2(cast_to(as_tensor(x2), dtype_of(x1))))


@op
def cbrt(x: Any) -> Any:
    """The cube root; of a negative number the negative root."""
    x = to_float(x)
    return multiply(sign(x), power(absolute(x), 1 / 3))


@op
def hypot(x1: Any, x2: Any) -> Any:
    """sqrt(x1**2 + x2**2), element by element.

    Args:
        x1: tensor.
        x2: tensor; shapes broadcast.
    Returns:
        Float tensor of the broadcast shape; its gradient at (0, 0) is 0.
    Numerics: scaled by the greater of the two, so that squares do not overflow.
    """
    a, b = (absolute(v) for v in promote(x1, x2, to_float=True))
    top, low = maximum(a, b), minimum(a, b)
    plain = isfinite(top)
    safe = where(equal(top, 0), scalar(1.0, dtype_of(top)), top)
    scaled = multiply(top, sqrt(add(1, square(divide(low, safe)))))
    return where(plain, scaled, where(equal(a, b), a, maximum(a, b)))


@op
def deg2rad(x: Any) -> Any:
    """Degrees as radians."""
    return multiply(to_float(x), math.pi / 180)


@op
def rad2deg(x: Any) -> Any:
    """Radians as degrees."""
    return multiply(to_float(x), 180 / math.pi)


@op
def sinc(x: Any) -> Any:
    """sin(πx) / (πx), 1 at 0."""
    x = to_float(x)
    zero = equal(x, 0)
    angle = multiply(where(zero, scalar(1.0, dtype_of(x)), x), math.pi)
    return where(zero, scalar(1.0, dtype_of(x)), divide(sin(angle), angle))


_SERIES = [1 / math.factorial(k) ** 2 for k in range(48)]
_TAIL = [1.0]
for _k in range(1, 20):
    _TAIL.append(_TAIL[-1] * (2 * _k - 1) ** 2 / (8 * _k))


def _polynomial(coefficients: list[float], x: Any) -> Any:
    total: Any = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = add(multiply(x, total), c)
    return total


@op
def i0(x: Any) -> Any:
    """The modified Bessel function of the first kind, order 0.

    Args:
        x: tensor.
    Returns:
        Float tensor of x's shape.
    Source: Abramowitz and Stegun (1964), 9.6.12 (power series, |x| < 18) and 9.7.1 (asymptotic
        series).
    """
    x = to_float(x)
    dtype = dtype_of(x)
    wide = cast_to(absolute(x), "float32" if dtype in ("float16", "bfloat16") else dtype)
    small = _polynomial(_SERIES, square(multiply(minimum(wide, 18.0), 0.5)))
    large = maximum(wide, 18.0)
    tail = _polynomial(_TAIL, divide(1, large))
    outer = multiply(divide(exp(large), sqrt(multiply(large, 2 * math.pi))), tail)
    return cast_to(where(less(wide, 18.0), small, outer), dtype)


@op
def erfc(x: Any) -> Any:
    """1 - erf(x), the complement of the error function."""
    return subtract(1, apply("erf", to_float(x)))


@op
def fabs(x: Any) -> Any:
    """|x| as a float."""
    x = as_tensor(x)
    return cast_to(absolute(x), float_dtype(dtype_of(x)))
