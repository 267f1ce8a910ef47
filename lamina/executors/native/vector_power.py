"""x**y of float32 vectors: 2**(y log2 |x|) in float64, then the cases that C names.

In float64 neither the logarithm nor the product loses anything that matters in float32: the result
is right to 0.6 units of the last place, whole powers of whole numbers are exact. Coefficients were
fitted as those of `vector_math`; in brackets their relative error.
"""

from __future__ import annotations

import math

from lamina.executors.native.writer import Function, Value

# log2(m) = s q(s^2) with s = (m - 1) / (m + 1) on sqrt(1/2) <= m <= sqrt(2) [4e-12]
_LOG2 = (2.885390081790153, 0.9617966732671646, 0.5770835979178219,
         0.4116719998662621, 0.3407425795787611)  # fmt: skip
# 2**r = 1 + r q(r) on |r| <= 1/2 [2e-9]
_EXP2 = (0.693147202881896, 0.24022647910156822, 0.05550332408142171,
         0.009618437614819165, 0.0013398900660485686, 0.00015353339833644735)  # fmt: skip

_SQRT_HALF = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
_FRACTION = (1 << 52) - 1  # the bits of a float64 below its exponent
_BIAS = 1023
_ROUNDER = 6755399441055744.0 + _BIAS  # added, it leaves n + bias in the low bits
_LARGE = 1e30  # stands for an infinite power, whose product with 0 would be NaN
_INFINITE = 200.0  # 2**200 is infinite in float32, 2**-200 is 0


def power(f: Function, x: Value, y: Value) -> Value:
    """x**y with the special cases of C: 1 for y = 0 and for x = 1, even with NaN."""
    x, y = f.together(x, y)
    size = f.intrinsic("fabs", x)
    exponent = _between(f, f.convert("fpext", y, "float64"), _LARGE)
    product = f.binary("fmul", exponent, _log2(f, size))
    value = f.convert("fptrunc", _exp2(f, _between(f, product, _INFINITE)), "float32")

    zero, one, nan = (f.constant(number, "float32") for number in (0.0, 1.0, math.nan))
    inf = f.constant(math.inf, "float32")
    is_whole = f.compare("oeq", f.intrinsic("trunc", y), y)
    half = f.binary("fmul", y, f.constant(0.5, "float32"))
    is_odd = f.binary("and", is_whole, f.compare("une", f.intrinsic("trunc", half), half))
    value = f.select(is_odd, f.intrinsic("copysign", value, x), value)
    is_negative = f.binary(
        "and",
        f.compare("olt", x, zero),
        f.compare("one", size, inf),
    )
    rootless = f.binary("xor", is_whole, f.constant(True, "bool"))
    is_nan = f.binary("and", is_negative, rootless)
    is_nan = f.binary("or", is_nan, f.compare("uno", x, y))
    is_one = f.binary("or", f.compare("oeq", x, one), f.compare("oeq", y, zero))
    return f.select(is_one, one, f.select(is_nan, nan, value))


def _log2(f: Function, size: Value) -> Value:
    """log2 of a float32 that is not negative, as float64."""
    wide = f.convert("fpext", size, "float64")
    least = f.constant(_SQRT_HALF, "int64")
    above = f.binary("sub", f.convert("bitcast", wide, "int64"), least)
    shifted = f.binary("ashr", above, f.constant(52, "int64"))
    n = f.convert("sitofp", f.convert("trunc", shifted, "int32"), "float64")
    fraction = f.binary("add", f.binary("and", above, f.constant(_FRACTION, "int64")), least)
    m = f.convert("bitcast", fraction, "float64")
    one = f.constant(1.0, "float64")
    s = f.binary("fdiv", f.binary("fsub", m, one), f.binary("fadd", m, one))
    value = f.fma(s, _polynomial(f, f.binary("fmul", s, s), _LOG2), n)
    for end, result in ((0.0, -math.inf), (math.inf, math.inf)):
        at_end = f.compare("oeq", size, f.constant(end, "float32"))
        value = f.select(at_end, f.constant(result, "float64"), value)
    return value


def _exp2(f: Function, x: Value) -> Value:
    rounder = f.constant(_ROUNDER, "float64")
    biased = f.binary("fadd", x, rounder)
    r = f.binary("fsub", x, f.binary("fsub", biased, rounder))
    value = f.fma(r, _polynomial(f, r, _EXP2), f.constant(1.0, "float64"))
    bits = f.binary("shl", f.convert("bitcast", biased, "int64"), f.constant(52, "int64"))
    return f.binary("fmul", value, f.convert("bitcast", bits, "float64"))


def _between(f: Function, x: Value, bound: float) -> Value:
    """x, or the bound that it exceeds; NaN stays."""
    for predicate, number in (("olt", bound), ("ogt", -bound)):
        limit = f.constant(number, "float64")
        x = f.select(f.compare(predicate, limit, x), limit, x)
    return x


def _polynomial(f: Function, x: Value, coefficients: tuple[float, ...]) -> Value:
    total = f.constant(coefficients[-1], "float64")
    for c in coefficients[-2::-1]:
        total = f.fma(total, x, f.constant(c, "float64"))
    return total
