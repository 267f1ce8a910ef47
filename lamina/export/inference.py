"""The program of a function's inference, and which layer each of its values comes from.

It is traced as `CompiledFunction` traces, with the batch dynamic, but nothing is compiled. What is
traced must not change a variable: a file has no state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.ir.builder import Builder
from lamina.ir.dims import Shape
from lamina.ir.program import Program, Tensor
from lamina.ir.verify import verify
from lamina.runtime.compiled import tracing_lock
from lamina.runtime.name_scope import current_path
from lamina.runtime.scopes import Trace
from lamina.runtime.variable import Variable
from lamina.transforms.simplify import simplify


@dataclass(frozen=True)
class Inference:
    """A traced function.

    Attributes:
        program: its inputs are the values of `variables`, then the function's arguments.
        variables: those that the function reads.
        places: value -> path of the layer that computes it, such as "model/dense".
    """

    program: Program
    variables: list[Variable]
    places: dict[Tensor, str]


class _PlacedBuilder(Builder):
    """A builder that notes the name scope in which each value is made."""

    def __init__(self, name: str) -> None:
        super().__init__(None, name)
        self.places: dict[Tensor, str] = {}

    def _append(
        self, primitive: str, operands: tuple[Tensor, ...], attributes: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        outputs = super()._append(primitive, operands, attributes)
        self.places.update(dict.fromkeys(outputs, current_path()))
        return outputs


def trace_inference(
    function: Callable[[list[Tensor]], Any], types: Sequence[tuple[Shape, str]], name: str
) -> Inference:
    """The program of a function of tensors.

    Args:
        function: takes a list of tensors; gives tensors, variables or arrays in any structure.
        types: shape and dtype of each tensor; a shape may begin with `BATCH`.
        name: for messages.
    Returns:
        Inference: the outputs of its program are the leaves of the function's result.
    Raises:
        ArgumentError: the function assigns to a variable.
        ConcreteBatchNeeded: the function needs the batch size as a number.
    """
    with tracing_lock():
        trace = Trace(name)
        trace.builder = builder = _PlacedBuilder(name)
        with trace:
            tensors = [builder.input(shape, dtype, "data") for shape, dtype in types]
            outputs = [_as_value(leaf) for leaf in tree.flatten(function(tensors))]
            written = [v.path for v in trace.written()]
            program = builder.finish(outputs)
    if written:
        raise ArgumentError(
            message(
                f"'{name}' cannot be exported: a call changes its variables, and the exported "
                "file keeps no state.",
                received=", ".join(written[:5]),
                fix="take out what counts or draws random numbers at inference, and stateful=True",
            )
        )
    program.inputs = [*trace.inputs.values(), *tensors]
    program = verify(simplify(verify(program)))
    return Inference(program, list(trace.inputs), builder.places)


def _as_value(leaf: Any) -> Any:
    return leaf.value if isinstance(leaf, Variable) else leaf
