"""Reductions, running totals and the order of elements, as ONNX operators."""

from __future__ import annotations

from collections.abc import Callable

from lamina.base.errors import ArgumentError, message
from lamina.export.elementwise import WIDE, Rule, computed_in, widened
from lamina.export.formulas import node_place
from lamina.export.graph import Graph
from lamina.export.shaping import slice_axis
from lamina.ir.dims import Dim
from lamina.ir.program import Node


def _reduction(operator: str) -> Rule:
    def translate(graph: Graph, node: Node, x: str) -> str:
        axes = node.attributes["axes"]
        return graph.add(operator, x, graph.integers(axes), keepdims=0) if axes else x

    return widened(translate)


def _first_place(operator: str) -> Rule:
    """The place of the first extreme; int32 as in Lamina, int64 in ONNX."""

    def translate(graph: Graph, node: Node, x: str) -> str:
        if node.operands[0].dtype in WIDE:
            x = graph.cast(x, WIDE[node.operands[0].dtype])
        place = graph.add(operator, x, axis=node.attributes["axis"], keepdims=0)
        return graph.cast(place, "int32")

    return translate


def _cumsum(graph: Graph, node: Node, x: str) -> str:
    how = node.attributes
    axis = graph.constant(how["axis"], "int64")
    return graph.add("CumSum", x, axis, reverse=int(how["reverse"]))


def _cumprod(graph: Graph, node: Node, x: str) -> str:
    """Products of 2, 4, 8 … neighbours, each from two of the step before."""
    axis, reverse = node.attributes["axis"], node.attributes["reverse"]
    shape = node.output.shape
    size = shape[axis]
    if isinstance(size, Dim):
        raise ArgumentError(
            message(
                "ONNX has no running product, and one along the batch cannot be composed.",
                received=f"cumprod in '{node_place(graph)}'",
            )
        )
    one = graph.constant(1, computed_in(node.output.dtype))
    reach = 1
    while reach < size:
        widths = [0] * (2 * len(shape))
        widths[axis + (len(shape) if reverse else 0)] = reach
        longer = graph.add("Pad", x, graph.integers(widths), one)
        start = reach if reverse else 0
        x = graph.add("Mul", x, slice_axis(graph, longer, axis, start, start + size))
        reach *= 2
    return x


def _argsort(graph: Graph, node: Node, x: str) -> str:
    """The indices of TopK with all elements; of equal ones the first comes first, as here."""
    how, operand = node.attributes, node.operands[0]
    if operand.dtype in WIDE:
        x = graph.cast(x, WIDE[operand.dtype])
    count = graph.size(operand.shape[how["axis"]])
    settings = {"axis": how["axis"], "largest": int(how["descending"]), "sorted": 1}
    _, order = graph.add_several("TopK", (x, count), 2, settings)
    return graph.cast(order, "int32")


REDUCTION: dict[str, Callable[..., str]] = {
    "sum": _reduction("ReduceSum"),
    "prod": _reduction("ReduceProd"),
    "reduce_max": _reduction("ReduceMax"),
    "reduce_min": _reduction("ReduceMin"),
    "argmax": _first_place("ArgMax"),
    "argmin": _first_place("ArgMin"),
    "cumsum": widened(_cumsum),
    "cumprod": widened(_cumprod),
    "argsort": _argsort,
}
