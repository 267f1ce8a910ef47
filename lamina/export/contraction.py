"""Products and convolutions as ONNX operators.

ONNX wants images as (batch, channels, space…) and kernels as (filters, channels, space…), so
transposes stand around every convolution; runtimes cancel those that meet. Convolutions of float64
and integers, for which runtimes have no kernel, become a sum of matrix products, one for each place
of the kernel.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from lamina.export.elementwise import computed_in, widened
from lamina.export.graph import Graph
from lamina.export.shaping import spread
from lamina.ir.dims import product
from lamina.ir.program import Node

HALF_AND_SINGLE = ("float16", "float32")


def _dot(graph: Graph, node: Node, x: str, y: str) -> str:
    (contract_x, contract_y), (batch_x, batch_y) = (
        node.attributes["contract"],
        node.attributes["batch"],
    )
    shape_x, shape_y = node.operands[0].shape, node.operands[1].shape
    free_x = [i for i in range(len(shape_x)) if i not in contract_x + batch_x]
    free_y = [j for j in range(len(shape_y)) if j not in contract_y + batch_y]
    left = graph.transpose(x, [*batch_x, *free_x, *contract_x])
    right = graph.transpose(y, [*batch_y, *contract_y, *free_y])
    # Without common axes the left one may keep all of its own: a matrix product serves them.
    if len(contract_x) == 1 and len(free_y) == 1 and free_x and (len(free_x) == 1 or not batch_x):
        return graph.add("MatMul", left, right)
    common = [shape_x[i] for i in batch_x]
    inner = product(tuple(shape_x[i] for i in contract_x))
    rows = product(tuple(shape_x[i] for i in free_x))
    columns = product(tuple(shape_y[j] for j in free_y))
    left = graph.reshape(left, (*common, rows, inner))
    right = graph.reshape(right, (*common, inner, columns))
    return graph.reshape(graph.add("MatMul", left, right), node.output.shape)


def channels_first(graph: Graph, x: str, ndim: int) -> str:
    """(batch, space…, channels) -> (batch, channels, space…)."""
    return graph.transpose(x, [0, ndim - 1, *range(1, ndim - 1)])


def channels_last(graph: Graph, x: str, ndim: int) -> str:
    """(batch, channels, space…) -> (batch, space…, channels)."""
    return graph.transpose(x, [0, *range(2, ndim), 1])


def pads(padding: Any) -> list[int]:
    """((low, high), …) as ONNX has it: all low ones, then all high ones."""
    return [low for low, _ in padding] + [high for _, high in padding]


def _conv(graph: Graph, node: Node, x: str, kernel: str) -> str:
    how, ndim = node.attributes, node.output.ndim
    if node.output.dtype not in HALF_AND_SINGLE:
        return _conv_by_places(graph, node, x, kernel)
    images = channels_first(graph, x, ndim)
    weights = graph.transpose(kernel, [ndim - 1, ndim - 2, *range(ndim - 2)])
    result = graph.add(
        "Conv",
        images,
        weights,
        kernel_shape=list(node.operands[1].shape[:-2]),
        pads=pads(how["padding"]),
        strides=list(how["strides"]),
        dilations=list(how["dilation"]),
        group=how["groups"],
    )
    return channels_last(graph, result, ndim)


def padded(graph: Graph, x: str, padding: Any, value: str) -> str:
    """The images with a value around them."""
    if not any(map(any, padding)):
        return x
    return graph.add("Pad", x, graph.integers(pads([(0, 0), *padding, (0, 0)])), value)


def at_place(graph: Graph, x: str, place: Any, space: Any, strides: Any, dilation: Any) -> str:
    """What every window of padded images has at one place: (batch, output space…, channels)."""
    start = [p * d for p, d in zip(place, dilation, strict=True)]
    stop = [b + s * (n - 1) + 1 for b, s, n in zip(start, strides, space, strict=True)]
    axes = graph.integers(range(1, 1 + len(start)))
    return graph.add(
        "Slice", x, graph.integers(start), graph.integers(stop), axes, graph.integers(strides)
    )


def _conv_by_places(graph: Graph, node: Node, x: str, kernel: str) -> str:
    """A sum over the places of the kernel: elements there, times the kernel's matrix there."""
    how, groups = node.attributes, node.attributes["groups"]
    *window, channels, filters = node.operands[1].shape
    space = node.output.shape[1:-1]
    x = padded(graph, x, how["padding"], graph.constant(0, computed_in(node.output.dtype)))
    matrices = graph.reshape(kernel, (product(tuple(window)), channels, groups, filters // groups))
    matrices = graph.transpose(matrices, (0, 2, 1, 3))
    total = ""
    for number, place in enumerate(itertools.product(*map(range, window))):
        part = at_place(graph, x, place, space, how["strides"], how["dilation"])
        part = graph.reshape(part, (node.output.shape[0], *space, groups, 1, channels))
        matrix = graph.add("Gather", matrices, graph.constant(number, "int64"), axis=0)
        part = graph.add("MatMul", part, matrix)
        total = graph.add("Add", total, part) if total else part
    return graph.reshape(total, node.output.shape)


def _conv_input_gradient(graph: Graph, node: Node, g: str, kernel: str) -> str:
    """A transposed convolution: spread without cropping, then cropped to the wanted size."""
    how, ndim = node.attributes, node.output.ndim
    window = node.operands[1].shape[:-2]
    places = (how["strides"], how["dilation"], node.operands[0].shape[1:-1], window)
    full = [(n - 1) * s + d * (k - 1) + 1 for s, d, n, k in zip(*places, strict=True)]
    if node.output.dtype not in HALF_AND_SINGLE:
        return _cropped(graph, node, _spread_by_places(graph, node, g, kernel, full), full)
    weights = graph.transpose(kernel, [ndim - 1, ndim - 2, *range(ndim - 2)])
    result = graph.add(
        "ConvTranspose",
        channels_first(graph, g, ndim),
        weights,
        kernel_shape=list(window),
        strides=list(how["strides"]),
        dilations=list(how["dilation"]),
        group=how["groups"],
    )
    return _cropped(graph, node, channels_last(graph, result, ndim), full)


def _cropped(graph: Graph, node: Node, x: str, full: list[int]) -> str:
    """The part of a whole transposed convolution that is wanted; ONNX crops by negative padding."""
    low = [-before for before, _ in node.attributes["padding"]]
    high = [n - f - b for n, f, b in zip(node.output.shape[1:-1], full, low, strict=True)]
    if not any((*low, *high)):
        return x
    widths = graph.integers([0, *low, 0, 0, *high, 0])
    zero = graph.constant(0, computed_in(node.output.dtype))
    return graph.add("Pad", x, widths, zero)


def _spread_by_places(graph: Graph, node: Node, g: str, kernel: str, full: list[int]) -> str:
    """A sum over the places of the kernel: g times the kernel's matrix, moved to where it falls."""
    how, groups = node.attributes, node.attributes["groups"]
    *window, channels, filters = node.operands[1].shape
    rows, *space, _ = node.operands[0].shape
    zero = graph.constant(0, computed_in(node.output.dtype))
    matrices = graph.reshape(kernel, (product(tuple(window)), channels, groups, filters // groups))
    matrices = graph.transpose(matrices, (0, 2, 3, 1))
    apart = graph.reshape(g, (rows, *space, groups, 1, filters // groups))
    total = ""
    for number, place in enumerate(itertools.product(*map(range, window))):
        matrix = graph.add("Gather", matrices, graph.constant(number, "int64"), axis=0)
        part = graph.add("MatMul", apart, matrix)
        shape = [rows, *space, groups * channels]
        part = graph.reshape(part, tuple(shape))
        for axis, stride in enumerate(how["strides"], 1):
            if stride > 1:
                part = spread(graph, part, tuple(shape), axis, stride - 1, zero)
                shape[axis] = (shape[axis] - 1) * stride + 1
        low = [p * d for p, d in zip(place, how["dilation"], strict=True)]
        high = [f - n - b for f, n, b in zip(full, shape[1:-1], low, strict=True)]
        part = graph.add("Pad", part, graph.integers([0, *low, 0, 0, *high, 0]), zero)
        total = graph.add("Add", total, part) if total else part
    return total


CONTRACTION: dict[str, Callable[..., str]] = {
    "dot": widened(_dot),
    "conv": widened(_conv),
    "conv_input_gradient": widened(_conv_input_gradient),
}
