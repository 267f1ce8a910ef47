"""Primitives that move elements or make them from nothing, as ONNX operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.export.graph import Graph
from lamina.ir.dims import Dim
from lamina.ir.program import Node

_BEFORE_THE_FIRST = np.iinfo("int64").min


def _constant(graph: Graph, node: Node) -> str:
    return graph.constant(node.attributes["value"], node.output.dtype)


def _iota(graph: Graph, node: Node) -> str:
    how = node.attributes
    shape, axis = how["shape"], how["axis"]
    size = shape[axis]
    if isinstance(size, Dim):
        first, step = graph.constant(0, "int64"), graph.constant(1, "int64")
        end = graph.add("Squeeze", graph.size(size))
        line = graph.cast(graph.add("Range", first, end, step), how["dtype"])
    else:
        line = graph.constant(np.arange(size), how["dtype"])
    if len(shape) == 1:
        return line
    upright = [1] * len(shape)
    upright[axis] = -1
    if not isinstance(size, Dim):
        upright[axis] = size
    line = graph.add("Reshape", line, graph.integers(upright), allowzero=1)
    return graph.expand(line, shape)


def _dim_size(graph: Graph, node: Node) -> str:
    scalar = graph.add("Squeeze", graph.size(node.attributes["dim"]))
    return graph.cast(scalar, node.output.dtype)


def _reshape(graph: Graph, node: Node, x: str) -> str:
    return graph.reshape(x, node.attributes["shape"])


def _transpose(graph: Graph, node: Node, x: str) -> str:
    return graph.transpose(x, node.attributes["permutation"])


def _broadcast_to(graph: Graph, node: Node, x: str) -> str:
    return graph.expand(x, node.attributes["shape"])


def _concat(graph: Graph, node: Node, *operands: str) -> str:
    return graph.add("Concat", *operands, axis=node.attributes["axis"])


def _pad(graph: Graph, node: Node, x: str) -> str:
    how = node.attributes
    shape = list(node.operands[0].shape)
    value = graph.constant(how["value"], node.output.dtype)
    for axis, between in enumerate(how["interior"]):
        if between and shape[axis]:
            x = spread(graph, x, shape, axis, between, value)
            shape[axis] += (shape[axis] - 1) * between
    if not any(isinstance(w, Dim) or w for w in (*how["low"], *how["high"])):
        return x
    return graph.add("Pad", x, graph.sizes((*how["low"], *how["high"])), value)


def spread(graph: Graph, x: str, shape: Any, axis: int, between: int, value: str) -> str:
    """`between` copies of the value after each element of an axis but the last."""
    size = shape[axis]
    before, after = shape[:axis], shape[axis + 1 :]
    apart = graph.reshape(x, (*before, size, 1, *after))
    widths = [0] * (2 * len(shape) + 2)
    widths[len(shape) + 1 + axis + 1] = between
    apart = graph.add("Pad", apart, graph.integers(widths), value)
    long = graph.reshape(apart, (*before, size * (between + 1), *after))
    return slice_axis(graph, long, axis, 0, size * (between + 1) - between)


def slice_axis(graph: Graph, x: str, axis: int, start: int, stop: int) -> str:
    """The elements start … stop-1 of one axis."""
    places = [graph.integers([number]) for number in (start, stop, axis)]
    return graph.add("Slice", x, *places)


def _slice(graph: Graph, node: Node, x: str) -> str:
    how, shape = node.attributes, node.operands[0].shape
    axes = [
        i
        for i, (first, last, step, size) in enumerate(
            zip(how["start"], how["stop"], how["step"], shape, strict=True)
        )
        if (first, last, step) != (0, size, 1)
    ]
    if not axes:
        return x
    start, stop = ([how[key][i] for i in axes] for key in ("start", "stop"))
    steps = graph.integers(how["step"][i] for i in axes)
    return graph.add("Slice", x, graph.sizes(start), graph.sizes(stop), graph.integers(axes), steps)


def _reverse(graph: Graph, node: Node, x: str) -> str:
    axes = node.attributes["axes"]
    if not axes:
        return x
    last = graph.integers([-1] * len(axes))
    end = graph.integers([_BEFORE_THE_FIRST] * len(axes))
    return graph.add("Slice", x, last, end, graph.integers(axes), last)


SHAPING: dict[str, Callable[..., str]] = {
    "constant": _constant,
    "iota": _iota,
    "dim_size": _dim_size,
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "concat": _concat,
    "pad": _pad,
    "slice": _slice,
    "reverse": _reverse,
}
