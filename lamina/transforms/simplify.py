"""Small passes that never change a result: drop what nobody reads, share what is computed twice.

Loops are cleaned inside too: a carried value that only feeds itself, as the gradient of an integer
constant does, disappears together with its operand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.dims import same_shape
from lamina.ir.program import Node, Program, Tensor

_PASS_THROUGH = ("stop_gradient", "custom_gradient")
_MOVERS = ("reshape", "broadcast_to", "transpose", "cast", "sum")


def simplify(program: Program) -> Program:
    """The program without markers of differentiation, common subexpressions and dead nodes."""
    return drop_dead(share_common(program))


def share_common(program: Program) -> Program:
    """One node for equal ones; `stop_gradient` and `custom_gradient` give way to their operands."""
    instead: dict[Tensor, Tensor] = {}
    seen: dict[tuple, Node] = {}
    before_reshape: dict[Tensor, Tensor] = {}
    nodes = []
    for node in program.nodes:
        operands = tuple([instead.get(o, o) for o in node.operands])
        if node.primitive == "reshape":  # of a reshape: go there at once
            operands = tuple([before_reshape.get(o, o) for o in operands])
            before_reshape[node.outputs[0]] = operands[0]
        if node.primitive in _PASS_THROUGH or _changes_nothing(node, operands):
            instead.update(zip(node.outputs, operands, strict=False))
            continue
        key = _key(node, operands)
        if key is not None and key in seen:
            instead.update(zip(node.outputs, seen[key].outputs, strict=True))
            continue
        copy = _replaced(node, operands, node.attributes)
        if key is not None:
            seen[key] = copy
        nodes.append(copy)
    outputs = [instead.get(o, o) for o in program.outputs]
    return Program(program.inputs, nodes, outputs, program.name)


def _changes_nothing(node: Node, operands: tuple[Tensor, ...]) -> bool:
    """Whether a node that only moves elements or casts gives its operand back."""
    if node.primitive not in _MOVERS:
        return False
    before, after = operands[0], node.outputs[0]
    if node.primitive == "transpose":
        permutation = node.attributes["permutation"]
        return permutation == tuple(range(len(permutation)))
    if node.primitive == "sum":
        return not node.attributes["axes"]
    return before.dtype == after.dtype and same_shape(before.shape, after.shape)


def _key(node: Node, operands: tuple[Tensor, ...]) -> tuple | None:
    attributes = []
    for name, value in node.attributes.items():
        if isinstance(value, Program):
            return None
        if isinstance(value, np.ndarray):
            if value.size > 16:
                return None
            value = (value.dtype.name, value.shape, value.tobytes())
        elif isinstance(value, float):
            value = np.float64(value).tobytes()  # NaN equals itself, 0.0 is not -0.0
        attributes.append((name, value))
    return (node.primitive, tuple(map(id, operands)), tuple(attributes))


def _replaced(node: Node, operands: tuple[Tensor, ...], attributes: dict[str, Any]) -> Node:
    copy = Node(node.primitive, operands, attributes)
    copy.outputs = node.outputs
    return copy


def drop_dead(program: Program) -> Program:
    """Only the nodes that an output depends on."""
    live = set(program.outputs)
    nodes = []
    for node in reversed(program.nodes):
        if not any(o in live for o in node.outputs):
            continue
        if node.primitive == "scan":
            node = _prune_scan(node, live)
        elif node.primitive == "while":
            cleaned = {
                k: simplify(v) if isinstance(v, Program) else v for k, v in node.attributes.items()
            }
            node = _replaced(node, node.operands, cleaned)
        live.update(node.operands)
        nodes.append(node)
    return Program(program.inputs, nodes[::-1], program.outputs, program.name)


def _prune_scan(node: Node, live: set[Tensor]) -> Node:
    """A scan without outputs, carries and operands that no live output depends on."""
    how = node.attributes
    body: Program = share_common(how["body"])
    c, k = how["constants"], how["carries"]
    carried = set(range(k))
    wanted = {i for i, o in enumerate(node.outputs) if o in live}
    while True:  # a carry is wanted if its final value is, or if a wanted output reads it
        cleaned = drop_dead(
            Program(body.inputs, body.nodes, [body.outputs[i] for i in sorted(wanted)], body.name)
        )
        read = {o for n in cleaned.nodes for o in n.operands} | set(cleaned.outputs)
        more = {i for i in carried - wanted if body.inputs[c + i] in read}
        if not more:
            break
        wanted |= more
    kept = [
        i for i, t in enumerate(body.inputs) if (i - c in wanted if c <= i < c + k else t in read)
    ]
    new_body = Program([body.inputs[i] for i in kept], cleaned.nodes, cleaned.outputs, body.name)
    copy = Node(
        "scan",
        tuple(node.operands[i] for i in kept),
        {
            **how,
            "body": new_body,
            "constants": sum(i < c for i in kept),
            "carries": sum(c <= i < c + k for i in kept),
        },
    )
    copy.outputs = tuple(o for i, o in enumerate(node.outputs) if i in wanted)
    return copy
