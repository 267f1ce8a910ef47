"""Products with weights that a program updates are summed up in parts along the depth.

Threads share a weight's update by its rows, and each core keeps the rows that it has written in its
cache. If threads then shared the product by rows of the batch, each would read all weights, most of
them from the other cores' caches, which takes longer than the arithmetic. A part of the depth reads
just the rows of one thread. The number of parts depends on shapes only, and so do the sums.

Larger weights stay in no core's cache, smaller ones are quickly read.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from lamina.executors.native.large import LARGE
from lamina.executors.native.node_list import NodeList
from lamina.executors.native.rewrites import each_node
from lamina.executors.native.writer import BYTES
from lamina.ir import dims
from lamina.ir.dims import Dim
from lamina.ir.program import Node, Program, Tensor

SMALLEST = 128 << 10  # bytes of weights
PARTS = 2


def in_parts(program: Program, updated: Set[Tensor]) -> Program:
    """The program with its products of x and updated weights in parts.

    Args:
        program: any.
        updated: inputs that it computes new values of.
    """

    def rewrite(nodes: NodeList, node: Node) -> list[Tensor] | None:
        if node.primitive != "dot" or not _is_shared(node, updated):
            return None
        x, weights = node.operands
        depth, columns = weights.shape
        rows: Any = x.shape[0]
        each = dims.divide(depth, PARTS)
        parts = nodes.emit(
            "dot",
            nodes.reshape(x, (rows, PARTS, each)),
            nodes.reshape(weights, (PARTS, each, columns)),
            contract=((2,), (1,)),
            batch=((1,), (0,)),
        )
        return [nodes.emit("sum", parts, axes=(0,))]

    return each_node(program, rewrite)


def _is_shared(node: Node, updated: Set[Tensor]) -> bool:
    x, weights = node.operands
    how = node.attributes
    plain = how["contract"] == ((1,), (0,)) and how["batch"] == ((), ())
    if weights not in updated or not plain or x.ndim != 2 or weights.ndim != 2:
        return False
    if not isinstance(x.shape[0], Dim) or weights.dtype not in ("float32", "float64"):
        return False
    depth, columns = weights.shape
    assert isinstance(depth, int) and isinstance(columns, int)
    size = depth * columns * BYTES[weights.dtype]
    return depth % PARTS == 0 and SMALLEST <= size < LARGE
