"""Gradients summed over several steps before one update.

A traced program has no branches here: the update is computed in every step and kept in every n-th.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina import ops
from lamina.runtime.variable import Variable


def apply_when(condition: Any, update: Callable[[], None], variables: Sequence[Variable]) -> None:
    """Run an update and undo it unless a condition holds.

    Args:
        condition: bool scalar.
        update: assigns to some of `variables`.
        variables: all that it may assign to.
    """
    before = [v.value for v in variables]
    update()
    for variable, old in zip(variables, before, strict=True):
        new = variable.value
        if new is not old:
            variable.assign(ops.where(condition, new, old))


def apply_averaged(
    gradients: Sequence[Any],
    sums: Sequence[Variable],
    due: Any,
    steps: int,
    update: Callable[[list[Any]], None],
    variables: Sequence[Variable],
) -> None:
    """Add gradients to their sums; if an update is due, run it with the means and start over.

    Args:
        gradients: those of this step.
        sums: one variable for each gradient.
        due: bool scalar, whether this is the last of `steps` steps.
        steps: how many steps share an update.
        update: takes the mean gradients.
        variables: all that it may assign to.
    """
    totals = [ops.add(g, s) for g, s in zip(gradients, sums, strict=True)]
    apply_when(due, lambda: update([ops.divide(t, steps) for t in totals]), variables)
    for total, running in zip(totals, sums, strict=True):
        running.assign(ops.where(due, ops.zeros_like(total), total))


def overwrite_with_greatest(variable: Variable, gradient: Any, running: Variable, due: Any) -> None:
    """For a variable that is replaced by its gradient: by the greatest of several steps."""
    greatest = ops.maximum(gradient, running)
    variable.assign(ops.where(due, greatest, variable))
    running.assign(ops.where(due, ops.zeros_like(greatest), greatest))
