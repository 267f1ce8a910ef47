"""The base of all regularizers."""

from __future__ import annotations

import math
from typing import Any

from lamina.base.errors import ArgumentError, message


class Regularizer:
    """A function from weights (or a layer's outputs) to a penalty, with a config.

    A subclass defines `__call__` and `get_config`.
    """

    def __call__(self, x: Any) -> Any:
        """The penalty.

        Args:
            x: float tensor.
        Returns:
            Scalar.
        """
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A regularizer from what `get_config` gave."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        raise NotImplementedError(f"{self} does not implement get_config()")


def checked_factor(value: Any, name: str) -> float:
    """A factor as a float.

    Args:
        value: what the user gave.
        name: the argument's name.
    Raises:
        ArgumentError: it is negative, infinite, NaN, or no number.
    """
    number = isinstance(value, (float, int)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise ArgumentError(
            message(
                f"Invalid value for argument {name}: expected a non-negative float.",
                received=f"{name}={value!r}",
                required="a finite float >= 0, for example 0.01",
            )
        )
    return float(value)
