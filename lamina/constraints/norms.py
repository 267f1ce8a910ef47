"""Constraints on the length of weight vectors.

A vector is what lies along `axis`: 0 for the incoming weights of each unit of a Dense kernel
(inputs, units), (0, 1, 2) for those of each filter of a Conv2D kernel.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.config import epsilon
from lamina.constraints.constraint import Constraint


def _lengths(w: Any, axis: Any) -> Any:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Vectors longer than a limit are shortened to it.

    Args:
        max_value: float, the limit.
        axis: int or tuple of int, along which a vector lies.
    Example:
        >>> MaxNorm(2.5)([[3.0], [4.0]]).round(3).tolist()
        [[1.5], [2.0]]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The weights, long vectors shortened."""
        w = ops.convert_to_tensor(w)
        lengths = _lengths(w, self.axis)
        return w * (ops.clip(lengths, 0, self.max_value) / (epsilon() + lengths))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"max_value": self.max_value, "axis": self.axis}


class UnitNorm(Constraint):
    """Every vector gets the length 1.

    Args:
        axis: int or tuple of int, along which a vector lies.
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The weights, every vector rescaled; a zero vector stays zero."""
        w = ops.convert_to_tensor(w)
        return w / (epsilon() + _lengths(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Lengths are kept between two limits, softly if wished.

    Args:
        min_value: float, the least length.
        max_value: float, the greatest length.
        rate: float between 0 and 1, how far a vector is moved to the limit.
        axis: int or tuple of int, along which a vector lies.
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Any = 0,
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The weights, vectors outside the limits moved towards them."""
        w = ops.convert_to_tensor(w)
        lengths = _lengths(w, self.axis)
        inside = ops.clip(lengths, self.min_value, self.max_value)
        wanted = self.rate * inside + (1 - self.rate) * lengths
        return w * (wanted / (epsilon() + lengths))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }
