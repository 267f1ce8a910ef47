"""Loops as ONNX operators: `scan` is ONNX's Scan, `while` its Loop.

A scan is not unrolled although its length is known: the file stays small for long sequences, and
the two operators mean the same, step by step. The values that a body only reads are taken from the
graph around it by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lamina.export.graph import Graph, Value
from lamina.ir.dims import Shape
from lamina.ir.program import Node, Program, Tensor

Translate = Callable[[Graph, Program], None]


def scan(graph: Graph, node: Node, operands: Sequence[str], translate: Translate) -> list[str]:
    """Final carries, then the stacked outputs."""
    how, body = node.attributes, node.attributes["body"]
    first, then = how["constants"], how["constants"] + how["carries"]
    if how["length"] == 0:
        stacked = node.outputs[how["carries"] :]
        empty = [graph.expand(graph.constant(0, t.dtype), t.shape) for t in stacked]
        return [*operands[first:then], *empty]
    inner = Graph(outer=graph, place=graph.place)
    inner.names.update(zip(body.inputs[:first], operands[:first], strict=True))
    for tensor in body.inputs[first:]:
        _declare(inner, tensor)
    sequences = list(operands[then:])
    if not sequences:  # Scan takes its length from a sequence
        sequences = [graph.constant(np.zeros(how["length"], "bool"))]
        inner.inputs.append(Value(inner.unique("step"), (), "bool"))
    translate(inner, body)
    _give(inner, body.outputs)
    directions = {
        "scan_input_directions": [int(how["reverse"])] * len(sequences),
        "scan_output_directions": [int(how["reverse"])] * (len(body.outputs) - how["carries"]),
    }
    return graph.add_several(
        "Scan",
        [*operands[first:then], *sequences],
        len(node.outputs),
        {
            "body": inner,
            "num_scan_inputs": len(sequences),
            **{key: value for key, value in directions.items() if value and how["reverse"]},
        },
    )


def while_loop(
    graph: Graph, node: Node, operands: Sequence[str], translate: Translate
) -> list[str]:
    """The values when the condition fails; ONNX wants it before the loop and after each round."""
    how = node.attributes
    condition, body = how["condition"], how["body"]
    first = how["condition_constants"]
    then = first + how["body_constants"]
    begin = _inlined(graph, condition, operands[:first], operands[then:], translate)
    inner = Graph(outer=graph, place=graph.place)
    inner.inputs.append(Value(inner.unique("round"), (), "int64"))
    inner.inputs.append(Value(inner.unique("going"), (), "bool"))
    inner.names.update(zip(body.inputs[: then - first], operands[first:then], strict=True))
    for tensor in body.inputs[then - first :]:
        _declare(inner, tensor)
    translate(inner, body)
    new = [inner.names[t] for t in body.outputs]
    again = _inlined(inner, condition, operands[:first], new, translate)
    _give_names(inner, [again, *new], [((), "bool"), *((t.shape, t.dtype) for t in body.outputs)])
    inputs = ["", begin, *operands[then:]]
    return graph.add_several("Loop", inputs, len(node.outputs), {"body": inner})


def _inlined(
    graph: Graph,
    program: Program,
    constants: Sequence[str],
    values: Sequence[str],
    translate: Translate,
) -> str:
    """The only output of a program whose nodes are put into a graph."""
    graph.names.update(zip(program.inputs, [*constants, *values], strict=True))
    translate(graph, program)
    return graph.names[program.outputs[0]]


def _declare(inner: Graph, tensor: Tensor) -> None:
    """Make a tensor an input of a body."""
    name = inner.unique("body")
    inner.names[tensor] = name
    inner.inputs.append(Value(name, tensor.shape, tensor.dtype))


def _give(inner: Graph, tensors: Sequence[Tensor]) -> None:
    names = [inner.names[t] for t in tensors]
    _give_names(inner, names, [(t.shape, t.dtype) for t in tensors])


def _give_names(inner: Graph, names: Sequence[str], types: Sequence[tuple[Shape, str]]) -> None:
    """Make values the outputs of a body, under names of their own: one may be an outer value."""
    for name, (shape, dtype) in zip(names, types, strict=True):
        inner.outputs.append(Value(inner.add("Identity", name), shape, dtype))


LOOPS: dict[str, Callable[..., list[str]]] = {"scan": scan, "while": while_loop}
