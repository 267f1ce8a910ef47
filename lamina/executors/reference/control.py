"""Loops, whose bodies are programs ready to run, and functions with a gradient of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.base import dtypes
from lamina.ir.dims import shape_at
from lamina.ir.program import Tensor

if TYPE_CHECKING:
    from lamina.executors.reference.executable import ReferenceExecutable


def _scan(
    *operands: np.ndarray,
    body: ReferenceExecutable,
    constants: int,
    carries: int,
    length: int,
    reverse: bool,
    batch: int,
) -> list[np.ndarray]:
    fixed, carry = list(operands[:constants]), list(operands[constants : constants + carries])
    sequences = operands[constants + carries :]
    outputs = body.program.outputs[carries:]
    stacks: list[list[np.ndarray]] = [[] for _ in outputs]
    steps = range(length - 1, -1, -1) if reverse else range(length)
    for i in steps:
        results = body.run([*fixed, *carry, *[s[i] for s in sequences]], batch)
        carry = results[:carries]
        for stack, value in zip(stacks, results[carries:], strict=True):
            stack.append(value)
    return carry + [_stack(s, reverse, t, batch) for s, t in zip(stacks, outputs, strict=True)]


def _stack(values: list[np.ndarray], reverse: bool, tensor: Tensor, batch: int) -> np.ndarray:
    """The outputs of all steps as one array; of no steps, an empty one."""
    if not values:
        return np.empty((0, *shape_at(tensor.shape, batch)), dtypes.to_numpy(tensor.dtype))
    return np.stack(values[::-1] if reverse else values)


def _while(
    *operands: np.ndarray,
    condition: ReferenceExecutable,
    body: ReferenceExecutable,
    condition_constants: int,
    body_constants: int,
    batch: int,
) -> list[np.ndarray]:
    for_condition = list(operands[:condition_constants])
    for_body = list(operands[condition_constants : condition_constants + body_constants])
    values = list(operands[condition_constants + body_constants :])
    while condition.run([*for_condition, *values], batch)[0]:
        values = body.run([*for_body, *values], batch)
    return values


def _custom_gradient(
    *operands: np.ndarray, outputs: int, sources: tuple, rule: Any
) -> tuple[np.ndarray, ...]:
    return operands[:outputs]


LOOPS: dict[str, Callable[..., Any]] = {"scan": _scan, "while": _while}
CONTROL: dict[str, Callable[..., Any]] = {"custom_gradient": _custom_gradient}
