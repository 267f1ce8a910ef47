"""What one row of the primitive table holds, and the few checks that rules share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lamina.base.errors import DTypeError, ShapeError, message
from lamina.ir.dims import Dim, Shape, Size

if TYPE_CHECKING:
    from lamina.ir.program import Tensor

Types = list[tuple[Shape, str]]


@dataclass(frozen=True)
class Primitive:
    """One row of the table.

    Attributes:
        name: the primitive's name.
        infer: operands and attributes -> the (shape, dtype) of every output.
        multiple: whether it has several outputs (then `emit` returns a tuple).
        broadcasts: whether operands broadcast by NumPy's rules; their cotangents are then summed
            back.
    """

    name: str
    infer: Callable[..., Types]
    multiple: bool = False
    broadcasts: bool = False


def same_dtype(name: str, *operands: Tensor) -> str:
    """The dtype that all operands share."""
    dtype = operands[0].dtype
    if any(o.dtype != dtype for o in operands):
        seen = ", ".join(o.dtype for o in operands)
        raise DTypeError(message(f"{name}: operands have different dtypes.", seen, "one dtype"))
    return dtype


def at_most(a: Size, b: Size) -> bool:
    """Whether a <= b as far as can be told; sizes that depend on the batch are let pass."""
    return isinstance(a, Dim) or isinstance(b, Dim) or a <= b


def check_axis(name: str, axis: int, ndim: int) -> None:
    """Raise unless 0 <= axis < ndim."""
    if not 0 <= axis < ndim:
        raise ShapeError(
            message(f"{name}: axis {axis} is out of range.", required=f"0 <= axis < {ndim}")
        )
