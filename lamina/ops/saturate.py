"""`saturate_cast`: casting that stops at the ends of a dtype's range instead of wrapping round."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.ops.convert import as_tensor, cast_to, dtype_of
from lamina.ops.elementwise import clip
from lamina.ops.registration import op


@op
def saturate_cast(x: Any, dtype: Any) -> Any:
    """A tensor in another dtype, values beyond its range moved to its ends.

    Args:
        x: tensor.
        dtype: the dtype wanted.
    Returns:
        Tensor of x's shape.
    Numerics: where an end of the range does not exist in x's dtype, the next value inside counts.
    Example:
        >>> saturate_cast([-7.0, 3.0, 300.0], "uint8").tolist()
        [0, 3, 255]
    """
    x = as_tensor(x)
    target, own = dtypes.standardize_dtype(dtype), dtype_of(x)
    low, high = _common_range(own, target)
    if own == "bool":
        return cast_to(x, target)
    return cast_to(clip(x, low, high), target)


def _range(dtype: str) -> tuple[Any, Any]:
    if dtype == "bool":
        return 0, 1
    if dtypes.is_int(dtype):
        info = np.iinfo(dtypes.to_numpy(dtype))
        return int(info.min), int(info.max)
    largest = _largest(dtype)
    return -largest, largest


def _largest(dtype: str) -> float:
    """The greatest finite float of a dtype."""
    kind = dtypes.to_numpy(dtype)
    info = np.finfo if kind.kind == "f" else dtypes.ml_dtypes.finfo
    return float(info(kind).max)


def _common_range(own: str, target: str) -> tuple[Any, Any]:
    """The values of dtype `own` nearest to the ends of both ranges, inside them."""
    kind = dtypes.to_numpy(own)
    ends = []
    for of_own, of_target, inner in zip(_range(own), _range(target), (max, min), strict=True):
        end = np.asarray(inner(of_own, of_target)).astype(kind)
        outside = float(end) < of_target if inner is max else float(end) > of_target
        ends.append(np.nextafter(end, kind.type(0)) if outside else end)
    return ends[0], ends[1]
