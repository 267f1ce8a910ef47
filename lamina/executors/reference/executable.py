"""Running a program: an interpreter over its nodes that forgets each value after its last use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.executors.reference.contraction import CONTRACTION
from lamina.executors.reference.elementwise import ELEMENTWISE
from lamina.executors.reference.shaping import SHAPING
from lamina.ir.dims import Dim
from lamina.ir.program import Node, Program, Tensor, is_batch_dependent

REFERENCE: dict[str, Callable[..., Any]] = {
    **ELEMENTWISE,
    **SHAPING,
    **CONTRACTION,
    "custom_gradient": lambda *operands, outputs, rule: operands[:outputs],
}


class ReferenceExecutable:
    """A program ready to run on NumPy arrays.

    Args:
        program: what to run; its tensors with `Dim` get their sizes from the inputs of each call.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._slots: dict[Tensor, int] = {}
        for tensor in program.inputs:
            self._slot(tensor)
        self._batch_sources = [
            (i, axis, size)
            for i, tensor in enumerate(program.inputs)
            for axis, size in enumerate(tensor.shape)
            if isinstance(size, Dim) and len(size.coefficients) == 2
        ][:1]
        dead = self._last_uses(program)
        self._steps = [self._step(node, dead[i]) for i, node in enumerate(program.nodes)]
        self._outputs = [self._slots[t] for t in program.outputs]

    def _slot(self, tensor: Tensor) -> int:
        return self._slots.setdefault(tensor, len(self._slots))

    def _last_uses(self, program: Program) -> list[list[Tensor]]:
        """For each node, the tensors that nobody reads after it."""
        last: dict[Tensor, int] = {}
        for i, node in enumerate(program.nodes):
            for tensor in (*node.operands, *node.outputs):
                last[tensor] = i
        for tensor in (*program.outputs, *program.inputs):
            last.pop(tensor, None)
        dead: list[list[Tensor]] = [[] for _ in program.nodes]
        for tensor, i in last.items():
            dead[i].append(tensor)
        return dead

    def _step(self, node: Node, dead: list[Tensor]) -> tuple:
        attributes = node.attributes
        if node.primitive in LOOPS:
            attributes = {
                k: ReferenceExecutable(v) if isinstance(v, Program) else v
                for k, v in attributes.items()
            }
            function = LOOPS[node.primitive]
        else:
            function = REFERENCE[node.primitive]
        return (
            function,
            [self._slots[o] for o in node.operands],
            attributes,
            node.primitive in LOOPS or any(map(is_batch_dependent, attributes.values())),
            [self._slot(o) for o in node.outputs],
            [self._slots[t] for t in dead],
            node.primitive in LOOPS,
        )

    def batch_size(self, inputs: Sequence[np.ndarray]) -> int:
        """The batch size that a call's inputs have; 0 where no input depends on it."""
        for i, axis, size in self._batch_sources:
            return size.solve(inputs[i].shape[axis])
        return 0

    def __call__(self, inputs: Sequence[np.ndarray], batch: int | None = None) -> list[np.ndarray]:
        """Run the program.

        Args:
            inputs: one array for each input of the program.
            batch: the batch size, if the inputs do not tell it.
        Returns:
            One array for each output.
        """
        if batch is None:
            batch = self.batch_size(inputs)
        values: list[Any] = list(inputs) + [None] * (len(self._slots) - len(inputs))
        with np.errstate(all="ignore"):
            for function, operands, attributes, dynamic, outputs, dead, several in self._steps:
                if dynamic:
                    attributes = {k: _bind(v, batch) for k, v in attributes.items()}
                    if several:
                        attributes["batch"] = batch
                result = function(*[values[i] for i in operands], **attributes)
                if several:
                    for slot, value in zip(outputs, result, strict=True):
                        values[slot] = value
                else:
                    values[outputs[0]] = result
                for slot in dead:
                    values[slot] = None
        return [np.asarray(values[i]) for i in self._outputs]


def _bind(value: Any, batch: int) -> Any:
    """An attribute with the batch size put in."""
    if isinstance(value, Dim):
        return value.at(batch)
    if isinstance(value, tuple):
        return tuple(_bind(v, batch) for v in value)
    return value


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
        results = body([*fixed, *carry, *(s[i] for s in sequences)], batch)
        carry = results[:carries]
        for stack, value in zip(stacks, results[carries:], strict=True):
            stack.append(value)
    return carry + [_stack(s, reverse, t, batch) for s, t in zip(stacks, outputs, strict=True)]


def _stack(values: list[np.ndarray], reverse: bool, tensor: Tensor, batch: int) -> np.ndarray:
    """The outputs of all steps as one array; of no steps, an empty one."""
    if not values:
        return np.empty((0, *_bind(tensor.shape, batch)), dtypes.to_numpy(tensor.dtype))
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
    while condition([*for_condition, *values], batch)[0]:
        values = body([*for_body, *values], batch)
    return values


LOOPS: dict[str, Callable[..., Any]] = {"scan": _scan, "while": _while}


def compile_program(program: Program) -> ReferenceExecutable:
    """Make a program ready to run."""
    return ReferenceExecutable(program)
