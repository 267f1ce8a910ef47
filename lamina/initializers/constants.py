"""Initializers that draw nothing: constants and the identity matrix."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.dtypes import standardize_dtype
from lamina.base.errors import ShapeError, message
from lamina.base.families import deserialize, serialize
from lamina.initializers.initializer import Initializer


class Constant(Initializer):
    """One value everywhere.

    Args:
        value: number, or an array that broadcasts to the shape.
    Example:
        >>> Constant(3.0)((2,)).tolist()
        [3.0, 3.0]
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """The value, repeated to the shape."""
        dtype = standardize_dtype(dtype)
        return ops.multiply(ops.cast(self.value, dtype), ops.ones(shape, dtype))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"value": serialize(self.value)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constant:
        """A constant from what `get_config` gave."""
        return cls(deserialize(config["value"]))


class Zeros(Initializer):
    """0 everywhere."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Zeros of the shape."""
        return ops.zeros(shape, standardize_dtype(dtype))


class Ones(Initializer):
    """1 everywhere."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Ones of the shape."""
        return ops.ones(shape, standardize_dtype(dtype))


class Identity(Initializer):
    """A number on the diagonal of a matrix, 0 elsewhere.

    Args:
        gain: the number.
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """The matrix.

        Raises:
            ShapeError: the shape is not that of a matrix.
        """
        if len(shape) != 2:
            raise ShapeError(
                message(
                    "Identity matrix initializer can only be used for 2D matrices.",
                    received=f"shape={tuple(shape)} of rank {len(shape)}",
                )
            )
        return ops.multiply(ops.eye(*shape, dtype=standardize_dtype(dtype)), self.gain)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"gain": self.gain}
