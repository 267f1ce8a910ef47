"""What kind of number an element is, and numbers compared with a tolerance or past NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote, scalar
from lamina.ops.elementwise import (
    absolute,
    add,
    divide,
    equal,
    isfinite,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_or,
    maximum,
    minimum,
    mod,
    multiply,
    not_equal,
    sign,
    subtract,
    where,
)
from lamina.ops.numpy_only import on_arrays
from lamina.ops.reduction import all as all_true
from lamina.ops.registration import op
from lamina.runtime.dispatch import apply


@op
def isposinf(x: Any) -> Any:
    """Whether each element is +infinity."""
    x = as_tensor(x)
    return equal(x, math.inf) if dtypes.is_float(dtype_of(x)) else not_equal(x, x)


@op
def isneginf(x: Any) -> Any:
    """Whether each element is -infinity."""
    x = as_tensor(x)
    return equal(x, -math.inf) if dtypes.is_float(dtype_of(x)) else not_equal(x, x)


@op
def signbit(x: Any) -> Any:
    """Whether each element's sign is minus; that of -0.0 is."""
    x = as_tensor(x)
    if dtypes.is_float(dtype_of(x)):
        zero = equal(x, 0)
        x = where(zero, divide(1, where(zero, x, 1.0)), x)  # 1 / -0.0 is -inf
    return less(x, 0)


@op
def isclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether |x1 - x2| <= atol + rtol * |x2|, element by element.

    Args:
        x1: tensor.
        x2: tensor; shapes broadcast.
        rtol: relative tolerance.
        atol: absolute tolerance.
        equal_nan: whether NaN equals NaN.
    Returns:
        bool tensor; equal infinities are close.
    """
    a, b = promote(x1, x2, to_float=True)
    near = less_equal(absolute(subtract(a, b)), add(atol, multiply(rtol, absolute(b))))
    result = logical_or(equal(a, b), logical_and(near, logical_and(isfinite(a), isfinite(b))))
    if equal_nan:
        result = logical_or(result, logical_and(isnan(a), isnan(b)))
    return result


@op
def allclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether all elements are close; see `isclose`. A bool scalar."""
    return all_true(isclose(x1, x2, rtol, atol, equal_nan))


@op
def fmax(x1: Any, x2: Any) -> Any:
    """The greater element of each pair; a number wins against NaN."""
    a, b = promote(x1, x2)
    return where(isnan(a), b, where(isnan(b), a, maximum(a, b)))


@op
def fmin(x1: Any, x2: Any) -> Any:
    """The smaller element of each pair; a number wins against NaN."""
    a, b = promote(x1, x2)
    return where(isnan(a), b, where(isnan(b), a, minimum(a, b)))


@op
def fmod(x1: Any, x2: Any) -> Any:
    """The remainder of a division rounded towards 0; it has the sign of x1."""
    a, b = promote(x1, x2)
    if dtype_of(a) == "bool":
        a, b = cast_to(a, "int32"), cast_to(b, "int32")
    if dtype_of(a).startswith("uint"):
        return mod(a, b)
    return multiply(sign(a), mod(absolute(a), absolute(b)))


@op
def trunc(x: Any) -> Any:
    """Each element without its fraction; integers stay as they are."""
    x = as_tensor(x)
    if not dtypes.is_float(dtype_of(x)):
        return x
    return where(less(x, 0), apply("ceil", x), apply("floor", x))


@op
def heaviside(x1: Any, x2: Any) -> Any:
    """0 where x1 < 0, x2 where x1 = 0, 1 where x1 > 0; NaN stays NaN."""
    a, b = promote(x1, x2, to_float=True)
    step = cast_to(less(0, a), dtype_of(a))
    return where(isnan(a), a, where(equal(a, 0), b, step))


@op
def divide_no_nan(x1: Any, x2: Any) -> Any:
    """x1 / x2, and 0 where x2 is 0; so are the gradients there."""
    a, b = promote(x1, x2, to_float=True)
    zero = equal(b, 0)
    quotient = divide(a, where(zero, scalar(1.0, dtype_of(b)), b))
    return where(zero, scalar(0.0, dtype_of(b)), quotient)


@op
def nan_to_num(
    x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """NaN and infinities replaced by numbers.

    Args:
        x: tensor.
        nan: stands for NaN.
        posinf: stands for +infinity; default the dtype's greatest number.
        neginf: stands for -infinity; default the dtype's least number.
    Returns:
        Tensor of x's shape and dtype.
    """
    x = as_tensor(x)
    dtype = dtype_of(x)
    if dtypes.is_complex(dtype) or not dtypes.is_float(dtype):
        return x
    limit = _limit(dtype)
    x = where(isnan(x), nan, x)
    x = where(isposinf(x), limit if posinf is None else posinf, x)
    return where(isneginf(x), -limit if neginf is None else neginf, x)


def _limit(dtype: str) -> float:
    """The greatest finite number of a float dtype."""
    if dtype == "bfloat16":
        return 3.3895313892515355e38
    return float(np.finfo(dtypes.to_numpy(dtype)).max)


@op
def nextafter(x1: Any, x2: Any) -> Any:
    """The next number of the dtype after x1 in the direction of x2 (arrays only)."""
    a, b = promote(x1, x2, to_float=True)

    def compute(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.nextafter(a, b, dtype=a.dtype)

    return on_arrays("nextafter", compute, _broadcast_spec, a, b)


def _integers(x1: Any, x2: Any) -> list[Any]:
    values = promote(x1, x2)
    return [cast_to(v, "int32") if dtype_of(v) == "bool" else v for v in values]


def _broadcast_spec(a: Any, b: Any) -> list:
    return [(dims.broadcast(tuple(a.shape), tuple(b.shape)), dtype_of(a))]


@op
def gcd(x1: Any, x2: Any) -> Any:
    """The greatest common divisor of each pair of integers (arrays only)."""
    return on_arrays("gcd", np.gcd, _broadcast_spec, *_integers(x1, x2))


@op
def lcm(x1: Any, x2: Any) -> Any:
    """The least common multiple of each pair of integers (arrays only)."""
    return on_arrays("lcm", np.lcm, _broadcast_spec, *_integers(x1, x2))
