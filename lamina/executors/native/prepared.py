"""A program as the native executor compiles it: the passes before fusion.

They are the rewrites, contractions in canonical form, and a node of its own for every output. They
give the same nodes in the same order each time; blueprints rely on it.
"""

from __future__ import annotations

from lamina.executors.native.canonical import canonical
from lamina.executors.native.rewrites import rewritten
from lamina.ir.program import Node, Program, Tensor


def prepared(program: Program) -> Program:
    """The program that is compiled in the place of another."""
    return own_outputs(canonical(rewritten(program)))


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
