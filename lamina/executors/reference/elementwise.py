"""Element-wise primitives in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.executors.reference.special import erf, erf_inv, lgamma, polygamma


def _in_double(fn: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """Compute in float64, return in the operand's dtype."""

    def run(x: np.ndarray) -> np.ndarray:
        return np.asarray(fn(np.asarray(x, "float64")), x.dtype)

    return run


def _logistic(x: np.ndarray) -> np.ndarray:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small)).astype(x.dtype)


def _pow(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Integers to a negative power give 0, and 1 or -1 for those bases, as a truncated quotient."""
    if x.dtype.kind in "iu" and y.dtype.kind == "i" and np.any(y < 0):
        exact = np.power(x.astype("float64"), y.astype("float64"))
        return np.trunc(np.nan_to_num(exact, posinf=0, neginf=0)).astype(x.dtype)
    return np.power(x, y)


def _cast(x: np.ndarray, dtype: str) -> np.ndarray:
    target = dtypes.to_numpy(dtype)
    if x.dtype.kind == "c" and target.kind != "c":
        x = x.real
    return x.astype(target)


def _sign(x: np.ndarray) -> np.ndarray:
    return np.sign(x) if x.dtype != bool else x


def _arithmetic(fn: Callable) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """NumPy has no bool arithmetic for some functions; bool counts as 0 and 1 modulo 2."""

    def run(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if x.dtype == bool:
            return fn(x.astype("int8"), y.astype("int8")).astype(bool)
        return fn(x, y)

    return run


def _rounded(fn: Callable) -> Callable[[np.ndarray], np.ndarray]:
    """Integers and bools are whole already; NumPy would make floats of some."""
    return lambda x: x if x.dtype.kind in "iub" else fn(x)


def _identity(x: np.ndarray, **_: object) -> np.ndarray:
    return x


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "neg": np.negative,
    "abs": np.abs,
    "sign": _sign,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "erf": _in_double(erf),
    "erf_inv": _in_double(erf_inv),
    "lgamma": _in_double(lgamma),
    "polygamma": lambda x, order: np.asarray(polygamma(order, np.asarray(x, "float64")), x.dtype),
    "logistic": _logistic,
    "floor": _rounded(np.floor),
    "ceil": _rounded(np.ceil),
    "round": _rounded(np.rint),
    "not": np.invert,
    "is_finite": np.isfinite,
    "stop_gradient": _identity,
    "cast": _cast,
    "add": np.add,
    "sub": _arithmetic(np.subtract),
    "mul": np.multiply,
    "div": np.divide,
    "pow": _pow,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "remainder": _arithmetic(np.remainder),
    "floor_divide": _arithmetic(np.floor_divide),
    "atan2": np.arctan2,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "shift_left": np.left_shift,
    "shift_right": np.right_shift,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "select": np.where,
}
