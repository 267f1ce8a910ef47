"""The softmax layer: numbers made probabilities, with masked ones left out."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import dtypes
from lamina.base.errors import ShapeError, message
from lamina.ir import dims
from lamina.layers.shape_keeping import ShapeKeepingLayer


class Softmax(ShapeKeepingLayer):
    """exp(x) / sum(exp(x)) along axes.

    Args:
        axis: int, or list of int that are normalised together.
    Call arguments:
        inputs: float tensor of any shape.
        mask: tensor that broadcasts to the input: True, or a number above 0.5, where an element
            takes part. The others get probability 0.
    Returns:
        Tensor of the input's shape.
    Raises:
        ShapeError: the mask does not broadcast to the input.
    Example:
        >>> import numpy as np
        >>> Softmax()(np.zeros((1, 2), "float32")).tolist()
        [[0.5, 0.5]]
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self._nothing_to_build()

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The probabilities."""
        if mask is not None:
            _check_mask(mask.shape, inputs.shape)
            mask = ops.cast(mask, "bool") if _is_bool(mask) else ops.greater(mask, 0.5)
            inputs = ops.where(mask, inputs, ops.cast(_lowest(inputs.dtype), inputs.dtype))
        axis = tuple(self.axis) if isinstance(self.axis, (list, tuple)) else (self.axis,)
        if len(axis) == 1:
            outputs = ops.softmax(inputs, axis=axis[0])
        else:
            total = ops.logsumexp(inputs, axis=axis, keepdims=True)
            outputs = ops.exp(ops.subtract(inputs, total))
        return outputs if mask is None else ops.where(mask, outputs, ops.zeros_like(outputs))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "axis": self.axis}


def _is_bool(mask: Any) -> bool:
    return dtypes.standardize_dtype(mask.dtype) == "bool"


def _lowest(dtype: Any) -> float:
    """A number whose exp is 0 beside any other, and that half precision can hold."""
    return -3e4 if dtypes.standardize_dtype(dtype) == "float16" else -1e9


def _check_mask(mask: Any, shape: Any) -> None:
    problem = "The `mask` must be broadcastable to `inputs`"
    received = f"inputs.shape={tuple(shape)}, mask.shape={tuple(mask)}"
    if len(mask) > len(shape):
        problem += " and must not have more dimensions."
        raise ShapeError(message(problem, received=received))
    for m, size in zip(reversed(mask), reversed(shape), strict=False):
        if m is not None and size is not None and not dims.is_one(m) and not dims.same(m, size):
            problem += ". Each mask dimension must be 1 or match the corresponding input dimension."
            raise ShapeError(message(problem, received=received))
