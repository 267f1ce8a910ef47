"""Class numbers to several-hot rows, and polar coordinates to complex numbers."""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentError
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote
from lamina.ops.elementwise import cos, multiply, sin
from lamina.ops.indexing import one_hot
from lamina.ops.reduction import max as greatest
from lamina.ops.registration import op
from lamina.runtime.dispatch import apply


@op
def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Any:
    """Rows that are 1 at every class named in a row of numbers, 0 elsewhere.

    Args:
        inputs: integer tensor (numbers,) or (batch, numbers, …); numbers out of range count
            nothing.
        num_classes: size of the new axis.
        axis: its place.
        dtype: default floatx.
        sparse: must be False.
    Returns:
        Tensor in which the axis of the numbers is replaced by that of the classes.
    Example:
        >>> multi_hot([0, 2], 4).tolist()
        [1.0, 0.0, 1.0, 0.0]
    """
    if num_classes is None:
        num_classes = kwargs.pop("num_tokens", None)
    if num_classes is None:
        raise ArgumentError("Argument `num_classes` must be specified.")
    inputs = cast_to(as_tensor(inputs), "int32")
    hot = one_hot(inputs, num_classes, axis, dtype, sparse)
    return greatest(hot, 1 if inputs.ndim > 1 else 0)


@op
def polar(abs_: Any, angle: Any) -> Any:
    """Complex numbers from lengths and angles in radians.

    Args:
        abs_: float tensor.
        angle: float tensor; shapes broadcast.
    Returns:
        Complex tensor abs_ * (cos(angle) + i sin(angle)).
    """
    abs_, angle = promote(as_tensor(abs_), as_tensor(angle), to_float=True)
    kind = "complex128" if dtype_of(abs_) == "float64" else "complex64"
    real = cast_to(multiply(abs_, cos(angle)), kind)
    imaginary = cast_to(multiply(abs_, sin(angle)), kind)
    unit = cast_to(as_tensor(1j), kind)
    return apply("add", real, apply("mul", imaginary, unit))
