"""Reductions along axes, running totals, and the order of elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.ir.primitives.base import Primitive, Types, check_axis

if TYPE_CHECKING:
    from lamina.ir.program import Tensor


def _reduction(name: str) -> Primitive:
    def infer(x: Tensor, axes: tuple[int, ...]) -> Types:
        for axis in axes:
            check_axis(name, axis, x.ndim)
        shape = tuple(s for i, s in enumerate(x.shape) if i not in axes)
        return [(shape, x.dtype)]

    return Primitive(name, infer)


def _arg_reduction(name: str) -> Primitive:
    def infer(x: Tensor, axis: int) -> Types:
        check_axis(name, axis, x.ndim)
        return [(x.shape[:axis] + x.shape[axis + 1 :], "int32")]

    return Primitive(name, infer)


def _running(name: str) -> Primitive:
    def infer(x: Tensor, axis: int, reverse: bool) -> Types:
        check_axis(name, axis, x.ndim)
        return [(x.shape, x.dtype)]

    return Primitive(name, infer)


def _infer_argsort(x: Tensor, axis: int, descending: bool) -> Types:
    """The stable order: equal elements keep their places, in both directions."""
    check_axis("argsort", axis, x.ndim)
    return [(x.shape, "int32")]


REDUCTION = [
    *(_reduction(name) for name in ("sum", "prod", "reduce_max", "reduce_min")),
    *(_arg_reduction(name) for name in ("argmax", "argmin")),
    *(_running(name) for name in ("cumsum", "cumprod")),
    Primitive("argsort", _infer_argsort),
]
