"""Running a program: it is written out as one Python function, a line for each node.

Every value is a local variable that is forgotten after its last use, so the memory in use is that
of the values still needed. What a line calls is the NumPy function of its primitive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from lamina.executors.reference.blas import one_thread
from lamina.executors.reference.contraction import CONTRACTION
from lamina.executors.reference.control import CONTROL, LOOPS
from lamina.executors.reference.elementwise import ELEMENTWISE
from lamina.executors.reference.shaping import SHAPING
from lamina.ir.dims import Dim
from lamina.ir.primitives import PRIMITIVES
from lamina.ir.program import Node, Program, Tensor, is_batch_dependent

PRIMITIVE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **ELEMENTWISE,
    **SHAPING,
    **CONTRACTION,
    **CONTROL,
}


class ReferenceExecutable:
    """A program ready to run on NumPy arrays.

    Args:
        program: what to run; its tensors with `Dim` get their sizes from the inputs of each call.
    Attributes:
        source: the Python function that runs it, as text.
        run: that function, of the list of inputs and the batch size.
    """

    fresh_outputs = False  # what a call returns may be an input or a view of one

    def __init__(self, program: Program) -> None:
        self.program = program
        self._batch_sources = [
            (i, axis, size)
            for i, tensor in enumerate(program.inputs)
            for axis, size in enumerate(tensor.shape)
            if isinstance(size, Dim) and len(size.coefficients) == 2
        ][:1]
        self.source, names = _Writer(program).finish()
        exec(compile(self.source, f"<program {program.name}>", "exec"), names)
        self.run: Callable[[Sequence[np.ndarray], int], list[Any]] = names["run"]

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
        with one_thread(), np.errstate(all="ignore"):
            results = self.run(inputs, batch)
        return [r if type(r) is np.ndarray else np.asarray(r) for r in results]


class _Writer:
    """Writes one program as Python."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names: dict[Tensor, str] = {}  # tensor -> local variable
        self.globals: dict[str, Any] = {"bind": bind}
        self.lines = ["def run(inputs, batch):"]

    def finish(self) -> tuple[str, dict[str, Any]]:
        """The source, and the names that it uses."""
        inputs = "".join(f"{self._local(t)}, " for t in self.program.inputs)
        if inputs:
            self.lines.append(f"    {inputs}= inputs")
        dead = self._last_uses()
        for number, node in enumerate(self.program.nodes):
            self.lines.append(f"    {self._statement(number, node)}")
            if dead[number]:
                self.lines.append(f"    {' = '.join(self.names[t] for t in dead[number])} = None")
        self.lines.append(f"    return [{', '.join(self.names[t] for t in self.program.outputs)}]")
        return "\n".join(self.lines), self.globals

    def _local(self, tensor: Tensor) -> str:
        return self.names.setdefault(tensor, f"v{len(self.names)}")

    def _last_uses(self) -> list[list[Tensor]]:
        """For each node, the tensors that nobody reads after it."""
        last: dict[Tensor, int] = {}
        for i, node in enumerate(self.program.nodes):
            for tensor in (*node.operands, *node.outputs):
                last[tensor] = i
        for tensor in (*self.program.outputs, *self.program.inputs):
            last.pop(tensor, None)
        dead: list[list[Tensor]] = [[] for _ in self.program.nodes]
        for tensor, i in last.items():
            dead[i].append(tensor)
        return dead

    def _statement(self, number: int, node: Node) -> str:
        operands = [self.names[o] for o in node.operands]
        targets = [self._local(o) for o in node.outputs]
        left = "".join(f"{t}, " for t in targets) if _several(node) else f"{targets[0]} "
        function = f"{node.primitive}_{number}"
        fixed = {k: v for k, v in node.attributes.items() if not is_batch_dependent(v)}
        later = {k: v for k, v in node.attributes.items() if is_batch_dependent(v)}
        if node.primitive == "constant":
            self.globals[function] = node.attributes["value"]
            return f"{left}= {function}"
        if node.primitive in LOOPS:
            fixed = {
                k: ReferenceExecutable(v) if isinstance(v, Program) else v for k, v in fixed.items()
            }
            self.globals[function] = partial(LOOPS[node.primitive], **fixed)
            operands.append("batch=batch")
        else:
            plain = PRIMITIVE_FUNCTIONS[node.primitive]
            self.globals[function] = partial(plain, **fixed) if fixed else plain
        if later:
            self.globals[f"sizes_{number}"] = later
            operands.append(f"**bind(sizes_{number}, batch)")
        return f"{left}= {function}({', '.join(operands)})"


def _several(node: Node) -> bool:
    return PRIMITIVES[node.primitive].multiple


def bind(sizes: dict[str, Any], batch: int) -> dict[str, Any]:
    """Attributes with the batch size put in."""
    return {name: _bound(value, batch) for name, value in sizes.items()}


def _bound(value: Any, batch: int) -> Any:
    if isinstance(value, Dim):
        return value.at(batch)
    if isinstance(value, tuple):
        return tuple([_bound(v, batch) for v in value])
    return value


def _at_once(loop: Callable[..., Any]) -> Callable[..., Any]:
    """A loop on arrays outside of any program: its bodies are made ready on the spot."""

    def run(*operands: np.ndarray, **attributes: Any) -> Any:
        ready = {
            k: ReferenceExecutable(v) if isinstance(v, Program) else v
            for k, v in attributes.items()
        }
        return loop(*operands, **ready, batch=0)

    return run


# What a primitive does to arrays at once, outside of any program.
REFERENCE: dict[str, Callable[..., Any]] = {
    **PRIMITIVE_FUNCTIONS,
    **{name: _at_once(loop) for name, loop in LOOPS.items()},
}


def compile_program(program: Program) -> ReferenceExecutable:
    """Make a program ready to run."""
    return ReferenceExecutable(program)
