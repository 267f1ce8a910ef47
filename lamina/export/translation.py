"""A program as an ONNX graph: one rule for each primitive.

The rules stand in tables, by family. What has none is declared here, and a test compares the keys
with the primitive table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.export.contraction import CONTRACTION
from lamina.export.control import LOOPS
from lamina.export.elementwise import ELEMENTWISE
from lamina.export.formulas import node_place
from lamina.export.graph import Graph, Value
from lamina.export.indexing import INDEXING
from lamina.export.reduction import REDUCTION
from lamina.export.shaping import SHAPING
from lamina.export.windows import WINDOWS
from lamina.ir.dims import Dim
from lamina.ir.program import Node, Program, Tensor, type_text

# name of the primitive -> rule (graph, node, *names of the operands) -> name of the result
RULES: dict[str, Callable[..., str]] = {
    **ELEMENTWISE,
    **SHAPING,
    **REDUCTION,
    **INDEXING,
    **CONTRACTION,
    **WINDOWS,
}

UNTRANSLATED = {
    *("erf_inv", "lgamma", "polygamma"),  # special functions that ONNX lacks
    *("inverse", "cholesky", "solve"),  # linear algebra, likewise
    # Only gradients hold these:
    *("conv_kernel_gradient", "pool_select", "pool_scatter", "pool_spread"),
}

DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()


def to_graph(
    program: Program,
    weights: Sequence[tuple[str, np.ndarray]],
    inputs: Sequence[str],
    outputs: Sequence[str],
    places: Mapping[Tensor, str],
) -> Graph:
    """The ONNX graph of a program.

    Args:
        program: its first inputs are the weights.
        weights: name and value of each.
        inputs: names of the other inputs.
        outputs: names of the outputs.
        places: tensor -> path of the layer that computes it, for names and messages.
    Returns:
        The graph; names that are not unique got a number.
    Raises:
        ArgumentError: a primitive or a dtype cannot be translated; the layer is named.
    """
    graph = Graph()
    data = program.inputs[len(weights) :]
    for tensor, name in zip(data, inputs, strict=True):
        _check_dtype(graph, tensor)
        graph.names[tensor] = graph.unique(name)
        graph.inputs.append(Value(graph.names[tensor], tensor.shape, tensor.dtype))
    graph.batch_source = _batch_source(graph.inputs)
    results = [graph.unique(name) for name in outputs]
    for tensor, (name, value) in zip(program.inputs, weights, strict=False):
        graph.place = name
        _check_dtype(graph, tensor)
        graph.names[tensor] = graph.constant(value, tensor.dtype, wish=name)
    _translate(graph, program, places)
    for tensor, name in zip(program.outputs, results, strict=True):
        graph.rename(graph.names[tensor], name)
        graph.outputs.append(Value(name, tensor.shape, tensor.dtype))
    return graph


def _batch_source(inputs: Sequence[Value]) -> tuple[str, int] | None:
    """The input whose first axis is the batch."""
    for value in inputs:
        if value.shape and isinstance(value.shape[0], Dim):
            return value.name, 0
    return None


def _translate(graph: Graph, program: Program, places: Mapping[Tensor, str]) -> None:
    outside = graph.place
    for node in program.nodes:
        graph.place = places.get(node.outputs[0], outside)
        for tensor in node.outputs:
            _check_dtype(graph, tensor)
        operands = [graph.names[o] for o in node.operands]
        results = _apply(graph, node, operands, places)
        graph.names.update(zip(node.outputs, results, strict=True))
    graph.place = outside


def _apply(
    graph: Graph, node: Node, operands: list[str], places: Mapping[Tensor, str]
) -> Sequence[str]:
    if all(_is_empty(t) for t in node.outputs):  # runtimes differ in what they do with nothing
        return [graph.constant(np.zeros(t.shape), t.dtype) for t in node.outputs]
    if node.primitive in LOOPS:
        loop = LOOPS[node.primitive]
        return loop(graph, node, operands, lambda inner, body: _translate(inner, body, places))
    if node.primitive == "custom_gradient":
        return operands[: len(node.outputs)]
    if node.primitive in UNTRANSLATED:
        raise ArgumentError(
            message(
                f"The operation '{node.primitive}' has no counterpart in ONNX.",
                received=f"{type_text(node.output.shape, node.output.dtype)} in "
                f"'{node_place(graph)}'",
                fix="leave that layer out of the exported model, or compute it another way",
            )
        )
    return [RULES[node.primitive](graph, node, *operands)]


def _is_empty(tensor: Tensor) -> bool:
    """Whether a tensor has no elements for any batch."""
    dynamic = any(isinstance(size, Dim) for size in tensor.shape)
    return not dynamic and 0 in tensor.shape


def _check_dtype(graph: Graph, tensor: Tensor) -> None:
    if tensor.dtype not in DTYPES:
        raise ArgumentError(
            message(
                f"Values of dtype {tensor.dtype} cannot be exported to ONNX.",
                received=f"{type_text(tensor.shape, tensor.dtype)} in '{node_place(graph)}'",
                required=", ".join(DTYPES),
                fix="build the same model with dtype='float32' and load its weights",
            )
        )
