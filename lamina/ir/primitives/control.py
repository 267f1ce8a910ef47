"""Primitives that hold programs: loops, and functions with a gradient of their own.

`scan` runs its body once for each slice along axis 0 of the sequences, carrying values from step to
step. Body inputs: constants, carries, slices; body outputs: carries, then one slice of each stacked
output.
"""

from __future__ import annotations

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


def _check_inputs(name: str, body: Program, types: Types) -> None:
    """The operands of a loop must be what its body takes."""
    for tensor, (shape, dtype) in zip(body.inputs, types, strict=True):
        if tensor.dtype != dtype or not dims.same_shape(tensor.shape, shape):
            raise ShapeError(
                message(
                    f"{name}: an operand does not have the type that the body takes.",
                    received=type_text(shape, dtype),
                    required=type_text(tensor.shape, tensor.dtype),
                )
            )


def _infer_scan(
    *operands: Tensor, body: Program, constants: int, carries: int, length: int, reverse: bool
) -> Types:
    """Final carries, then the stacked outputs, (length, …) each."""
    _check_carries("scan", operands[constants : constants + carries], body.outputs[:carries])
    for t in operands[constants + carries :]:
        if t.ndim == 0 or not dims.same(t.shape[0], length):
            raise ShapeError(
                message("scan: a sequence has another length.", t.shape, f"({length}, …)")
            )
    whole = [(t.shape, t.dtype) for t in operands[: constants + carries]]
    slices = [(t.shape[1:], t.dtype) for t in operands[constants + carries :]]
    _check_inputs("scan", body, whole + slices)
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
    types = [(t.shape, t.dtype) for t in operands]
    start = condition_constants + body_constants
    values = operands[start:]
    _check_carries("while_loop", values, body.outputs)
    _check_inputs("while_loop", condition, types[:condition_constants] + types[start:])
    _check_inputs("while_loop", body, types[condition_constants:])
    if [(t.shape, t.dtype) for t in condition.outputs] != [((), "bool")]:
        raise ShapeError(message("while_loop: the condition must be one bool scalar."))
    return [(t.shape, t.dtype) for t in values]


def _infer_custom_gradient(
    *operands: Tensor, outputs: int, sources: tuple[int, ...], rule: Program
) -> Types:
    """The first `outputs` operands, unchanged.

    `rule` takes the outputs' cotangents, then further operands that it reads; it gives the
    cotangents of the operands whose positions are `sources`.
    """
    residuals = operands[len(operands) - len(rule.inputs) + outputs :]
    types = [(t.shape, t.dtype) for t in (*operands[:outputs], *residuals)]
    _check_inputs("custom_gradient", rule, types)
    _check_carries("custom_gradient", [operands[i] for i in sources], rule.outputs)
    return [(t.shape, t.dtype) for t in operands[:outputs]]


CONTROL = [
    Primitive("scan", _infer_scan, multiple=True),
    Primitive("while", _infer_while, multiple=True),
    Primitive("custom_gradient", _infer_custom_gradient, multiple=True),
]
