"""Element-wise functions: arithmetic, comparison, logic, exponentials, trigonometry, rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote, to_float
from lamina.ops.numpy_only import on_arrays
from lamina.ops.registration import op
from lamina.runtime.dispatch import apply


def _float_unary(name: str, primitive: str, meaning: str) -> Callable[[Any], Any]:
    """An op of one operand that works on floats; integers become the default float first."""

    def function(x: Any) -> Any:
        return apply(primitive, to_float(x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{meaning}\n\n    Args:\n        x: tensor of any shape; integers become floats.\n"
        "    Returns:\n        Float tensor of the same shape.\n    "
    )
    return op(function)


exp = _float_unary("exp", "exp", "e to the power of each element.")
expm1 = _float_unary("expm1", "expm1", "exp(x) - 1, exact for small x.")
log = _float_unary("log", "log", "The natural logarithm; -inf at 0, NaN below.")
log1p = _float_unary("log1p", "log1p", "log(1 + x), exact for small x.")
sqrt = _float_unary("sqrt", "sqrt", "The square root; NaN below 0.")
sin = _float_unary("sin", "sin", "The sine, x in radians.")
cos = _float_unary("cos", "cos", "The cosine, x in radians.")
tan = _float_unary("tan", "tan", "The tangent, x in radians.")
arcsin = _float_unary("arcsin", "asin", "The inverse of the sine, in radians.")
arccos = _float_unary("arccos", "acos", "The inverse of the cosine, in radians.")
arctan = _float_unary("arctan", "atan", "The inverse of the tangent, in radians.")
sinh = _float_unary("sinh", "sinh", "The hyperbolic sine.")
cosh = _float_unary("cosh", "cosh", "The hyperbolic cosine.")
tanh = _float_unary("tanh", "tanh", "The hyperbolic tangent.")
arcsinh = _float_unary("arcsinh", "asinh", "The inverse of the hyperbolic sine.")
arccosh = _float_unary("arccosh", "acosh", "The inverse of the hyperbolic cosine.")
arctanh = _float_unary("arctanh", "atanh", "The inverse of the hyperbolic tangent.")
erf = _float_unary("erf", "erf", "The error function.")
erfinv = _float_unary("erfinv", "erf_inv", "The inverse of the error function.")


def _rounding(name: str, primitive: str, meaning: str) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        x = as_tensor(x)
        if not dtypes.is_float(dtype_of(x)):
            return cast_to(x, dtypes.result_type(dtype_of(x), float)) if name != "trunc" else x
        return apply(primitive, x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{meaning}\n\n    Args:\n        x: tensor of any shape; integers become floats.\n"
        "    Returns:\n        Float tensor of the same shape.\n    "
    )
    return op(function)


floor = _rounding("floor", "floor", "The greatest whole number not above each element.")
ceil = _rounding("ceil", "ceil", "The least whole number not below each element.")


@op
def round(x: Any, decimals: int = 0) -> Any:
    """Each element rounded to a number of decimals, halves to the even side.

    Args:
        x: tensor of any shape.
        decimals: int; negative rounds to tens, hundreds …
    Returns:
        Tensor of the same shape and dtype.
    """
    x = as_tensor(x)
    dtype = dtype_of(x)
    if not dtypes.is_float(dtype) and decimals >= 0:
        return cast_to(x, "int32") if dtype == "bool" else x
    if decimals == 0:
        return apply("round", x)
    scaled = multiply(to_float(x), 10.0**decimals)
    return cast_to(divide(apply("round", scaled), 10.0**decimals), dtype)


@op
def negative(x: Any) -> Any:
    """-x, element by element."""
    return apply("neg", as_tensor(x))


@op
def absolute(x: Any) -> Any:
    """|x|, element by element; bool stays bool."""
    x = as_tensor(x)
    return x if dtype_of(x) == "bool" else apply("abs", x)


@op
def sign(x: Any) -> Any:
    """-1, 0 or 1, element by element; NaN stays NaN."""
    x = as_tensor(x)
    return apply("sign", cast_to(x, "int32") if dtype_of(x) == "bool" else x)


@op
def square(x: Any) -> Any:
    """x * x, element by element."""
    x = as_tensor(x)
    x = cast_to(x, "int32") if dtype_of(x) == "bool" else x
    return apply("mul", x, x)


@op
def reciprocal(x: Any) -> Any:
    """1 / x, element by element."""
    return divide(1, x)


@op
def rsqrt(x: Any) -> Any:
    """1 / sqrt(x), element by element."""
    return divide(1, sqrt(x))


def _binary(name: str, primitive: str, meaning: str, result: str) -> Callable[[Any, Any], Any]:
    def function(x1: Any, x2: Any) -> Any:
        return apply(primitive, *promote(x1, x2))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{meaning}\n\n    Args:\n        x1: tensor.\n        x2: tensor; shapes broadcast.\n"
        f"    Returns:\n        {result}\n    "
    )
    return op(function)


_COMMON = "Tensor of the broadcast shape, in the operands' common dtype."
_BOOL = "bool tensor of the broadcast shape."
add = _binary("add", "add", "x1 + x2, element by element.", _COMMON)
multiply = _binary("multiply", "mul", "x1 * x2, element by element.", _COMMON)
maximum = _binary("maximum", "maximum", "The greater element of each pair; NaN wins.", _COMMON)
minimum = _binary("minimum", "minimum", "The smaller element of each pair; NaN wins.", _COMMON)
equal = _binary("equal", "eq", "x1 == x2, element by element.", _BOOL)
not_equal = _binary("not_equal", "ne", "x1 != x2, element by element.", _BOOL)
less = _binary("less", "lt", "x1 < x2, element by element.", _BOOL)
less_equal = _binary("less_equal", "le", "x1 <= x2, element by element.", _BOOL)
greater = _binary("greater", "gt", "x1 > x2, element by element.", _BOOL)
greater_equal = _binary("greater_equal", "ge", "x1 >= x2, element by element.", _BOOL)


@op
def subtract(x1: Any, x2: Any) -> Any:
    """x1 - x2, element by element, in the operands' common dtype."""
    return apply("sub", *promote(x1, x2))


@op
def divide(x1: Any, x2: Any) -> Any:
    """x1 / x2, element by element; integers become floats."""
    return apply("div", *promote(x1, x2, to_float=True))


@op
def true_divide(x1: Any, x2: Any) -> Any:
    """x1 / x2; the same as `divide`."""
    return divide(x1, x2)


@op
def floor_divide(x1: Any, x2: Any) -> Any:
    """The whole quotient, rounded down."""
    a, b = _numbers(x1, x2)
    return apply("floor_divide", a, b)


@op
def mod(x1: Any, x2: Any) -> Any:
    """What `floor_divide` leaves; it has the sign of x2."""
    a, b = _numbers(x1, x2)
    return apply("remainder", a, b)


def _numbers(x1: Any, x2: Any) -> list[Any]:
    """Operands in their common dtype, bool counted as int32."""
    values = promote(x1, x2)
    return [cast_to(v, "int32") if dtype_of(v) == "bool" else v for v in values]


@op
def power(x1: Any, x2: Any) -> Any:
    """x1 to the power of x2, element by element."""
    if isinstance(x2, (int, float)) and x2 == 2:
        return square(as_tensor(x1))
    return apply("pow", *_numbers(x1, x2))


@op
def arctan2(x1: Any, x2: Any) -> Any:
    """The angle of the point (x2, x1), in radians between -π and π."""
    return apply("atan2", *promote(x1, x2, to_float=True))


@op
def nonzero(x: Any) -> Any:
    """The places of elements that are not 0: one int32 vector for each axis (arrays only)."""

    def compute(x: np.ndarray) -> tuple:
        return tuple(i.astype("int32") for i in np.nonzero(np.atleast_1d(x)))

    result = on_arrays(
        "nonzero", compute, lambda x: [((None,), "int32")] * max(x.ndim, 1), as_tensor(x)
    )
    return result if isinstance(result, tuple) else (result,)


@op
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds, x2 elsewhere.

    Args:
        condition: bool tensor, or numbers of which 0 is false.
        x1: tensor; without it and x2 the places where the condition holds are returned (eager
            only).
        x2: tensor; all three broadcast.
    Returns:
        Tensor of the broadcast shape.
    """
    condition = cast_to(as_tensor(condition), "bool")
    if x1 is None and x2 is None:
        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError("`x1` and `x2` either both should be `None` or both should be non-None.")
    return apply("select", condition, *promote(x1, x2))


@op
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Elements below x_min raised to it, elements above x_max lowered to it; NaN stays NaN."""
    x = as_tensor(x)
    if dtype_of(x) == "bool":
        x = cast_to(x, "int32")
    if x_min is not None:
        x = maximum(x, x_min)
    return x if x_max is None else minimum(x, x_max)


@op
def isfinite(x: Any) -> Any:
    """Whether each element is neither infinite nor NaN."""
    x = as_tensor(x)
    if not (dtypes.is_float(dtype_of(x)) or dtypes.is_complex(dtype_of(x))):
        return equal(x, x)
    return apply("is_finite", x)


@op
def isnan(x: Any) -> Any:
    """Whether each element is NaN."""
    x = as_tensor(x)
    return apply("ne", x, x)


@op
def isinf(x: Any) -> Any:
    """Whether each element is infinite, of either sign."""
    x = as_tensor(x)
    if not dtypes.is_float(dtype_of(x)):
        return not_equal(x, x)
    return equal(absolute(x), float("inf"))


def _logical(x: Any) -> Any:
    x = as_tensor(x)
    return x if dtype_of(x) == "bool" else not_equal(x, 0)


@op
def logical_and(x1: Any, x2: Any) -> Any:
    """Whether both elements are true; 0 is false."""
    return apply("and", _logical(x1), _logical(x2))


@op
def logical_or(x1: Any, x2: Any) -> Any:
    """Whether one element at least is true; 0 is false."""
    return apply("or", _logical(x1), _logical(x2))


@op
def logical_xor(x1: Any, x2: Any) -> Any:
    """Whether exactly one element is true; 0 is false."""
    return apply("xor", _logical(x1), _logical(x2))


@op
def logical_not(x: Any) -> Any:
    """Whether each element is false; 0 is false."""
    return apply("not", _logical(x))


def _bitwise(name: str, primitive: str, meaning: str) -> Callable[[Any, Any], Any]:
    def function(x: Any, y: Any) -> Any:
        return apply(primitive, *promote(x, y))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{meaning}\n\n    Args:\n        x: integer or bool tensor.\n"
        "        y: integer or bool tensor; shapes broadcast.\n"
        f"    Returns:\n        {_COMMON}\n    "
    )
    return op(function)


bitwise_and = _bitwise("bitwise_and", "and", "The bits set in both.")
bitwise_or = _bitwise("bitwise_or", "or", "The bits set in one or both.")
bitwise_xor = _bitwise("bitwise_xor", "xor", "The bits set in exactly one.")
bitwise_left_shift = _bitwise("bitwise_left_shift", "shift_left", "x moved up y bits.")
bitwise_right_shift = _bitwise(
    "bitwise_right_shift", "shift_right", "x moved down y bits, the sign kept."
)
left_shift = _bitwise("left_shift", "shift_left", "x moved up y bits.")
right_shift = _bitwise("right_shift", "shift_right", "x moved down y bits, the sign kept.")


@op
def bitwise_invert(x: Any) -> Any:
    """Every bit flipped; bool negated."""
    return apply("not", as_tensor(x))


@op
def bitwise_not(x: Any) -> Any:
    """Every bit flipped; the same as `bitwise_invert`."""
    return apply("not", as_tensor(x))


@op
def stop_gradient(variable: Any) -> Any:
    """The value itself, through which no gradient flows."""
    return apply("stop_gradient", as_tensor(variable))
