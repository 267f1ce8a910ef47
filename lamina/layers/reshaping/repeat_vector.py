"""A vector repeated along a new time axis."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.layers.arguments import is_integer
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class RepeatVector(Layer):
    """Repeat each sample's vector `n` times.

    Args:
        n: int > 0.
    Call arguments:
        inputs: tensor (batch, features).
    Returns:
        Tensor (batch, n, features).
    Raises:
        ArgumentTypeError: `n` is no int.
        ArgumentError: `n` is not positive.
    Example:
        >>> import numpy as np
        >>> RepeatVector(3)(np.ones((1, 2))).shape
        (1, 3, 2)
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = checked_count(n, "n")
        self.input_spec = InputSpec(ndim=2)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The vectors repeated."""
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, n, features)."""
        return (input_shape[0], self.n, input_shape[1])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "n": self.n}


def checked_count(value: Any, name: str) -> int:
    """An argument that must be an int >= 1.

    Args:
        value: what the user gave.
        name: the argument's name.
    Raises:
        ArgumentTypeError: it is no int.
        ArgumentError: it is below 1.
    """
    if not is_integer(value):
        raise ArgumentTypeError(
            message(f"Expected an integer value for `{name}`, got {type(value)}.")
        )
    if value <= 0:
        raise ArgumentError(
            message(f"Argument `{name}` should be a positive integer. Received: {name}={value}")
        )
    return int(value)
