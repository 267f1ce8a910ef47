"""Penalties for large weights: the sum of absolute values, of squares, or both."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.regularizers.regularizer import Regularizer, checked_factor


class L1(Regularizer):
    """l1 * sum(|x|).

    Args:
        l1: float >= 0.
    Example:
        >>> float(L1(0.5)([1.0, -3.0]))
        2.0
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = checked_factor(0.01 if l1 is None else l1, "l1")

    def __call__(self, x: Any) -> Any:
        """The penalty, a scalar of x's dtype."""
        return ops.multiply(ops.sum(ops.absolute(x)), self.l1)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"l1": self.l1}


class L2(Regularizer):
    """l2 * sum(x²).

    Args:
        l2: float >= 0.
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = checked_factor(0.01 if l2 is None else l2, "l2")

    def __call__(self, x: Any) -> Any:
        """The penalty, a scalar of x's dtype."""
        return ops.multiply(ops.sum(ops.square(x)), self.l2)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"l2": self.l2}


class L1L2(Regularizer):
    """l1 * sum(|x|) + l2 * sum(x²).

    Args:
        l1: float >= 0.
        l2: float >= 0.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = checked_factor(0.0 if l1 is None else l1, "l1")
        self.l2 = checked_factor(0.0 if l2 is None else l2, "l2")

    def __call__(self, x: Any) -> Any:
        """The penalty, a scalar of x's dtype."""
        penalty = ops.zeros((), x.dtype if hasattr(x, "dtype") else None)
        if self.l1:
            penalty = penalty + ops.multiply(ops.sum(ops.absolute(x)), self.l1)
        if self.l2:
            penalty = penalty + ops.multiply(ops.sum(ops.square(x)), self.l2)
        return penalty

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"l1": self.l1, "l2": self.l2}
