"""Element-wise primitives: one number out for the numbers at the same place; shapes broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.base import dtypes
from lamina.base.errors import ConcreteBatchNeeded, DTypeError, ShapeError, message
from lamina.ir import dims
from lamina.ir.dims import Shape
from lamina.ir.primitives.base import Primitive, Types, same_dtype

if TYPE_CHECKING:
    from lamina.ir.program import Tensor


def _broadcast(name: str, operands: tuple[Tensor, ...]) -> Shape:
    shapes = [o.shape for o in operands]
    try:
        return dims.broadcast(*shapes)
    except ConcreteBatchNeeded:
        raise
    except ValueError:
        raise ShapeError(
            message(
                f"{name}: the shapes of the operands do not fit together.",
                received=" and ".join(str(s) for s in shapes),
                required="equal sizes along every axis, or 1, counted from the last axis",
            )
        ) from None


def _unary(name: str, floats_only: bool) -> Primitive:
    def infer(x: Tensor) -> Types:
        if floats_only:
            _needs_float(name, x.dtype)
        return [(x.shape, x.dtype)]

    return Primitive(name, infer)


def _needs_float(name: str, dtype: str) -> None:
    if not (dtypes.is_float(dtype) or dtypes.is_complex(dtype)):
        raise DTypeError(message(f"{name} needs a float tensor.", received=dtype))


def _binary(name: str, result: str | None = None, floats_only: bool = False) -> Primitive:
    def infer(x: Tensor, y: Tensor) -> Types:
        dtype = same_dtype(name, x, y)
        if floats_only:
            _needs_float(name, dtype)
        return [(_broadcast(name, (x, y)), result or dtype)]

    return Primitive(name, infer, broadcasts=True)


def _infer_select(condition: Tensor, x: Tensor, y: Tensor) -> Types:
    if condition.dtype != "bool":
        raise DTypeError(message("select needs a bool condition.", received=condition.dtype))
    return [(_broadcast("select", (condition, x, y)), same_dtype("select", x, y))]


def _infer_cast(x: Tensor, dtype: str) -> Types:
    return [(x.shape, dtype)]


def _infer_predicate(x: Tensor) -> Types:
    return [(x.shape, "bool")]


def _infer_polygamma(x: Tensor, order: int) -> Types:
    """Derivative number order + 1 of lgamma; order 0 is digamma."""
    _needs_float("polygamma", x.dtype)
    return [(x.shape, x.dtype)]


def _infer_identity(x: Tensor, **_: object) -> Types:
    return [(x.shape, x.dtype)]


UNARY_FLOAT = (
    "exp expm1 log log1p sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh "
    "erf erf_inv lgamma logistic"
).split()
UNARY_ANY = "neg abs sign floor ceil round not".split()
BINARY_FLOAT = "div atan2".split()
BINARY_ANY = (
    "add sub mul pow maximum minimum remainder floor_divide and or xor shift_left shift_right"
).split()
COMPARISON = "eq ne lt le gt ge".split()

ELEMENTWISE = [
    *(_unary(name, floats_only=True) for name in UNARY_FLOAT),
    *(_unary(name, floats_only=False) for name in UNARY_ANY),
    *(_binary(name, floats_only=True) for name in BINARY_FLOAT),
    *(_binary(name) for name in BINARY_ANY),
    *(_binary(name, "bool") for name in COMPARISON),
    Primitive("is_finite", _infer_predicate),
    Primitive("select", _infer_select, broadcasts=True),
    Primitive("cast", _infer_cast),
    Primitive("polygamma", _infer_polygamma),
    Primitive("stop_gradient", _infer_identity),
]
