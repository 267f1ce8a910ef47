"""A pass that leaves only contractions whose operands lie in memory as `affine` needs them.

A matrix product whose right operand has its columns apart gets a transposed copy of it, a
convolution with padding a padded copy of its input, and the gradient of a convolution's input
becomes convolutions (`transposed_conv`). A copy that several nodes need is made once. Only nodes
of float32 and float64 are rewritten; the others are called out to the reference executor.
"""

from __future__ import annotations

from typing import Any

from lamina.executors.native.affine import affine
from lamina.executors.native.node_list import NodeList
from lamina.executors.native.transposed_conv import input_gradient
from lamina.ir import dims
from lamina.ir.program import Node, Program, Tensor

FLOATS = ("float32", "float64")
_TYPICAL_BATCH = 32


def canonical(program: Program) -> Program:
    """The program with every contraction of floats in a form that `affine` knows.

    Args:
        program: any; programs inside loops are rewritten too.
    Returns:
        A program with the same inputs and outputs.
    """
    nodes = NodeList()
    for node in program.nodes:
        rewrite = _REWRITES.get(node.primitive)
        if rewrite is not None and node.output.dtype in FLOATS:
            nodes.rename(rewrite(nodes, node), node)
        else:
            nodes.append(_with_bodies(node))
    return Program(program.inputs, nodes.nodes, nodes.renamed(program.outputs), program.name)


def _with_bodies(node: Node) -> Node:
    bodies = {k: canonical(v) for k, v in node.attributes.items() if isinstance(v, Program)}
    if not bodies:
        return node
    copy = Node(node.primitive, node.operands, {**node.attributes, **bodies})
    copy.outputs = node.outputs
    return copy


def _dot(nodes: NodeList, node: Node) -> Tensor:
    x, y = nodes.renamed(node.operands)
    contract, batch = node.attributes["contract"], node.attributes["batch"]
    plain = nodes.trial("dot", x, y, contract=contract, batch=batch)
    if affine(plain) is not None:
        return nodes.keep(plain)
    turned = nodes.trial("dot", y, x, contract=contract[::-1], batch=batch[::-1])
    if affine(turned) is not None and 2 * _elements(node.output) < _elements(y):
        first = len(batch[0])
        middle = first + y.ndim - len(batch[1]) - len(contract[1])
        result = nodes.keep(turned)
        order = (*range(first), *range(middle, result.ndim), *range(first, middle))
        return nodes.transpose(result, order)
    free = tuple(j for j in range(y.ndim) if j not in contract[1] + batch[1])
    order = batch[1] + contract[1] + free
    places = {axis: place for place, axis in enumerate(order)}
    return nodes.emit(
        "dot",
        x,
        nodes.transpose(y, order),
        contract=(contract[0], tuple(places[j] for j in contract[1])),
        batch=(batch[0], tuple(places[j] for j in batch[1])),
    )


def _elements(x: Tensor) -> int:
    return dims.at(x.size, _TYPICAL_BATCH)


def _padded(nodes: NodeList, node: Node) -> Tensor:
    """A conv or conv_kernel_gradient with the padding made by another node."""
    x, other = nodes.renamed(node.operands)
    how: dict[str, Any] = dict(node.attributes)
    low, high = zip(*how["padding"], strict=True)
    x = nodes.padded(x, (0, *low, 0), (0, *high, 0))
    how["padding"] = ((0, 0),) * len(low)
    return nodes.emit(node.primitive, x, other, **how)


def _input_gradient(nodes: NodeList, node: Node) -> Tensor:
    g, kernel = nodes.renamed(node.operands)
    return input_gradient(nodes, g, kernel, **node.attributes)


_REWRITES = {
    "dot": _dot,
    "conv": _padded,
    "conv_kernel_gradient": _padded,
    "conv_input_gradient": _input_gradient,
}
