"""Forward derivatives, `jvp`, by differentiating the reverse derivative: J t is the slope of (Jᵀ
u)·t in u."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.ops.convert import as_tensor
from lamina.ops.elementwise import multiply
from lamina.ops.reduction import sum
from lamina.ops.registration import op
from lamina.ops.shaping import zeros_like
from lamina.runtime.gradients import grad


@op
def jvp(
    fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """The value of a function, and how it changes when its arguments move.

    Args:
        fun: takes tensors; returns a structure of float tensors, or (structure, anything) with
            `has_aux`.
        primals: the arguments, a list or tuple.
        tangents: their directions, of the same shapes and dtypes.
        has_aux: whether `fun` returns further results.
    Returns:
        (value, change), or (value, change, further results).
    Raises:
        ArgumentError: primals and tangents differ in number.
    Example:
        >>> value, change = jvp(lambda x: x * x, (3.0,), (1.0,))
        >>> float(value), float(change)
        (9.0, 6.0)
    """
    if len(primals) != len(tangents):
        raise ArgumentError(
            message("jvp: one tangent is needed for each primal.", len(tangents), len(primals))
        )
    arguments = [as_tensor(p) for p in primals]
    directions = [as_tensor(t) for t in tangents]
    result = fun(*arguments)
    value, further = result if has_aux else (result, None)
    leaves = [as_tensor(v) for v in tree.flatten(value)]

    def paired(x: list, u: list) -> Any:
        """The sum of products of fun(x) with weights u."""
        outputs = fun(*x)
        outputs = tree.flatten(outputs[0] if has_aux else outputs)
        return _total([multiply(o, w) for o, w in zip(outputs, u, strict=True)])

    def along(u: list) -> Any:
        slopes = grad(paired, argnums=0)(arguments, u)
        return _total([multiply(s, t) for s, t in zip(slopes, directions, strict=True)])

    change = grad(along)([zeros_like(v) for v in leaves])
    change = tree.pack_sequence_as(value, change)
    return (value, change, further) if has_aux else (value, change)


def _total(parts: list) -> Any:
    total: Any = None
    for part in parts:
        part = sum(part)
        total = part if total is None else total + part
    return total
