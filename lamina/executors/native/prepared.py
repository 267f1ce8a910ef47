"""A program as the native executor compiles it: the passes before fusion.

They are the rewrites, contractions in canonical form, what is the same in every turn of a loop
moved out of it, a body of its own for every loop and a node of its own for every output. They give
the same nodes in the same order each time; blueprints rely on it.
"""

from __future__ import annotations

from collections.abc import Mapping

from lamina.executors.native.canonical import canonical
from lamina.executors.native.rewrites import rewritten, without_invariants
from lamina.executors.native.shared_weights import in_parts
from lamina.ir.builder import Builder
from lamina.ir.program import Node, Program, Tensor


def prepared(program: Program, updates: Mapping[int, int]) -> Program:
    """The program that is compiled in the place of another.

    Args:
        program: as the user wrote it.
        updates: output number -> number of the input whose new value it is.
    """
    updated = {program.inputs[i] for i in updates.values()}
    program = canonical(in_parts(rewritten(program), updated))
    return own_outputs(own_bodies(without_invariants(program), set()))


def own_bodies(program: Program, seen: set[Tensor]) -> Program:
    """The program with a body of its own in every loop, copied if another loop has the same.

    Args:
        program: whose loops are looked at, and the loops in their bodies.
        seen: tensors of the bodies so far, which is added to.
    """
    if not any(n.primitive == "scan" for n in program.nodes):
        return program
    nodes = []
    for node in program.nodes:
        if node.primitive == "scan":
            body = node.attributes["body"]
            tensors = [*body.inputs, *(t for n in body.nodes for t in n.outputs)]
            own = own_bodies(body if seen.isdisjoint(tensors) else _copied(body), seen)
            seen.update(tensors)
            outputs = node.outputs
            node = Node("scan", node.operands, {**node.attributes, "body": own})
            node.outputs = outputs
        nodes.append(node)
    return Program(program.inputs, nodes, program.outputs, program.name)


def _copied(program: Program) -> Program:
    with Builder(None, program.name) as builder:
        known = {t: builder.input(t.shape, t.dtype, t.name) for t in program.inputs}
        builder.inline(program.nodes, known)
        return builder.finish([known[t] for t in program.outputs])


def own_outputs(program: Program) -> Program:
    """The program with every output made by a node of its own, copied if need be."""
    made = {o: n for n in program.nodes for o in n.outputs}
    nodes, outputs, taken = list(program.nodes), [], set()
    for tensor in program.outputs:
        source = made.get(tensor)
        if source is None or source.primitive in ("constant", "reshape") or tensor in taken:
            copy = Node("stop_gradient", (tensor,), {})
            tensor = Tensor(tensor.shape, tensor.dtype, tensor.builder, copy, tensor.name)
            copy.outputs = (tensor,)
            nodes.append(copy)
        taken.add(tensor)
        outputs.append(tensor)
    return Program(program.inputs, nodes, outputs, program.name)
