"""Activation functions, element by element, and `glu`.

Formulas are chosen so that values and slopes stay finite for large inputs, NaN stays NaN, and at a
corner every order of derivative is that of one side: branches are taken by `where`, not by
`maximum`, which would split the slope.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ShapeError, message
from lamina.ir.dims import Dim
from lamina.ops.convert import as_tensor, cast_to, dtype_of, to_float
from lamina.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    erf,
    exp,
    expm1,
    greater,
    greater_equal,
    less,
    less_equal,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    sqrt,
    square,
    stop_gradient,
    subtract,
    tanh,
    where,
)
from lamina.ops.logits import remember_logits
from lamina.ops.reduction import canonical_axis
from lamina.ops.registration import op
from lamina.ops.shaping import split
from lamina.runtime.dispatch import apply

_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717


def _pick(condition: Any, x: Any, y: Any, like: Any) -> Any:
    """`where` that keeps the dtype of `like` when x or y is a Python number."""
    return where(condition, _scalar_like(x, like), _scalar_like(y, like))


def _scalar_like(value: Any, like: Any) -> Any:
    """A Python number as a scalar of another tensor's dtype; tensors unchanged."""
    if isinstance(value, (int, float)):
        return np.asarray(value, dtypes.to_numpy(dtype_of(like)))
    return value


@op
def relu(x: Any) -> Any:
    """max(x, 0), element by element.

    Args:
        x: tensor of any shape.
    Returns:
        Tensor of the same shape and dtype.
    Numerics: the slope at 0 is 0; NaN stays NaN.
    Example:
        >>> relu([-1.0, 0.0, 2.0]).tolist()
        [0.0, 0.0, 2.0]
    """
    x = as_tensor(x)
    return _pick(less_equal(x, 0), 0, x, x)


@op
def relu6(x: Any) -> Any:
    """min(max(x, 0), 6), element by element; the slope is 0 at both corners."""
    x = as_tensor(x)
    return _pick(less_equal(x, 0), 0, _pick(greater_equal(x, 6), 6, x, x), x)


@op
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x where x >= 0, negative_slope * x elsewhere.

    Args:
        x: tensor of any shape.
        negative_slope: float.
    Returns:
        Tensor of the same shape.
    """
    x = to_float(x)
    return where(greater_equal(x, 0), x, multiply(x, negative_slope))


@op
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), element by element.

    Args:
        x: tensor of any shape; integers become floats.
    Returns:
        Float tensor of the same shape, between 0 and 1.
    Example:
        >>> sigmoid([0.0, 1e4]).tolist()
        [0.5, 1.0]
    """
    x = to_float(x)
    return remember_logits(apply("logistic", x), "sigmoid", x)


@op
def hard_sigmoid(x: Any) -> Any:
    """relu6(x + 3) / 6, a sigmoid of straight lines."""
    return divide(relu6(add(to_float(x), 3)), 6)


@op
def sparse_sigmoid(x: Any) -> Any:
    """(x + 1) / 2 kept between 0 and 1."""
    return multiply(clip(add(to_float(x), 1), 0, 2), 0.5)


def _folded(x: Any) -> tuple[Any, Any]:
    """Whether x > 0, and -|x| with slope 1 at 0."""
    positive = greater(x, 0)
    return positive, where(positive, negative(x), x)


@op
def softplus(x: Any) -> Any:
    """log(exp(x) + 1), element by element.

    Args:
        x: tensor of any shape; integers become floats.
    Returns:
        Float tensor of the same shape.
    Numerics: exact to rounding for inputs of any size, as are its derivatives of all orders.
    """
    x = to_float(x)
    positive, folded = _folded(x)
    return add(_pick(positive, x, 0, x), log1p(exp(folded)))


@op
def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)), element by element, without underflow."""
    return negative(softplus(negative(to_float(x))))


@op
def softsign(x: Any) -> Any:
    """x / (|x| + 1), element by element."""
    x = to_float(x)
    return divide(x, add(absolute(x), 1))


@op
def silu(x: Any) -> Any:
    """x * sigmoid(x), element by element; also called swish."""
    x = to_float(x)
    return multiply(x, sigmoid(x))


@op
def hard_silu(x: Any) -> Any:
    """x * hard_sigmoid(x), element by element; also called hard swish."""
    x = to_float(x)
    return multiply(x, hard_sigmoid(x))


@op
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where x > 0, alpha * (exp(x) - 1) elsewhere.

    Args:
        x: tensor of any shape.
        alpha: float.
    Returns:
        Float tensor of the same shape.
    Source: Clevert, Unterthiner, Hochreiter (2016), arXiv:1511.07289.
    """
    x = to_float(x)
    positive = greater(x, 0)
    return where(positive, x, multiply(expm1(_pick(positive, 0, x, x)), alpha))


@op
def selu(x: Any) -> Any:
    """`elu` scaled so that mean 0 and variance 1 are kept from layer to layer.

    Args:
        x: tensor of any shape.
    Returns:
        Float tensor of the same shape.
    Source: Klambauer et al. (2017), arXiv:1706.02515.
    """
    return multiply(elu(x, _SELU_ALPHA), _SELU_SCALE)


@op
def celu(x: Any, alpha: float = 1.0) -> Any:
    """max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1), element by element.

    Args:
        x: tensor of any shape.
        alpha: float > 0.
    Returns:
        Float tensor of the same shape.
    Source: Barron (2017), arXiv:1704.07483.
    """
    x = to_float(x)
    positive = greater(x, 0)
    below = multiply(expm1(divide(_pick(positive, 0, x, x), alpha)), alpha)
    return where(positive, x, below)


@op
def gelu(x: Any, approximate: bool = True) -> Any:
    """x times the probability that a standard normal number is below x.

    Args:
        x: tensor of any shape.
        approximate: whether the probability is approximated by a tanh.
    Returns:
        Float tensor of the same shape.
    Source: Hendrycks, Gimpel (2016), arXiv:1606.08415.
    """
    x = to_float(x)
    if not approximate:
        return multiply(multiply(x, 0.5), add(erf(divide(x, math.sqrt(2))), 1))
    near = clip(x, -20, 20)  # beyond, tanh is 1 to rounding and the cube could overflow
    cube = multiply(multiply(square(near), near), 0.044715)
    share = add(tanh(multiply(add(near, cube), math.sqrt(2 / math.pi))), 1)
    return multiply(multiply(x, 0.5), share)


@op
def glu(x: Any, axis: int = -1) -> Any:
    """The first half along an axis times the sigmoid of the second.

    Args:
        x: tensor.
        axis: int; its size must be even.
    Returns:
        Float tensor, the axis halved.
    Raises:
        ShapeError: the size is odd.
    Source: Dauphin et al. (2017), arXiv:1612.08083.
    """
    x = to_float(x)
    axis = canonical_axis(axis, x.ndim)
    size = x.shape[axis]
    if not isinstance(size, Dim) and size % 2:
        raise ShapeError(
            message("glu: axis size must be divisible by 2.", f"x.shape={x.shape}, axis={axis}")
        )
    value, gate = split(x, 2, axis)
    return multiply(value, sigmoid(gate))


@op
def tanh_shrink(x: Any) -> Any:
    """x - tanh(x), element by element."""
    x = to_float(x)
    return subtract(x, tanh(x))


@op
def hard_tanh(x: Any) -> Any:
    """x kept between -1 and 1."""
    x = as_tensor(x)
    return _pick(greater(x, 1), 1, _pick(less(x, -1), -1, x, x), x)


@op
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where |x| > threshold, 0 elsewhere."""
    x = to_float(x)
    return _pick(less_equal(absolute(x), threshold), 0, x, x)


@op
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved by threshold towards 0, and 0 where it would pass 0."""
    x = to_float(x)
    inside = less_equal(absolute(x), threshold)
    moved = where(greater(x, 0), subtract(x, threshold), add(x, threshold))
    return _pick(inside, 0, moved, x)


@op
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """x where x > threshold, default_value elsewhere."""
    x = as_tensor(x)
    return where(less_equal(x, threshold), default_value, x)


@op
def sparse_plus(x: Any) -> Any:
    """0 for x <= -1, x for x >= 1, (x + 1)² / 4 between."""
    x = to_float(x)
    between = multiply(square(add(clip(x, -1, 1), 1)), 0.25)
    return _pick(less_equal(x, -1), 0, where(greater_equal(x, 1), x, between), x)


@op
def squareplus(x: Any, b: float = 4) -> Any:
    """(x + sqrt(x² + b)) / 2, element by element.

    Args:
        x: tensor of any shape.
        b: float > 0, how round the corner is.
    Returns:
        Float tensor of the same shape.
    Numerics: x² does not overflow, and for x < 0 the difference is not taken: with d the value for
        |x| it is b / (4 d).
    Source: Barron (2021), arXiv:2112.11687.
    """
    x = to_float(x)
    wide = cast_to(x, dtypes.result_type(dtype_of(x), "float32"))
    largest = float(np.finfo(dtype_of(wide)).max) / 2
    root = math.sqrt(b)
    scale = stop_gradient(clip(maximum(absolute(wide), root), 1e-6, largest))
    unit = add(square(divide(wide, scale)), square(divide(root, scale)))
    hypotenuse = minimum(multiply(sqrt(unit), scale), largest)
    below = less(wide, 0)
    half = multiply(add(hypotenuse, where(below, negative(wide), wide)), 0.5)
    return cast_to(where(below, divide(b / 4, half), half), dtype_of(x))
