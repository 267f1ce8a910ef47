"""The base of all constraints, and the one that forbids negative weights."""

from __future__ import annotations

from typing import Any

from lamina import ops


class Constraint:
    """A function from weights to allowed weights, with a config.

    A subclass defines `__call__`, and `get_config` if its constructor takes arguments.
    """

    def __call__(self, w: Any) -> Any:
        """The allowed weights for weights.

        Args:
            w: float tensor.
        Returns:
            Tensor of the same shape.
        """
        return w

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A constraint from what `get_config` gave."""
        return cls(**config)


class NonNeg(Constraint):
    """Negative weights become 0.

    Example:
        >>> NonNeg()([-1.0, 2.0]).tolist()
        [0.0, 2.0]
    """

    def __call__(self, w: Any) -> Any:
        """The weights, negative ones replaced by 0."""
        return ops.maximum(ops.convert_to_tensor(w), 0)
