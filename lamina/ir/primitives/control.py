"""Primitives that hold programs: loops, and functions with a gradient of their own.

`scan` runs its body once for each slice along axis 0 of the sequences, carrying values from step to step.
Body inputs: constants, carries, slices; body outputs: carries, then one slice of each stacked output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lamina.base.errors import ShapeError, message
from lamina.ir import dims
from lamina.ir.primitives.base import Primitive, Types
from lamina.ir.program import type_text

if TYPE_CHECKING:
    from lamina.ir.program import Program, Tensor


def _check_carries(name: str, before: Any, after: Any) -> None:
    for first, then in zip(before, after, strict=True):
        if first.dtype != then.dtype or not dims.same_shape(first.shape, then.shape):
            raise ShapeError(
                message(
                    f"{name}: a carried value changes its shape or dtype.",
                    received=type_text(then.shape, then.dtype),
                    required=type_text(first.shape, first.dtype),
                )
            )


def _infer_scan(
    *operands: Tensor, body: Program, constants: int, carries: int, length: int, reverse: bool
) -> Types:
    """Final carries, then the stacked outputs, (length, …) each."""
    _check_carries("scan", operands[constants : constants + carries], body.outputs[:carries])
    final = [(t.shape, t.dtype) for t in body.outputs[:carries]]
    return final + [((length, *t.shape), t.dtype) for t in body.outputs[carries:]]


def _infer_while(
    *operands: Tensor,
    condition: Program,
    body: Program,
    condition_constants: int,
    body_constants: int,
) -> Types:
    """Operands: the condition's constants, the body's constants, the loop's values."""
    values = operands[condition_constants + body_constants :]
    _check_carries("while_loop", values, body.outputs)
    return [(t.shape, t.dtype) for t in values]


def _infer_custom_gradient(*operands: Tensor, outputs: int, rule: Callable) -> Types:
    """The first `outputs` operands, unchanged; `rule(*cotangents)` gives those of the others."""
    return [(t.shape, t.dtype) for t in operands[:outputs]]


CONTROL = [
    Primitive("scan", _infer_scan, multiple=True),
    Primitive("while", _infer_while, multiple=True),
    Primitive("custom_gradient", _infer_custom_gradient, multiple=True),
]
