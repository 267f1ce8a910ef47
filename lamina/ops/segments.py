"""Reductions over groups of rows, and rows of distances and windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.executors.reference.shaping import highest, lowest
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote
from lamina.ops.elementwise import square, subtract
from lamina.ops.indexing import scatter_update
from lamina.ops.numpy_only import on_arrays, shapes_only
from lamina.ops.reduction import canonical_axis, safe_sqrt, sum
from lamina.ops.registration import op
from lamina.ops.shaping import broadcast_to, expand_dims
from lamina.runtime.dispatch import apply


def _segment(
    name: str, reduction: str, start: Callable[[np.dtype], Any], what: str, empty: str
) -> Callable[..., Any]:
    def function(
        data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
    ) -> Any:
        data, ids = as_tensor(data), as_tensor(segment_ids)
        if ids.ndim != 1 or data.ndim < 1:
            raise ArgumentError(
                "Argument `segment_ids` should be an 1-D vector, got shape: "
                f"{len(ids.shape)}. Consider either flatten input with segment_ids.reshape((-1)) "
                "and data.reshape((-1, ) + data.shape[len(segment_ids.shape):]) or vectorize with "
                "vmap."
            )
        if not dims.same(data.shape[0], ids.shape[0]):
            raise ArgumentError(
                "Argument `segment_ids` and `data` should have same leading dimension. Got "
                f"{tuple(ids.shape)} and {tuple(data.shape)}."
            )
        if num_segments is None:
            if shapes_only():
                return on_arrays(
                    name, len, lambda *_: [((None, *data.shape[1:]), dtype_of(data))], ids
                )
            if not isinstance(ids, np.ndarray):
                raise ArgumentError(
                    message(
                        f"{name} needs `num_segments` in compiled code.",
                        fix="pass the number of segments",
                    )
                )
            num_segments = int(ids.max(initial=-1)) + 1
        first = np.asarray(start(dtypes.to_numpy(dtype_of(data))))
        base = cast_to(first, dtype_of(data))
        base = broadcast_to(base, (num_segments + 1, *data.shape[1:]))  # the last row takes strays
        ids = cast_to(ids, "int32")
        stray = apply("or", apply("lt", ids, np.int32(0)), apply("ge", ids, np.int32(num_segments)))
        ids = apply("select", stray, np.asarray(num_segments, "int32"), ids)
        result = scatter_update(base, expand_dims(ids, -1), data, reduction)
        return apply("slice", result, start=(0,) * data.ndim,
                     stop=(num_segments, *data.shape[1:]), step=(1,) * data.ndim)  # fmt: skip

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"The {what} of the rows of each segment.\n\n    Args:\n        data: tensor (n, ...).\n"
        "        segment_ids: integer tensor (n,): the segment of each row; rows of other numbers\n"
        "            than 0 … num_segments - 1 are left out.\n"
        "        num_segments: int; default the greatest number + 1 (arrays only).\n"
        "        sorted: whether the numbers rise; accepted for Keras's sake.\n"
        "    Returns:\n        Tensor (num_segments, ...); a segment without rows has "
        f"{empty}.\n    "
    )
    return op(function)


segment_sum = _segment("segment_sum", "add", lambda _: 0, "sum", "0")
segment_prod = _segment("segment_prod", "mul", lambda _: 1, "product", "1")
segment_max = _segment("segment_max", "max", lowest, "maximum", "the dtype's least value")
segment_min = _segment("segment_min", "min", highest, "minimum", "the dtype's greatest value")


@op
def cdist(x: Any, y: Any) -> Any:
    """The Euclidean distance of every row of x from every row of y.

    Args:
        x: tensor (..., n, d).
        y: tensor (..., m, d).
    Returns:
        Float tensor (..., n, m); its gradient is 0 where two rows are equal.
    Raises:
        ShapeError: an operand has fewer than two axes, or the rows differ in length.
    """
    x, y = promote(as_tensor(x), as_tensor(y), to_float=True)
    if x.ndim < 2 or y.ndim < 2:
        raise ShapeError("`cdist` inputs must have rank >= 2")
    if x.shape[-1] != y.shape[-1]:
        raise ShapeError(
            message(
                "Last dimension of inputs to `cdist` must match",
                received=f"{tuple(x.shape)} and {tuple(y.shape)}",
            )
        )
    gap = subtract(expand_dims(x, -2), expand_dims(y, -3))
    return safe_sqrt(sum(square(gap), -1))


@op
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    """Windows that slide along the last axis.

    Args:
        x: tensor (..., n).
        sequence_length: size of a window.
        sequence_stride: distance of their starts.
    Returns:
        Tensor (..., windows, sequence_length).
    """
    x = as_tensor(x)
    if x.ndim < 1:
        raise ShapeError(f"Input should have rank >= 1. Received: input.shape = {tuple(x.shape)}")
    axis = canonical_axis(-1, x.ndim)
    count = (x.shape[-1] - sequence_length) // sequence_stride + 1
    starts = np.arange(count, dtype="int32")[:, None] * np.int32(sequence_stride)
    return apply("gather", x, starts + np.arange(sequence_length, dtype="int32"), axis=axis)
