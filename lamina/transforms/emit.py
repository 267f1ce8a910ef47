"""Primitives as functions on tensors of the program being built, for gradient rules and passes.

A Python number as an operand takes the dtype of the tensor beside it.
"""

from __future__ import annotations

from typing import Any

from lamina.ir import dims
from lamina.ir.builder import current_builder
from lamina.ir.dims import Shape
from lamina.ir.program import Tensor


def emit(primitive: str, *operands: Any, **attributes: Any) -> Any:
    """Append a node to the innermost program."""
    builder = current_builder()
    assert builder is not None, "gradient rules run inside a builder"
    dtype = next((o.dtype for o in operands if isinstance(o, Tensor)), None)
    values = [o if isinstance(o, Tensor) else builder.constant(o, dtype) for o in operands]
    return builder.emit(primitive, *values, **attributes)


def add(x: Any, y: Any) -> Tensor:
    """x + y."""
    return emit("add", x, y)


def sub(x: Any, y: Any) -> Tensor:
    """x - y."""
    return emit("sub", x, y)


def mul(x: Any, y: Any) -> Tensor:
    """x * y."""
    return emit("mul", x, y)


def div(x: Any, y: Any) -> Tensor:
    """x / y."""
    return emit("div", x, y)


def neg(x: Tensor) -> Tensor:
    """-x."""
    return emit("neg", x)


def exp(x: Tensor) -> Tensor:
    """e to the power x."""
    return emit("exp", x)


def log(x: Tensor) -> Tensor:
    """The natural logarithm."""
    return emit("log", x)


def sqrt(x: Tensor) -> Tensor:
    """The square root."""
    return emit("sqrt", x)


def select(condition: Tensor, x: Any, y: Any) -> Tensor:
    """x where the condition holds, y elsewhere."""
    builder = current_builder()
    assert builder is not None
    dtype = x.dtype if isinstance(x, Tensor) else y.dtype
    x, y = (v if isinstance(v, Tensor) else builder.constant(v, dtype) for v in (x, y))
    return builder.emit("select", condition, x, y)


def cast(x: Tensor, dtype: str) -> Tensor:
    """x in another dtype, itself if it has it."""
    return x if x.dtype == dtype else emit("cast", x, dtype=dtype)


def reshape(x: Tensor, shape: Shape) -> Tensor:
    """x in another shape, itself if it has it."""
    return x if dims.same_shape(x.shape, shape) else emit("reshape", x, shape=tuple(shape))


def transpose(x: Tensor, permutation: tuple[int, ...]) -> Tensor:
    """x with its axes in another order."""
    if permutation == tuple(range(x.ndim)):
        return x
    return emit("transpose", x, permutation=tuple(permutation))


def broadcast_to(x: Tensor, shape: Shape) -> Tensor:
    """x repeated to a shape, itself if it has it."""
    return x if dims.same_shape(x.shape, shape) else emit("broadcast_to", x, shape=tuple(shape))


def reduce_sum(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The sum over axes, x itself if there are none."""
    return emit("sum", x, axes=tuple(axes)) if axes else x


def zeros(shape: Shape, dtype: str) -> Tensor:
    """A tensor of zeros."""
    builder = current_builder()
    assert builder is not None
    return broadcast_to(builder.constant(0, dtype), shape)


def zeros_like(x: Tensor) -> Tensor:
    """Zeros of x's shape and dtype."""
    return zeros(x.shape, x.dtype)


def expand(x: Tensor, axes: tuple[int, ...], shape: Shape) -> Tensor:
    """Undo the shape of a reduction over `axes` of a tensor of `shape`: put 1s back, broadcast."""
    ones = tuple(1 if i in axes else s for i, s in enumerate(shape))
    return broadcast_to(reshape(x, ones), shape)


def sum_to(x: Tensor, shape: Shape) -> Tensor:
    """Sum over the axes along which something of `shape` was broadcast to x's shape."""
    if dims.same_shape(x.shape, shape):
        return x
    extra = x.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra
        for i, size in enumerate(shape)
        if dims.is_one(size) and not dims.is_one(x.shape[i + extra])
    )
    return reshape(reduce_sum(x, axes), shape)
