"""Reading and writing at places given by integer tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.base import dtypes
from lamina.base.errors import DTypeError, ShapeError, message
from lamina.ir import dims
from lamina.ir.primitives.base import Primitive, Types, check_axis, same_dtype

if TYPE_CHECKING:
    from lamina.ir.program import Tensor


def _integer_indices(name: str, indices: Tensor) -> None:
    if not dtypes.is_int(indices.dtype):
        raise DTypeError(message(f"{name}: indices must be integers.", received=indices.dtype))


def _infer_gather(x: Tensor, indices: Tensor, axis: int, label: str = "") -> Types:
    """Slices of `x` along `axis`; the indices' axes stand in the place of that axis.

    Indices lie in [0, size); executors check this and raise an error that begins with `label`.
    """
    _integer_indices("take", indices)
    check_axis("take", axis, x.ndim)
    return [(x.shape[:axis] + indices.shape + x.shape[axis + 1 :], x.dtype)]


def _infer_scatter(base: Tensor, indices: Tensor, updates: Tensor, mode: str) -> Types:
    """`base` with slices along axis 0 added to, replaced, or joined by max or min.

    mode: "add", "set" (the last of equal indices wins), "max" or "min".
    """
    _integer_indices("scatter", indices)
    expected = indices.shape + base.shape[1:]
    if not dims.same_shape(updates.shape, expected):
        raise ShapeError(message("scatter: shape of the updates.", updates.shape, expected))
    return [(base.shape, same_dtype("scatter", base, updates))]


INDEXING = [Primitive("gather", _infer_gather), Primitive("scatter", _infer_scatter)]
