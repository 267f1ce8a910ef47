"""Learning rates as callbacks see them: one, or one for each optimizer that shares a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError


def optimizers_of(optimizer: Any) -> list[tuple[str, Any]]:
    """Pairs (name, optimizer): one with the name "", or those inside a `MultiOptimizer`."""
    inner = getattr(optimizer, "optimizers", None)
    return [("", optimizer)] if inner is None else [(o.name, o) for o in inner]


def current_rate(optimizer: Any) -> float:
    """An optimizer's learning rate now.

    Raises:
        ArgumentError: it has none.
    """
    if not hasattr(optimizer, "learning_rate"):
        raise ArgumentError('Optimizer must have a "learning_rate" attribute.')
    return float(np.asarray(optimizer.learning_rate))


def add_to_logs(optimizer: Any, logs: dict[str, Any]) -> None:
    """Put the learning rates into logs, as "learning_rate" or "learning_rate_<optimizer>"."""
    for name, one in optimizers_of(optimizer):
        logs[f"learning_rate_{name}" if name else "learning_rate"] = current_rate(one)
