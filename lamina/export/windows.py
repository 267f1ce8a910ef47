"""Pooling as ONNX operators.

Where runtimes have no kernel for the dtype or the rank, the places of the window are compared, or
added up, one after the other.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from lamina.base import dtypes
from lamina.export.contraction import (
    HALF_AND_SINGLE,
    at_place,
    channels_first,
    channels_last,
    padded,
    pads,
)
from lamina.export.elementwise import computed_in, widened
from lamina.export.graph import Graph
from lamina.ir.program import Node

_MOST_AXES = 3  # of space; runtimes pool no more


def _pool_max(graph: Graph, node: Node, x: str) -> str:
    dtype = node.output.dtype
    if dtype in (*HALF_AND_SINGLE, "float64") and _is_regular(node):
        return _pooled(graph, node, x, "MaxPool")
    lowest = -math.inf if dtypes.is_float(dtype) else np.iinfo(computed_in(dtype)).min
    return _by_places(graph, node, x, "Max", graph.constant(lowest, computed_in(dtype)))


def _pool_sum(graph: Graph, node: Node, x: str) -> str:
    """Sums: means that count the padding, times the number of places."""
    dtype = node.output.dtype
    if dtype not in HALF_AND_SINGLE or not _is_regular(node):
        return _by_places(graph, node, x, "Add", graph.constant(0, computed_in(dtype)))
    means = _pooled(graph, node, x, "AveragePool", count_include_pad=1)
    return graph.add("Mul", means, graph.constant(math.prod(node.attributes["window"]), dtype))


def _is_regular(node: Node) -> bool:
    """Whether ONNX's own pooling applies: few axes, and padding narrower than the window."""
    how = node.attributes
    narrow = all(max(p) < k for p, k in zip(how["padding"], how["window"], strict=True))
    return len(how["window"]) <= _MOST_AXES and narrow


def _pooled(graph: Graph, node: Node, x: str, operator: str, **more: int) -> str:
    how, ndim = node.attributes, node.output.ndim
    result = graph.add(
        operator,
        channels_first(graph, x, ndim),
        kernel_shape=list(how["window"]),
        strides=list(how["strides"]),
        pads=pads(how["padding"]),
        **more,
    )
    return channels_last(graph, result, ndim)


def _by_places(graph: Graph, node: Node, x: str, operator: str, value: str) -> str:
    how = node.attributes
    space = node.output.shape[1:-1]
    x = padded(graph, x, how["padding"], value)
    ones = [1] * len(space)
    result = ""
    for place in itertools.product(*map(range, how["window"])):
        part = at_place(graph, x, place, space, how["strides"], ones)
        result = graph.add(operator, result, part) if result else part
    return result


WINDOWS: dict[str, Callable[..., str]] = {
    "pool_max": widened(_pool_max),
    "pool_sum": widened(_pool_sum),
}
