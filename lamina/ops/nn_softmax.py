"""Numbers along an axis to shares that add up to 1: softmax, its logarithm, and sparsemax.

An infinite score takes the whole share, and where every score is -inf (everything masked) all
shares are 0.
"""

from __future__ import annotations

import warnings
from typing import Any

from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, to_float
from lamina.ops.elementwise import (
    add,
    divide,
    exp,
    greater,
    less_equal,
    log,
    multiply,
    subtract,
    where,
)
from lamina.ops.indexing import take_along_axis
from lamina.ops.logits import remember_logits
from lamina.ops.reduction import canonical_axes, canonical_axis, cumsum, reduce
from lamina.ops.registration import op
from lamina.ops.shaping import arange, reshape
from lamina.runtime.dispatch import apply

_LARGEST = {"float16": 65504.0, "bfloat16": 3e38, "float32": 3.4e38, "float64": 1.7e308}


def _shifted(x: Any, axes: tuple[int, ...]) -> Any:
    """x minus its maximum along axes; -inf stays -inf, +inf counts as the largest float."""
    largest = _LARGEST.get(dtype_of(x), 3.4e38)
    x = where(greater(x, largest), largest, x)
    top = apply("stop_gradient", reduce("reduce_max", x, axes, True))
    finite_or_nan = apply("ne", top, cast_to(as_tensor(float("-inf")), dtype_of(x)))
    return subtract(x, where(finite_or_nan, top, cast_to(as_tensor(0.0), dtype_of(x))))


def _positive_or_one(total: Any) -> Any:
    one = cast_to(as_tensor(1.0), dtype_of(total))
    return where(apply("eq", total, cast_to(as_tensor(0.0), dtype_of(total))), one, total)


def _warn_if_single(name: str, x: Any, axis: Any) -> None:
    if isinstance(axis, int) and -x.ndim <= axis < x.ndim and dims.is_one(x.shape[axis]):
        warnings.warn(
            f"You are using a {name} over axis {axis} of a tensor of shape {x.shape}. This axis "
            f"has size 1. The {name} operation will always return the value 1, which is likely "
            "not what you intended. Did you mean to use a sigmoid instead?",
            stacklevel=4,
        )


@op
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x) divided by its sum along an axis.

    Args:
        x: tensor; integers become floats.
        axis: int, or tuple of int to share out over several axes together.
    Returns:
        Float tensor of x's shape, summing to 1 along the axis.
    Numerics: [inf, 0] gives [1, 0]; a row of -inf gives zeros; half precision is summed in float32.
    Example:
        >>> softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]
    """
    x = to_float(x)
    _warn_if_single("softmax", x, axis)
    axes = canonical_axes(axis, x.ndim)
    return remember_logits(shares_of(x, axes), "softmax", x, axes)


def shares_of(x: Any, axes: tuple[int, ...]) -> Any:
    """`softmax` of a float tensor over non-negative axes, of size 1 too."""
    powers = exp(_shifted(x, axes))
    return divide(powers, _positive_or_one(reduce("sum", powers, axes, True)))


@op
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of `softmax`, without underflow.

    Args:
        x: tensor; integers become floats.
        axis: int or tuple of int.
    Returns:
        Float tensor of x's shape.
    """
    x = to_float(x)
    axes = canonical_axes(axis, x.ndim)
    shifted = _shifted(x, axes)
    total = reduce("sum", exp(shifted), axes, True)
    return subtract(shifted, log(_positive_or_one(total)))


@op
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The nearest point to x whose elements along an axis are >= 0 and sum to 1.

    Args:
        x: tensor; integers become floats.
        axis: int.
    Returns:
        Float tensor of x's shape, exactly 0 where scores are low.
    Numerics: scores are taken relative to the greatest, so that large ones lose nothing.
    Source: Martins, Astudillo (2016), arXiv:1602.02068.
    """
    x = to_float(x)
    axis = canonical_axis(axis, x.ndim)
    scores = _shifted(x, (axis,))
    order = apply("argsort", scores, axis=axis, descending=True)
    ranked = take_along_axis(scores, order, axis)
    totals = cumsum(ranked, axis)
    line = tuple(x.shape[axis] if i == axis else 1 for i in range(x.ndim))
    rank = reshape(arange(1, x.shape[axis] + 1, dtype=dtype_of(x)), line)
    inside = greater(add(multiply(ranked, rank), 1), totals)
    count = reduce("sum", cast_to(inside, dtype_of(x)), (axis,), True)
    kept = where(inside, ranked, cast_to(as_tensor(0.0), dtype_of(x)))
    level = divide(subtract(reduce("sum", kept, (axis,), True), 1), count)
    rest = subtract(scores, level)
    return where(less_equal(rest, 0), cast_to(as_tensor(0.0), dtype_of(x)), rest)
