"""Element-wise primitives as instructions: a row each, and which dtypes have one.

A row takes the function being written and the operands, scalars or vectors mixed, and returns the
result. It writes only instructions that neither trap nor have effects, so they may move before
loops. The meaning is that of the reference executor, bit for bit except for transcendental
functions; where C leaves a cast from float to integer open, the result is that of x86 processors.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lamina.executors.native import libm, vector_math, vector_power
from lamina.executors.native.writer import BYTES, Function, Value

FLOATS = ("float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
ALL = ("bool", *INTEGERS, *FLOATS)


def native_elementwise(
    primitive: str, dtypes: Sequence[str], attributes: Mapping[str, Any]
) -> bool:
    """Whether a primitive can be written as instructions.

    Args:
        primitive: its name.
        dtypes: those of the operands, then that of the result.
        attributes: of the node.
    Returns:
        False where the reference executor has to be called.
    Example:
        >>> native_elementwise("exp", ["float32", "float32"], {})
        True
        >>> native_elementwise("polygamma", ["float32", "float32"], {"order": 1})
        False
    """
    kinds = _DTYPES.get(primitive)
    if kinds is None or not all(d in ALL for d in dtypes):
        return False
    return dtypes[1 if primitive == "select" else 0] in kinds


# --- literals ---


def _literal(value: Value) -> float | int | None:
    """The number that every lane holds, if it is known while writing."""
    found = re.fullmatch(r"(?:splat \(\w+ )?(-?\w+)\)?", value.ref)
    if found is None:
        return None
    text = found[1]
    if value.dtype in FLOATS:
        return struct.unpack(">d", bytes.fromhex(text[2:]))[0]
    return text == "true" if value.dtype == "bool" else int(text)


def _like(f: Function, number: float, x: Value) -> Value:
    return f.constant(number, x.dtype)


def _bits(x: Value) -> int:
    return 1 if x.dtype == "bool" else 8 * BYTES[x.dtype]


# --- arithmetic ---


def _same(f: Function, x: Value, **_: Any) -> Value:
    return x


def _neg(f: Function, x: Value) -> Value:
    if x.dtype in FLOATS:
        return f.pure(x.dtype, x.lanes, f"fneg {x.type} {{}}", x)
    return f.binary("sub", _like(f, 0, x), x)


def _abs(f: Function, x: Value) -> Value:
    if x.dtype in FLOATS:
        return f.intrinsic("fabs", x)
    return f.intrinsic("smax", x, _neg(f, x)) if x.dtype in SIGNED else x


def _sign(f: Function, x: Value) -> Value:
    zero, one = _like(f, 0, x), _like(f, 1, x)
    if x.dtype in FLOATS:  # 0 for -0, NaN for NaN
        signed = f.intrinsic("copysign", one, x)
        return f.select(f.compare("one", x, zero), signed, f.binary("fadd", x, zero))
    if x.dtype == "bool":
        return x
    if x.dtype in UNSIGNED:
        return f.intrinsic("umin", x, one)
    return f.intrinsic("smax", f.intrinsic("smin", x, one), _like(f, -1, x))


def _arithmetic(of_ints: str, of_floats: str, of_bools: str) -> Callable[..., Value]:
    def write(f: Function, x: Value, y: Value) -> Value:
        if x.dtype == "bool":
            return f.binary(of_bools, x, y)
        return f.binary(of_floats if x.dtype in FLOATS else of_ints, x, y)

    return write


def _div(f: Function, x: Value, y: Value) -> Value:
    return f.binary("fdiv", x, y)


def _extreme(predicate: str, suffix: str, of_bools: str) -> Callable[..., Value]:
    """maximum and minimum; a float that is NaN wins."""

    def write(f: Function, x: Value, y: Value) -> Value:
        if x.dtype == "bool":
            return f.binary(of_bools, x, y)
        if x.dtype in INTEGERS:
            return f.intrinsic(("s" if x.dtype in SIGNED else "u") + suffix, x, y)
        known = _literal(y)
        if known is not None and not math.isnan(known):
            x, y = y, x
        # x only if it is beyond y, so y where one of them is NaN
        chosen = f.select(f.compare(predicate, x, y), x, y)
        known = _literal(x)
        if known is not None and not math.isnan(known):
            return chosen
        return f.select(f.compare("uno", x, x), x, chosen)

    return write


def _floor_divide(f: Function, x: Value, y: Value) -> Value:
    if x.dtype == "bool":
        return f.binary("and", x, y)
    if x.dtype in INTEGERS:
        return _whole_division(f, x, y)[0]
    zero, one = _like(f, 0, x), _like(f, 1, x)
    rest, down = _float_rest(f, x, y)
    near = f.binary("fdiv", f.binary("fsub", x, rest), y)
    near = f.select(down, f.binary("fsub", near, one), near)
    whole = f.intrinsic("floor", near)  # of a number next to a whole one, so
    below = f.compare("ogt", f.binary("fsub", near, whole), _like(f, 0.5, x))
    whole = f.select(below, f.binary("fadd", whole, one), whole)
    quotient = f.binary("fdiv", x, y)
    whole = f.select(f.compare("oeq", near, zero), f.intrinsic("copysign", zero, quotient), whole)
    return f.select(f.compare("oeq", y, zero), quotient, whole)


def _remainder(f: Function, x: Value, y: Value) -> Value:
    if x.dtype == "bool":
        return f.constant(False, "bool", max(x.lanes, y.lanes))
    if x.dtype in INTEGERS:
        return _whole_division(f, x, y)[1]
    zero = _like(f, 0, x)
    rest, down = _float_rest(f, x, y)
    rest = f.select(down, f.binary("fadd", rest, y), rest)
    return f.select(f.compare("oeq", rest, zero), f.intrinsic("copysign", zero, y), rest)


def _float_rest(f: Function, x: Value, y: Value) -> tuple[Value, Value]:
    """What C leaves of x, with the sign of x, and whether y has the other sign."""
    zero = _like(f, 0, x)
    rest = libm.call(f, "fmod", x, y)
    opposite = f.binary("xor", f.compare("olt", rest, zero), f.compare("olt", y, zero))
    return rest, f.binary("and", opposite, f.compare("une", rest, zero))


def _whole_division(f: Function, x: Value, y: Value) -> tuple[Value, Value]:
    """Quotient rounded down and what is left, with the sign of y; both 0 if y is."""
    zero, one = _like(f, 0, x), _like(f, 1, x)
    none = f.compare("eq", y, zero)
    if x.dtype in UNSIGNED:
        divisor = f.select(none, one, y) if _literal(y) in (None, 0) else y
        quotient = f.binary("udiv", x, divisor)
        rest = f.binary("sub", x, f.binary("mul", quotient, divisor))
        return f.select(none, zero, quotient), f.select(none, zero, rest)
    # The least integer divided by -1 would trap.
    minus = f.compare("eq", y, _like(f, -1, y))
    divisor = y
    if _literal(y) in (None, 0, -1):
        divisor = f.select(f.binary("or", none, minus), one, y)
    quotient = f.binary("sdiv", x, divisor)
    rest = f.binary("sub", x, f.binary("mul", quotient, divisor))
    opposite = f.compare("slt", f.binary("xor", rest, divisor), zero)
    down = f.binary("and", f.compare("ne", rest, zero), opposite)
    quotient = f.select(down, f.binary("sub", quotient, one), quotient)
    rest = f.select(down, f.binary("add", rest, divisor), rest)
    quotient = f.select(minus, f.binary("sub", zero, x), quotient)
    return f.select(none, zero, quotient), rest


# --- powers ---


def _pow(f: Function, x: Value, y: Value) -> Value:
    known = _literal(y)
    if x.dtype in INTEGERS:
        return _integer_power(f, x, y)
    special = None if known is None else _FLOAT_POWERS.get(float(known))
    if special is not None:
        return f.splat(special(f, x), max(x.lanes, y.lanes))
    if x.dtype == "float32":
        return vector_power.power(f, x, y)
    return libm.call(f, "pow", x, y)


def _sqrt(f: Function, x: Value) -> Value:
    return f.intrinsic("sqrt", x)


def _inverse_root(f: Function, x: Value) -> Value:
    """x**-0.5, which unlike 1 / sqrt(x) is inf at -0 and 0 at -inf."""
    root = f.intrinsic("sqrt", f.binary("fadd", x, _like(f, 0, x)))
    low = f.compare("oeq", x, _like(f, -math.inf, x))
    return f.select(low, _like(f, 0, x), _inverse(f, root))


def _square(f: Function, x: Value) -> Value:
    return f.binary("fmul", x, x)


def _inverse(f: Function, x: Value) -> Value:
    return f.binary("fdiv", _like(f, 1, x), x)


# NumPy, too, takes the square root for the power 0.5 when it is a scalar.
_FLOAT_POWERS: dict[float, Callable[[Function, Value], Value]] = {
    -2.0: lambda f, x: _square(f, _inverse(f, x)),
    -1.0: _inverse,
    -0.5: _inverse_root,
    0.0: lambda f, x: _like(f, 1, x),
    0.5: _sqrt,
    1.0: _same,
    2.0: _square,
    3.0: lambda f, x: f.binary("fmul", _square(f, x), x),
    4.0: lambda f, x: _square(f, _square(f, x)),
}


def _integer_power(f: Function, x: Value, y: Value) -> Value:
    """By squaring, modulo the size of the integer; a negative power is 1, -1 or 0."""
    one, zero = _like(f, 1, x), _like(f, 0, x)
    known = _literal(y)
    negative = x.dtype in SIGNED and (known is None or known < 0)
    last = _bits(x) - negative if known is None else abs(int(known)).bit_length()
    total, power = one, x
    for bit in range(last):
        if known is None:
            chosen = f.compare("ne", f.binary("and", y, _like(f, _wrapped(1 << bit, y), y)), zero)
            total = f.binary("mul", total, f.select(chosen, power, one))
        elif abs(int(known)) >> bit & 1:
            total = power if total is one else f.binary("mul", total, power)
        if bit + 1 < last:
            power = f.binary("mul", power, power)
    if negative:
        minus = _like(f, -1, x)
        odd = f.compare("ne", f.binary("and", y, one), zero)
        of_minus = f.select(odd, minus, one)
        inverse = f.select(f.compare("eq", x, minus), of_minus, zero)
        inverse = f.select(f.compare("eq", x, one), one, inverse)
        total = f.select(f.compare("slt", y, zero), inverse, total)
    return f.splat(total, max(x.lanes, y.lanes))


def _wrapped(number: int, like: Value) -> int:
    return int(np.array(number, "uint64").astype(like.dtype))


# --- bits ---


def _bitwise(instruction: str) -> Callable[..., Value]:
    return lambda f, x, y: f.binary(instruction, x, y)


def _not(f: Function, x: Value) -> Value:
    return f.binary("xor", x, _like(f, True if x.dtype == "bool" else -1, x))


def _shift_left(f: Function, x: Value, y: Value) -> Value:
    inside = f.compare("ult", y, _like(f, _bits(y), y))
    return f.select(inside, f.binary("shl", x, y), _like(f, 0, x))


def _shift_right(f: Function, x: Value, y: Value) -> Value:
    if x.dtype in SIGNED:
        return f.binary("ashr", x, f.intrinsic("umin", y, _like(f, _bits(y) - 1, y)))
    inside = f.compare("ult", y, _like(f, _bits(y), y))
    return f.select(inside, f.binary("lshr", x, y), _like(f, 0, x))


# --- rounding, comparing, choosing ---


def _rounded(intrinsic: str) -> Callable[[Function, Value], Value]:
    return lambda f, x: f.intrinsic(intrinsic, x) if x.dtype in FLOATS else x


def _is_finite(f: Function, x: Value) -> Value:
    if x.dtype not in FLOATS:
        return f.constant(True, "bool", x.lanes)
    return f.compare("one", f.intrinsic("fabs", x), _like(f, math.inf, x))


def _compare(of_floats: str, of_ints: str) -> Callable[..., Value]:
    signed = of_ints in ("eq", "ne")

    def write(f: Function, x: Value, y: Value) -> Value:
        if x.dtype in FLOATS:
            return f.compare(of_floats, x, y)
        prefix = "" if signed else ("s" if x.dtype in SIGNED else "u")
        return f.compare(prefix + of_ints, x, y)

    return write


def _select(f: Function, condition: Value, x: Value, y: Value) -> Value:
    return f.select(condition, x, y)


# --- casts ---


def _cast(f: Function, x: Value, dtype: str) -> Value:
    if x.dtype == dtype:
        return x
    if dtype == "bool":
        zero = _like(f, 0, x)
        return f.compare("une" if x.dtype in FLOATS else "ne", x, zero)
    if x.dtype == "bool":
        return f.select(x, f.constant(1, dtype), f.constant(0, dtype))
    if dtype in FLOATS:
        if x.dtype in FLOATS:
            return f.convert("fpext" if dtype == "float64" else "fptrunc", x, dtype)
        return f.convert("sitofp" if x.dtype in SIGNED else "uitofp", x, dtype)
    if x.dtype in FLOATS:
        return _whole(f, x, dtype)
    if BYTES[x.dtype] == BYTES[dtype]:
        return x._replace(dtype=dtype)
    if BYTES[x.dtype] > BYTES[dtype]:
        return f.convert("trunc", x, dtype)
    return f.convert("sext" if x.dtype in SIGNED else "zext", x, dtype)


def _whole(f: Function, x: Value, dtype: str) -> Value:
    """A float without its fraction; numbers too large for the integer as on x86."""
    if dtype in ("uint32", "uint64"):
        same_size = dtype[1:]
        half = 2 ** (8 * BYTES[dtype] - 1)
        large = f.compare("oge", x, _like(f, half, x))
        low = f.select(large, f.binary("fsub", x, _like(f, half, x)), x)
        top = f.select(large, f.constant(-half, same_size), f.constant(0, same_size))
        return f.binary("xor", _whole(f, low, same_size), top)._replace(dtype=dtype)
    wide = "int64" if dtype == "int64" else "int32"
    least = -(2.0 ** (8 * BYTES[wide] - 1))
    fits = f.compare("olt", f.intrinsic("fabs", x), _like(f, -least, x))
    value = f.convert("fptosi", f.select(fits, x, _like(f, least, x)), wide)
    return value if wide == dtype else f.convert("trunc", value, dtype)


# --- functions ---


def _function(name: str, library: str | None = None) -> Callable[..., Value]:
    """A vector function of float32, the C library's of float64."""
    single = vector_math.VECTOR_MATH.get(name)

    def write(f: Function, *operands: Value) -> Value:
        if single is not None and operands[0].dtype == "float32":
            return single(f, *operands)
        return libm.call(f, library or name, *operands)

    return write


def _logistic(f: Function, x: Value) -> Value:
    if x.dtype == "float32":
        return vector_math.logistic(f, x)
    one = _like(f, 1, x)
    e = libm.call(f, "exp", f.intrinsic("copysign", x, _like(f, -1, x)))
    above = f.select(f.compare("oge", x, _like(f, 0, x)), one, e)
    return f.binary("fdiv", above, f.binary("fadd", e, one))


ELEMENTWISE: dict[str, Callable[..., Value]] = {
    "neg": _neg,
    "abs": _abs,
    "sign": _sign,
    "exp": _function("exp"),
    "expm1": _function("expm1"),
    "log": _function("log"),
    "log1p": _function("log1p"),
    "sqrt": _sqrt,
    "sin": _function("sin"),
    "cos": _function("cos"),
    "tan": _function("tan"),
    "asin": _function("asin"),
    "acos": _function("acos"),
    "atan": _function("atan"),
    "sinh": _function("sinh"),
    "cosh": _function("cosh"),
    "tanh": _function("tanh"),
    "asinh": _function("asinh"),
    "acosh": _function("acosh"),
    "atanh": _function("atanh"),
    "erf": _function("erf"),
    "lgamma": _function("lgamma"),
    "logistic": _logistic,
    "floor": _rounded("floor"),
    "ceil": _rounded("ceil"),
    "round": _rounded("rint"),
    "not": _not,
    "is_finite": _is_finite,
    "stop_gradient": _same,
    "cast": _cast,
    "add": _arithmetic("add", "fadd", "or"),
    "sub": _arithmetic("sub", "fsub", "xor"),
    "mul": _arithmetic("mul", "fmul", "and"),
    "div": _div,
    "pow": _pow,
    "maximum": _extreme("ogt", "max", "or"),
    "minimum": _extreme("olt", "min", "and"),
    "remainder": _remainder,
    "floor_divide": _floor_divide,
    "atan2": _function("atan2"),
    "and": _bitwise("and"),
    "or": _bitwise("or"),
    "xor": _bitwise("xor"),
    "shift_left": _shift_left,
    "shift_right": _shift_right,
    "eq": _compare("oeq", "eq"),
    "ne": _compare("une", "ne"),
    "lt": _compare("olt", "lt"),
    "le": _compare("ole", "le"),
    "gt": _compare("ogt", "gt"),
    "ge": _compare("oge", "ge"),
    "select": _select,
}

# Of the first operand that is not a condition. NumPy has no `neg` of bool, and its `pow` and shifts
# of bool are int8, so these stay with the reference.
_DTYPES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(ELEMENTWISE, FLOATS),
    **dict.fromkeys(
        "abs sign floor ceil round is_finite stop_gradient cast add sub mul maximum minimum "
        "remainder floor_divide eq ne lt le gt ge select".split(),
        ALL,
    ),
    **dict.fromkeys(("neg", "pow"), INTEGERS + FLOATS),
    **dict.fromkeys(("shift_left", "shift_right"), INTEGERS),
    **dict.fromkeys(("and", "or", "xor", "not"), ("bool", *INTEGERS)),
}
