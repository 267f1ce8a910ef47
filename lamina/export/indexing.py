"""Reading and writing at places given by tensors, and determinants, as ONNX operators."""

from __future__ import annotations

from collections.abc import Callable

from lamina.export.elementwise import in_single
from lamina.export.graph import Graph
from lamina.ir.program import Node

_REDUCTIONS = {"set": "none", "add": "add", "max": "max", "min": "min"}


def _as_index(graph: Graph, node: Node, indices: str) -> str:
    dtype = node.operands[1].dtype
    return indices if dtype in ("int32", "int64") else graph.cast(indices, "int64")


def _gather(graph: Graph, node: Node, x: str, indices: str) -> str:
    places = _as_index(graph, node, indices)
    return graph.add("Gather", x, places, axis=node.attributes["axis"])


def _scatter(graph: Graph, node: Node, base: str, indices: str, updates: str) -> str:
    """ScatterND takes a vector of coordinates for each update; here it has one element."""
    places = graph.add("Unsqueeze", graph.cast(indices, "int64"), graph.integers([-1]))
    reduction = _REDUCTIONS[node.attributes["mode"]]
    dtype = node.output.dtype
    if dtype != "float16":
        return graph.add("ScatterND", base, places, updates, reduction=reduction)
    wide = [graph.cast(x, "float32") for x in (base, updates)]  # runtimes do not add halves here
    result = graph.add("ScatterND", wide[0], places, wide[1], reduction=reduction)
    return graph.cast(result, dtype)


INDEXING: dict[str, Callable[..., str]] = {
    "gather": _gather,
    "scatter": _scatter,
    "determinant": in_single("Det"),
}
