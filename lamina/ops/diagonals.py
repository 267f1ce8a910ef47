"""Diagonals of matrices: taking them, and making matrices from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import ShapeError, message
from lamina.ops.convert import as_tensor
from lamina.ops.reduction import canonical_axis, sum
from lamina.ops.registration import op
from lamina.ops.shaping import moveaxis, pad, ravel, reshape
from lamina.runtime.dispatch import apply


@op
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """A diagonal of matrices.

    Args:
        x: tensor with two or more axes.
        offset: 0 for the main diagonal, above it positive, below it negative.
        axis1: the rows' axis.
        axis2: the columns' axis.
    Returns:
        Tensor (..., diagonal): the other axes, then the diagonal.
    """
    x = as_tensor(x)
    if x.ndim < 2:
        raise ShapeError(
            message(
                "`diagonal` requires an array of at least two dimensions.",
                received=f"x.shape={tuple(x.shape)}",
            )
        )
    axes = canonical_axis(axis1, x.ndim), canonical_axis(axis2, x.ndim)
    x = moveaxis(x, axes, (x.ndim - 2, x.ndim - 1))
    rows, columns = x.shape[-2:]
    row, column = max(-offset, 0), max(offset, 0)
    length = max(0, min(rows - row, columns - column))
    places = row * columns + column + np.arange(length, dtype="int32") * (columns + 1)
    flat = reshape(x, (*x.shape[:-2], rows * columns))
    return apply("gather", flat, places.astype("int32"), axis=flat.ndim - 1)


@op
def diagflat(x: Any, k: int = 0) -> Any:
    """A matrix of zeros with the flattened tensor on its k-th diagonal."""
    x = ravel(x)
    size = x.shape[0]
    if size == 0:
        return reshape(pad(x, ((0, abs(k) ** 2),)), (abs(k), abs(k)))
    full = size + abs(k)
    spread = apply("pad", x, low=(0,), high=(full,), interior=(full,), value=0)
    first = k if k > 0 else -k * full
    end = full * full - first - (size - 1) * (full + 1) - 1
    line = apply("slice", spread, start=(0,), stop=((size - 1) * (full + 1) + 1,), step=(1,))
    line = apply("pad", line, low=(first,), high=(end,), interior=(0,), value=0)
    return reshape(line, (full, full))


@op
def diag(x: Any, k: int = 0) -> Any:
    """A vector as the k-th diagonal of a matrix; of a matrix its k-th diagonal.

    Raises:
        ShapeError: x is neither a vector nor a matrix.
    """
    x = as_tensor(x)
    if x.ndim == 1:
        return diagflat(x, k)
    if x.ndim == 2:
        return diagonal(x, k)
    raise ShapeError(f"`x` must be 1-D or 2-D. Received: x.shape={tuple(x.shape)}")


@op
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum along a diagonal; arguments as in `diagonal`."""
    return sum(diagonal(x, offset, axis1, axis2), -1)
