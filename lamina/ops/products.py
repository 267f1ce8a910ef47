"""Products of tensors: matmul, dot, tensordot, all through one contraction primitive."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import ShapeError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote
from lamina.ops.reduction import canonical_axis
from lamina.ops.registration import op
from lamina.runtime.dispatch import apply


def contract(x: Any, y: Any, axes: Any, batch: Any = ((), ())) -> Any:
    """The contraction primitive with lists of axes, in the operands' common dtype."""
    x, y = promote(x, y)
    if dtype_of(x) == "bool":
        x, y = cast_to(x, "int32"), cast_to(y, "int32")
        result = apply("dot", x, y, contract=_pairs(axes), batch=_pairs(batch))
        return cast_to(result, "bool")
    return apply("dot", x, y, contract=_pairs(axes), batch=_pairs(batch))


def _pairs(axes: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(int(a) for a in axes[0]), tuple(int(a) for a in axes[1])


@op
def matmul(x1: Any, x2: Any) -> Any:
    """The matrix product of the last two axes; leading axes broadcast.

    Args:
        x1: tensor (..., n, k), or (k,).
        x2: tensor (..., k, m), or (k,).
    Returns:
        Tensor (..., n, m); the axes of vectors disappear.
    Raises:
        ShapeError: the inner sizes differ.
    Example:
        >>> matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
        [[11.0]]
    """
    x, y = as_tensor(x1), as_tensor(x2)
    if x.ndim == 0 or y.ndim == 0:
        raise ShapeError(message("matmul needs tensors with axes.", f"{x.shape} and {y.shape}"))
    inner_y = 0 if y.ndim == 1 else y.ndim - 2
    if not dims.same(x.shape[-1], y.shape[inner_y]):
        raise ShapeError(
            message(
                "matmul: the inner sizes differ.",
                received=f"{x.shape} and {y.shape}",
                required=f"{x.shape[-1]} = {y.shape[inner_y]}",
            )
        )
    if x.ndim <= 2 and y.ndim <= 2:
        return contract(x, y, ((x.ndim - 1,), (inner_y,)))
    if y.ndim <= 2:
        return contract(x, y, ((x.ndim - 1,), (inner_y,)))
    return _batched(x, y)


def _batched(x: Any, y: Any) -> Any:
    column = y.ndim == 1
    row = x.ndim == 1
    if row:
        x = apply("reshape", x, shape=(1, *x.shape))
    if column:
        y = apply("reshape", y, shape=(*y.shape, 1))
    lead = dims.broadcast(tuple(x.shape[:-2]), tuple(y.shape[:-2]))
    x = apply("broadcast_to", x, shape=(*lead, *x.shape[-2:]))
    y = apply("broadcast_to", y, shape=(*lead, *y.shape[-2:]))
    n = len(lead)
    both = (tuple(range(n)), tuple(range(n)))
    result = contract(x, y, ((n + 1,), (n,)), both)
    if row:
        result = apply("reshape", result, shape=(*lead, result.shape[-1]))
    if column:
        result = apply("reshape", result, shape=tuple(result.shape[:-1]))
    return result


@op
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """The sum of products over pairs of axes.

    Args:
        x1: tensor.
        x2: tensor.
        axes: int n: the last n axes of x1 with the first n of x2; or two lists of axes.
    Returns:
        Tensor with the free axes of x1, then those of x2.
    """
    x, y = as_tensor(x1), as_tensor(x2)
    if isinstance(axes, (int, np.integer)):
        pairs = (tuple(range(x.ndim - int(axes), x.ndim)), tuple(range(int(axes))))
    else:
        first, second = (a if isinstance(a, (list, tuple)) else (a,) for a in axes)
        pairs = (
            tuple(canonical_axis(a, x.ndim) for a in first),
            tuple(canonical_axis(a, y.ndim) for a in second),
        )
    return contract(x, y, pairs)


@op
def dot(x1: Any, x2: Any) -> Any:
    """The last axis of x1 with the second-to-last of x2 (or its only one); scalars multiply."""
    x, y = as_tensor(x1), as_tensor(x2)
    if x.ndim == 0 or y.ndim == 0:
        return apply("mul", *promote(x, y))
    return contract(x, y, ((x.ndim - 1,), (0 if y.ndim == 1 else y.ndim - 2,)))
