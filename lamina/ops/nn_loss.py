"""Cross-entropies between labels and predictions, and the signal-to-noise ratio of two images.

Predictions given as probabilities are rescaled to sum to 1 and kept epsilon away from 0 and 1; a
row of zeros counts as epsilon everywhere. Given as logits they are used as they are, and a class
whose label is 0 adds nothing even where its logit is -inf. While a step is compiled, probabilities
that come straight from a softmax or sigmoid count as their logits (see logits.py).
"""

from __future__ import annotations

import math
from typing import Any

from lamina.base import dtypes
from lamina.base.config import epsilon
from lamina.base.errors import ShapeError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote, to_float
from lamina.ops.elementwise import (
    add,
    clip,
    divide,
    equal,
    exp,
    greater,
    log,
    log1p,
    multiply,
    negative,
    square,
    subtract,
    where,
)
from lamina.ops.indexing import one_hot
from lamina.ops.logits import logits_behind
from lamina.ops.nn_softmax import log_softmax
from lamina.ops.reduction import canonical_axis, mean
from lamina.ops.reduction import sum as total
from lamina.ops.registration import op
from lamina.ops.shaping import squeeze


def _check_same_shape(target: Any, output: Any) -> None:
    if not dims.same_shape(tuple(target.shape), tuple(output.shape)):
        raise ShapeError(
            message(
                "Arguments `target` and `output` must have the same shape.",
                received=f"target.shape={tuple(target.shape)}, output.shape={tuple(output.shape)}",
            )
        )


def _check_has_axes(output: Any) -> None:
    if output.ndim < 1:
        raise ShapeError(
            message(
                "Arguments `target` and `output` must be at least rank 1.",
                received=f"output.shape={tuple(output.shape)}",
            )
        )


def _log_probabilities(output: Any, from_logits: bool, axis: int) -> Any:
    logits = output if from_logits else logits_behind(output, "softmax", (axis,))
    if logits is not None:
        return log_softmax(logits, axis)
    sums = total(output, axis, keepdims=True)
    output = divide(output, where(equal(sums, 0), 1.0, sums))
    return log(clip(output, epsilon(), 1.0 - epsilon()))


@op
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-sum(target * log(output)) along the class axis.

    Args:
        target: tensor (..., classes): one-hot rows, or probabilities.
        output: tensor of the same shape: probabilities, or logits.
        from_logits: whether `output` are logits.
        axis: int, the class axis.
    Returns:
        Tensor without the class axis.
    Raises:
        ShapeError: the shapes differ.
    Example:
        >>> float(categorical_crossentropy([1.0, 0.0], [0.5, 0.5])).__round__(4)
        0.6931
    """
    target, output = as_tensor(target), to_float(output)
    _check_same_shape(target, output)
    _check_has_axes(output)
    axis = canonical_axis(axis, output.ndim)
    logs = _log_probabilities(output, from_logits, axis)
    terms = where(equal(target, 0), cast_to(as_tensor(0.0), dtype_of(logs)), multiply(target, logs))
    return negative(total(terms, axis))


@op
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-log(output) at each label.

    Args:
        target: integer tensor (...) or (..., 1): class numbers.
        output: tensor (..., classes): probabilities, or logits.
        from_logits: whether `output` are logits.
        axis: int, the class axis.
    Returns:
        Tensor of the labels' shape; a label that is no class gives 0.
    Raises:
        ShapeError: the shapes do not fit.
    """
    target, output = cast_to(as_tensor(target), "int32"), to_float(output)
    _check_has_axes(output)
    if target.ndim == output.ndim and dims.is_one(target.shape[-1]):
        target = squeeze(target, -1)
    axis = canonical_axis(axis, output.ndim)
    expected = tuple(s for i, s in enumerate(output.shape) if i != axis)
    if not dims.same_shape(tuple(target.shape), expected):
        raise ShapeError(
            message(
                "Arguments `target` and `output` must have the same shape up until the last "
                "dimension.",
                received=f"target.shape={tuple(target.shape)}, output.shape={tuple(output.shape)}",
                required="class numbers, not one-hot rows",
                fix="for one-hot rows use categorical_crossentropy",
            )
        )
    logs = _log_probabilities(output, from_logits, axis)
    hot = one_hot(target, output.shape[axis], axis, "bool")
    return negative(total(where(hot, logs, cast_to(as_tensor(0.0), dtype_of(logs))), axis))


@op
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-target * log(output) - (1 - target) * log(1 - output), element by element.

    Args:
        target: tensor, elements between 0 and 1.
        output: tensor of the same shape: probabilities, or logits.
        from_logits: whether `output` are logits.
    Returns:
        Tensor of the same shape.
    Raises:
        ShapeError: the shapes differ.
    Numerics: probabilities are kept epsilon away from 0 and 1; logits of any size lose nothing.
    """
    output = to_float(output)
    logits = None if from_logits else logits_behind(output, "sigmoid")
    if logits is not None:
        output, from_logits = logits, True
    target, output = promote(as_tensor(target), output)
    _check_same_shape(target, output)
    dtype = dtype_of(output)
    if from_logits:
        positive = greater(output, 0)
        missed = where(positive, subtract(1.0, target), negative(target))
        folded = where(positive, negative(output), output)
        return add(multiply(missed, output), log1p(exp(folded)))
    wide = dtypes.result_type(dtype, "float32")  # in float16, 1 - epsilon would be 1
    target = cast_to(target, wide)
    output = clip(cast_to(output, wide), epsilon(), 1.0 - epsilon())
    hit = multiply(target, log(output))
    missed = multiply(subtract(1.0, target), log(subtract(1.0, output)))
    return cast_to(negative(add(hit, missed)), dtype)


@op
def psnr(x1: Any, x2: Any, max_val: float) -> Any:
    """The peak signal-to-noise ratio of two images, in decibels.

    Args:
        x1: tensor.
        x2: tensor of the same shape.
        max_val: the greatest value a pixel can have.
    Returns:
        Scalar: 20 log10(max_val) - 10 log10(mean((x1 - x2)²)), inf for equal images.
    Raises:
        ShapeError: the shapes differ.
    """
    x1, x2 = promote(as_tensor(x1), as_tensor(x2), to_float=True)
    if not dims.same_shape(tuple(x1.shape), tuple(x2.shape)):
        raise ShapeError(message("psnr: the shapes must be equal.", f"{x1.shape} and {x2.shape}"))
    error = mean(square(subtract(x1, x2)))
    peak = multiply(log(as_tensor(max_val)), 20 / math.log(10))
    return subtract(cast_to(peak, dtype_of(error)), multiply(log(error), 10 / math.log(10)))
