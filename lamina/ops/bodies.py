"""Tracing the body of a loop: a program of its own, with what it reads from outside and what it
assigns.

Tensors of the surrounding program that a body uses become constants of the loop. Variables that it
assigns become further carried values; as these are known only afterwards, such a body is traced
again with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.ir.builder import current_builder
from lamina.ir.program import Program, Tensor
from lamina.ops.convert import as_tensor, cast_to, dtype_of
from lamina.runtime import scopes
from lamina.runtime.scopes import Trace, current_trace
from lamina.runtime.variable import Variable


def tracing() -> bool:
    """Whether loops and branches become part of a program, instead of running at once."""
    return current_trace() is not None


class Body:
    """One body, traced.

    Attributes:
        result: the structure the function returned.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        specs: Sequence[tuple[tuple, str]],
        variables: Sequence[Variable],
        finish: Callable[[Any], list[Any]],
    ) -> None:
        with Trace(name, nested=True) as trace:
            builder = trace.builder
            given = [builder.input(shape, dtype) for shape, dtype in specs]
            for variable in variables:
                tensor = builder.input(variable.shape, raw_dtype(variable), variable.path)
                trace.inputs[variable] = trace.values[variable] = tensor
            held = [trace.inputs[v] for v in variables]
            self.result = function(given)
            outputs = [builder.own(as_tensor(o)) for o in finish(self.result)]
            after = [builder.own(trace.values[v]) for v in variables]
            self.assigned = trace.written()
            self.outputs, self.after = outputs, after
            self._given, self._held, self._builder = given, held, builder

    def program(self, carries: int) -> tuple[Program, list[Tensor]]:
        """The body as a program, and the outside tensors of its constants.

        Args:
            carries: how many of the given values and of the outputs are carried; variables follow
                these.
        """
        outputs = [*self.outputs[:carries], *self.after, *self.outputs[carries:]]
        given = [*self._given[:carries], *self._held, *self._given[carries:]]
        program = self._builder.finish(outputs)
        captures = self._builder.captures
        program.inputs = [*captures.values(), *given]
        return program, list(captures)


def raw_dtype(variable: Variable) -> str:
    """A variable's own dtype, whatever it is read in."""
    return dtype_of(scopes.read(variable))


def trace_body(
    name: str,
    function: Callable[[list[Tensor]], Any],
    specs: Sequence[tuple[tuple, str]],
    finish: Callable[[Any], list[Any]],
    variables: Sequence[Variable] = (),
) -> tuple[Body, list[Variable]]:
    """Trace a body until all variables that it assigns are carried.

    Args:
        name: for printing.
        function: takes the list of input tensors.
        specs: (shape, dtype) of each input.
        finish: what the function returned -> the values of the program's outputs.
        variables: variables known to be assigned.
    Returns:
        The body, and the variables whose values are carried.
    """
    variables = list(variables)
    while True:
        body = Body(name, function, specs, variables, finish)
        new = [v for v in body.assigned if v not in variables]
        if not new:
            return body, variables
        variables += new


def emit(primitive: str, *operands: Any, **attributes: Any) -> tuple[Tensor, ...]:
    """Append a loop to the program that is being traced."""
    builder = current_builder()
    assert builder is not None
    return builder.emit(primitive, *operands, **attributes)


def write_back(variables: Sequence[Variable], values: Sequence[Any]) -> None:
    """Give variables the values that they have after a loop."""
    for variable, value in zip(variables, values, strict=True):
        scopes.write(variable, value)


def leaves(structure: Any) -> list[Any]:
    """The leaves of a structure as tensors."""
    return [as_tensor(leaf) for leaf in tree.flatten(structure)]


def spec_of(x: Any) -> tuple[tuple, str]:
    """(shape, dtype) of a tensor."""
    return tuple(x.shape), dtype_of(x)


def carried(before: Sequence[Any], result: Any, like: Any, name: str) -> list[Any]:
    """The leaves of a new carry; Python numbers take the dtype of the value they replace.

    Args:
        before: the leaves of the carry at the start.
        result: the new carry.
        like: the structure it must have.
        name: of the loop, for the error.
    Raises:
        ArgumentError: the structure differs.
    """
    after = tree.flatten(result)
    if len(after) != len(before):
        raise ArgumentError(
            message(
                f"{name}: the body must return the structure it was given.",
                received=f"{len(after)} values",
                required=f"{len(before)} values",
            )
        )
    return [
        cast_to(as_tensor(value), dtype_of(old)) if isinstance(value, (int, float)) else value
        for value, old in zip(after, before, strict=True)
    ]
