"""Exponential, logarithmic, trigonometric and related functions of float32 vectors.

Every function is a straight line of instructions, right to 4 units of the last place on the whole
range (most to 2; the tests measure it), with infinities, NaN, signed zeros and denormal numbers as
in C. A scalar runs the same instructions as a vector, so it has the same bits. On a processor
without fused multiply-add the bits differ, the bounds hold.

Coefficients: fitted in float64 by least squares with Lawson's weights on 2000 Chebyshev nodes, for
the relative error of the function, then rounded to float32 one after the other, refitting those
left. In brackets: that error in units of 2**-24. Lowest order first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lamina.executors.native import libm
from lamina.executors.native.writer import Function, Value

# exp(r) = 1 + r + r^2 q(r) on |r| <= ln(2) / 2 [0.06]
_EXP = (0.5, 0.16666518, 0.041666433, 0.008368968, 0.0013937847)
# expm1(r) = r + r^2 q(r), the same with the error taken of expm1 [0.01]
_EXPM1 = (0.5, 0.16666669, 0.041666474, 0.008332839, 0.0013934054, 0.00020153739)
# log(1 + f) = f - f^2/2 + f^3 q(f) on sqrt(1/2) <= 1 + f <= sqrt(2) [0.1]
_LOG = (0.3333333, -0.25000823, 0.2000125, -0.16623315,
        0.14201266, -0.13160177, 0.12764853, -0.07638379)  # fmt: skip
# erf(x) = x + x q(x^2) on |x| <= 0.9 [0.24]
_ERF = (0.12837915, -0.37612516, 0.11282085, -0.02677728, 0.005009916, -0.0006081068)
# log(1 - erf(x)) = x q(x) on 0.895 <= x <= 4 [0.05 of erf]
_ERF_TAIL = (-1.1285212, -0.6356951, -0.10529252, 0.022909688, -0.0032211218, 0.0002147347)
# sin(r) = r + r^3 q(r^2) and cos(r) = 1 - r^2/2 + r^4 q(r^2) on |r| <= pi/4 [0.06, 0.002]
_SIN = (-0.16666655, 0.008332191, -0.00019518573)
_COS = (0.041666646, -0.0013887312, 2.4432742e-05)
# sinh(x) = x + x^3 q(x^2) on |x| <= 1 [0.006]
_SINH = (0.16666667, 0.008333316, 0.0001984142, 2.7915382e-06)
# asin(x) = x + x^3 q(x^2) on |x| <= 1/2 [0.08]
_ASIN = (0.16666754, 0.07495253, 0.04547591, 0.024152815, 0.042210512)
# atan(x) = x + x^3 q(x^2) on |x| <= 1 [0.04]
_ATAN = (-0.333333, 0.19998536, -0.14264125, 0.10951638, -0.084019855,
         0.057934247, -0.031155923, 0.010903411, -0.0017912235)  # fmt: skip

_ROUNDER = 12582912.0  # 1.5 * 2**23: added, it leaves the nearest whole number in the low bits
_ROUNDER_DOUBLE = 6755399441055744.0  # 1.5 * 2**52
_BIAS = 127  # of the exponent of a float32
_SQRT_HALF = 0x3F3504F3  # the bits of sqrt(1/2)
_FRACTION = (1 << 23) - 1  # the bits of a float32 below its exponent
_SIGN = -(1 << 31)
# ln(2) in parts: the first has so few bits that its product with an exponent is exact.
_LN2_EXP = (0.693145751953125, 1.42860677e-06)
_LN2_LOG = (0.693359375, -2.1219444e-04)
# pi/2 in parts of 33 bits (exact times a whole number below 2**20) and the rest.
_HALF_PI = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21)
_MOST_TURNS = 1.5e6  # radians; larger arguments of sin, cos and tan go to the C library


def exp(f: Function, x: Value) -> Value:
    """e**x."""
    return _exp(f, _at_most(f, _at_least(f, x, -104.0), 89.0))


def expm1(f: Function, x: Value) -> Value:
    """e**x - 1."""
    n, r = _reduced(f, _at_most(f, _at_least(f, x, -18.0), 89.0), _BIAS - 1)
    half = _power_of_two(f, n)  # 2**n / 2, finite for n = 128
    part = f.fma(half, _expm1(f, r), f.binary("fsub", half, _number(f, 0.5)))
    tiny = f.compare("olt", f.intrinsic("fabs", x), _number(f, 1e-10))
    return f.select(tiny, x, f.binary("fadd", part, part))


def tanh(f: Function, x: Value) -> Value:
    """The hyperbolic tangent, expm1(2 |x|) / (expm1(2 |x|) + 2) with the sign of x."""
    size = _at_most(f, f.intrinsic("fabs", x), 10.0)
    n, r = _reduced(f, f.binary("fadd", size, size))
    power = _power_of_two(f, n)
    e = f.fma(power, _expm1(f, r), f.binary("fsub", power, _number(f, 1.0)))
    quotient = f.binary("fdiv", e, f.binary("fadd", e, _number(f, 2.0)))
    return f.intrinsic("copysign", quotient, x)


def logistic(f: Function, x: Value) -> Value:
    """1 / (1 + e**-x)."""
    minus = f.intrinsic("copysign", x, _number(f, -1.0))
    e = _exp(f, _at_least(f, minus, -104.0))
    one = _number(f, 1.0)
    above = f.select(f.compare("oge", x, _number(f, 0.0)), one, e)
    return f.binary("fdiv", above, f.binary("fadd", e, one))


def log(f: Function, x: Value) -> Value:
    """The natural logarithm."""
    small = f.compare("olt", x, _number(f, 2.0**-126))
    normal = f.select(small, f.binary("fmul", x, _number(f, 2.0**23)), x)
    base = f.select(small, _int(f, _SQRT_HALF + (23 << 23)), _int(f, _SQRT_HALF))
    above = f.binary("sub", f.convert("bitcast", normal, "int32"), base)
    exponent = f.convert("sitofp", f.binary("ashr", above, _int(f, 23)), "float32")
    fraction = f.binary("add", f.binary("and", above, _int(f, _FRACTION)), _int(f, _SQRT_HALF))
    rest = f.binary("fsub", f.convert("bitcast", fraction, "float32"), _number(f, 1.0))
    return _log_ends(f, _log(f, rest, exponent), x, 0.0)


def log1p(f: Function, x: Value) -> Value:
    """log(1 + x), where 1 + x = (1 + rest) 2**n and rest is rounded once."""
    one = f.binary("fadd", x, _number(f, 1.0))
    above = f.binary("sub", f.convert("bitcast", one, "int32"), _int(f, _SQRT_HALF))
    exponent = f.convert("sitofp", f.binary("ashr", above, _int(f, 23)), "float32")
    shift = f.binary("and", above, _int(f, ~_FRACTION))
    # 4 / 2**n is a normal number for every n up to 128
    scale = f.convert("bitcast", f.binary("sub", _int(f, (_BIAS + 2) << 23), shift), "float32")
    rest = f.fma(x, scale, f.binary("fsub", scale, _number(f, 4.0)))
    rest = f.binary("fmul", rest, _number(f, 0.25))
    result = _log_ends(f, _log(f, rest, exponent), x, -1.0)
    return f.intrinsic("copysign", result, x)  # -0


def erf(f: Function, x: Value) -> Value:
    """The error function: x + x q(x^2) below 0.9, 1 - exp(|x| q(|x|)) with its sign above."""
    size = _at_most(f, f.intrinsic("fabs", x), 4.0)
    low = f.fma(x, _polynomial(f, f.binary("fmul", size, size), _ERF), x)
    n, r = _reduced(f, f.binary("fmul", size, _polynomial(f, size, _ERF_TAIL)))
    tail = f.binary("fmul", _exp_of_rest(f, r), _power_of_two(f, n))
    high = f.intrinsic("copysign", f.binary("fsub", _number(f, 1.0), tail), x)
    return f.select(f.compare("olt", size, _number(f, 0.9)), low, high)


def sin(f: Function, x: Value) -> Value:
    """The sine of x radians."""
    size, turns, sine, cosine = _turned(f, x)
    value = f.select(_odd(f, turns), cosine, sine)
    sign = f.binary("and", f.binary("shl", turns, _int(f, 30)), _int(f, _SIGN))
    sign = f.binary("xor", sign, _sign_of(f, x))
    return _or_library(f, "sin", size, x, _flipped(f, value, sign))


def cos(f: Function, x: Value) -> Value:
    """The cosine of x radians."""
    size, turns, sine, cosine = _turned(f, x)
    value = f.select(_odd(f, turns), sine, cosine)
    turns = f.binary("add", turns, _int(f, 1))
    sign = f.binary("and", f.binary("shl", turns, _int(f, 30)), _int(f, _SIGN))
    return _or_library(f, "cos", size, x, _flipped(f, value, sign))


def tan(f: Function, x: Value) -> Value:
    """The tangent of x radians."""
    size, turns, sine, cosine = _turned(f, x)
    odd = _odd(f, turns)
    value = f.binary("fdiv", f.select(odd, cosine, sine), f.select(odd, sine, cosine))
    sign = f.binary("xor", f.binary("shl", turns, _int(f, 31)), _sign_of(f, x))
    return _or_library(f, "tan", size, x, _flipped(f, value, sign))


def sinh(f: Function, x: Value) -> Value:
    """The hyperbolic sine."""
    size = f.intrinsic("fabs", x)
    square = f.binary("fmul", x, x)
    low = f.fma(f.binary("fmul", x, square), _polynomial(f, square, _SINH), x)
    half, other = _half_exponentials(f, size)
    high = f.intrinsic("copysign", f.binary("fsub", half, other), x)
    return f.select(f.compare("olt", size, _number(f, 1.0)), _sign_kept(f, low, x), high)


def cosh(f: Function, x: Value) -> Value:
    """The hyperbolic cosine."""
    return f.binary("fadd", *_half_exponentials(f, f.intrinsic("fabs", x)))


def asinh(f: Function, x: Value) -> Value:
    """log(|x| + sqrt(x^2 + 1)) with the sign of x."""
    size = f.intrinsic("fabs", x)
    square = f.binary("fmul", size, size)
    one = _number(f, 1.0)
    root = f.intrinsic("sqrt", f.binary("fadd", square, one))
    more = f.binary("fdiv", square, f.binary("fadd", root, one))
    result = _log1p_or_log_of_double(f, f.binary("fadd", size, more), size)
    return f.intrinsic("copysign", result, x)


def acosh(f: Function, x: Value) -> Value:
    """log(x + sqrt(x^2 - 1)); NaN below 1."""
    one = _number(f, 1.0)
    above = f.binary("fsub", x, one)
    square = f.binary("fmul", above, f.binary("fadd", x, one))
    result = _log1p_or_log_of_double(f, f.binary("fadd", above, f.intrinsic("sqrt", square)), x)
    return f.select(f.compare("ult", x, one), _number(f, math.nan), result)


def atanh(f: Function, x: Value) -> Value:
    """log((1 + x) / (1 - x)) / 2."""
    size = f.intrinsic("fabs", x)
    quotient = f.binary(
        "fdiv", f.binary("fadd", size, size), f.binary("fsub", _number(f, 1.0), size)
    )
    return f.intrinsic("copysign", f.binary("fmul", log1p(f, quotient), _number(f, 0.5)), x)


def asin(f: Function, x: Value) -> Value:
    """The arc sine; NaN outside [-1, 1]."""
    size = f.intrinsic("fabs", x)
    low, core = _asin_core(f, size)
    high = f.fma(core, _number(f, -2.0), _number(f, math.pi / 2))
    return f.intrinsic("copysign", f.select(low, core, high), x)


def acos(f: Function, x: Value) -> Value:
    """The arc cosine; NaN outside [-1, 1]."""
    low, core = _asin_core(f, f.intrinsic("fabs", x))
    twice = f.binary("fadd", core, core)
    negative = f.compare("olt", x, _number(f, 0.0))
    high = f.select(negative, f.binary("fsub", _number(f, math.pi), twice), twice)
    # pi/2 - asin(x), the rounding of pi/2 given back
    signed = f.intrinsic("copysign", core, x)
    rest = f.binary("fsub", _number(f, -4.371139e-08), signed)
    return f.select(low, f.binary("fadd", _number(f, math.pi / 2), rest), high)


def atan(f: Function, x: Value) -> Value:
    """The arc tangent."""
    size = f.intrinsic("fabs", x)
    one = _number(f, 1.0)
    large = f.compare("ogt", size, one)
    r = _atan_core(f, f.select(large, f.binary("fdiv", one, size), size))
    r = f.select(large, f.binary("fsub", _number(f, math.pi / 2), r), r)
    return f.intrinsic("copysign", r, x)


def atan2(f: Function, y: Value, x: Value) -> Value:
    """The angle of the point (x, y), between -pi and pi."""
    across, up = f.intrinsic("fabs", x), f.intrinsic("fabs", y)
    steep = f.compare("ogt", up, across)
    large, small = f.select(steep, up, across), f.select(steep, across, up)
    slope = f.binary("fdiv", small, large)
    # 0/0 counts as 0, inf/inf as 1
    slope = f.select(f.compare("oeq", large, _number(f, 0.0)), _number(f, 0.0), slope)
    slope = f.select(f.compare("oeq", small, _number(f, math.inf)), _number(f, 1.0), slope)
    r = _atan_core(f, slope)
    r = f.select(steep, f.binary("fsub", _number(f, math.pi / 2), r), r)
    left = f.compare("slt", f.convert("bitcast", x, "int32"), _int(f, 0))
    r = f.select(left, f.binary("fsub", _number(f, math.pi), r), r)
    nan = f.compare("uno", x, y)
    return f.intrinsic("copysign", f.select(nan, _number(f, math.nan), r), y)


# --- parts ---


def _number(f: Function, number: float) -> Value:
    return f.constant(number, "float32")


def _int(f: Function, number: int) -> Value:
    return f.constant(number, "int32")


def _at_most(f: Function, x: Value, bound: float) -> Value:
    """The smaller of the two; NaN stays."""
    limit = _number(f, bound)
    return f.select(f.compare("olt", limit, x), limit, x)


def _at_least(f: Function, x: Value, bound: float) -> Value:
    limit = _number(f, bound)
    return f.select(f.compare("ogt", limit, x), limit, x)


def _polynomial(f: Function, x: Value, coefficients: Sequence[float]) -> Value:
    total = _number(f, coefficients[-1])
    for c in coefficients[-2::-1]:
        total = f.fma(total, x, _number(f, c))
    return total


def _reduced(f: Function, x: Value, bias: int = _BIAS) -> tuple[Value, Value]:
    """x = n ln(2) + r with |r| <= ln(2) / 2; n + bias in the low bits of the first result."""
    rounder = _number(f, _ROUNDER + bias)
    biased = f.fma(x, _number(f, 1 / math.log(2)), rounder)
    n = f.binary("fsub", biased, rounder)
    for part in _LN2_EXP:
        x = f.fma(n, _number(f, -part), x)
    return f.convert("bitcast", biased, "int32"), x


def _power_of_two(f: Function, exponent: Value) -> Value:
    """The float32 with this biased exponent; what lies above it is shifted out."""
    return f.convert("bitcast", f.binary("shl", exponent, _int(f, 23)), "float32")


def _exp_of_rest(f: Function, r: Value) -> Value:
    return _polynomial(f, r, (1.0, 1.0, *_EXP))


def _expm1(f: Function, r: Value) -> Value:
    return f.fma(f.binary("fmul", r, r), _polynomial(f, r, _EXPM1), r)


def _exp(f: Function, x: Value, scale: int = 0) -> Value:
    """2**scale e**x for -104 <= x <= 90, in two steps: it may be infinite or denormal."""
    n, r = _reduced(f, x, 2 * _BIAS + scale)
    half = f.binary("lshr", n, _int(f, 1))
    part = f.binary("fmul", _exp_of_rest(f, r), _power_of_two(f, half))
    return f.binary("fmul", part, _power_of_two(f, f.binary("sub", n, half)))


def _half_exponentials(f: Function, size: Value) -> tuple[Value, Value]:
    """e**x / 2 and e**-x / 2 of x >= 0; the first is finite wherever sinh is."""
    half = _exp(f, _at_most(f, size, 90.0), scale=-1)
    return half, f.binary("fdiv", _number(f, 0.25), half)


def _log(f: Function, rest: Value, exponent: Value) -> Value:
    """log((1 + rest) 2**exponent)."""
    square = f.binary("fmul", rest, rest)
    high, low = _LN2_LOG
    tail = f.fma(
        f.binary("fmul", square, rest),
        _polynomial(f, rest, _LOG),
        f.binary("fmul", exponent, _number(f, low)),
    )
    tail = f.fma(square, _number(f, -0.5), tail)
    return f.fma(exponent, _number(f, high), f.binary("fadd", rest, tail))


def _log_ends(f: Function, value: Value, x: Value, least: float) -> Value:
    """-inf at the least argument, NaN below it and for NaN, inf at inf."""
    bound, inf = _number(f, least), _number(f, math.inf)
    value = f.select(f.compare("oeq", x, inf), inf, value)
    value = f.select(f.compare("oeq", x, bound), _number(f, -math.inf), value)
    return f.select(f.compare("ult", x, bound), _number(f, math.nan), value)


def _log1p_or_log_of_double(f: Function, argument: Value, x: Value) -> Value:
    """log1p(argument), or log(2 x) where x is so large that both agree."""
    large = f.compare("ogt", x, _number(f, 1e9))
    result = log1p(f, f.select(large, x, argument))
    more = f.select(large, _number(f, math.log(2)), _number(f, 0.0))
    return f.binary("fadd", result, more)


def _turned(f: Function, x: Value) -> tuple[Value, Value, Value, Value]:
    """|x|, how many quarter turns it has, and sine and cosine of what is left."""
    size = f.intrinsic("fabs", x)
    wide = f.convert("fpext", size, "float64")
    rounder = f.constant(_ROUNDER_DOUBLE, "float64")
    sum_ = f.fma(wide, f.constant(2 / math.pi, "float64"), rounder)
    n = f.binary("fsub", sum_, rounder)
    for part in _HALF_PI:
        wide = f.fma(n, f.constant(-part, "float64"), wide)
    turns = f.convert("trunc", f.convert("bitcast", sum_, "int64"), "int32")
    r = f.convert("fptrunc", wide, "float32")
    square = f.binary("fmul", r, r)
    sine = f.fma(f.binary("fmul", r, square), _polynomial(f, square, _SIN), r)
    cosine = _polynomial(f, square, (1.0, -0.5, *_COS))
    return size, turns, sine, cosine


def _odd(f: Function, turns: Value) -> Value:
    return f.compare("ne", f.binary("and", turns, _int(f, 1)), _int(f, 0))


def _sign_of(f: Function, x: Value) -> Value:
    return f.binary("and", f.convert("bitcast", x, "int32"), _int(f, _SIGN))


def _flipped(f: Function, x: Value, sign: Value) -> Value:
    """x with the sign changed where the top bit says so."""
    bits = f.binary("xor", f.convert("bitcast", x, "int32"), sign)
    return f.convert("bitcast", bits, "float32")


def _sign_kept(f: Function, value: Value, x: Value) -> Value:
    return f.intrinsic("copysign", value, x)


def _or_library(f: Function, name: str, size: Value, x: Value, value: Value) -> Value:
    """The value, or that of the C library for a large argument; NaN of infinity."""
    large = f.compare("ogt", size, _number(f, _MOST_TURNS))
    return f.select(large, libm.call(f, name, x, where=large), value)


def _asin_core(f: Function, size: Value) -> tuple[Value, Value]:
    """Whether |x| < 1/2, and asin of |x| there, of sqrt((1 - |x|) / 2) elsewhere."""
    low = f.compare("olt", size, _number(f, 0.5))
    half = _number(f, 0.5)
    part = f.fma(size, _number(f, -0.5), half)
    square = f.select(low, f.binary("fmul", size, size), part)
    root = f.select(low, size, f.intrinsic("sqrt", part))
    return low, f.fma(f.binary("fmul", root, square), _polynomial(f, square, _ASIN), root)


def _atan_core(f: Function, x: Value) -> Value:
    """atan on [0, 1]."""
    square = f.binary("fmul", x, x)
    return f.fma(f.binary("fmul", x, square), _polynomial(f, square, _ATAN), x)


VECTOR_MATH: dict[str, Callable[..., Value]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "tanh": tanh,
    "logistic": logistic,
    "erf": erf,
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "sinh": sinh,
    "cosh": cosh,
    "asinh": asinh,
    "acosh": acosh,
    "atanh": atanh,
    "asin": asin,
    "acos": acos,
    "atan": atan,
    "atan2": atan2,
}
