"""The grammar of programs, checked between passes.

Every operand is an input or made by an earlier node, every primitive is known, and every output has
the type that the primitive's own rule infers again. A program that fails here is our mistake, never
the user's.
"""

from __future__ import annotations

from lamina.ir import dims
from lamina.ir.primitives import PRIMITIVES
from lamina.ir.program import Program, type_text


def verify(program: Program) -> Program:
    """Check a program and return it.

    Raises:
        AssertionError: the program breaks the grammar; the text names the node.
    """
    known = {id(t) for t in program.inputs}
    for position, node in enumerate(program.nodes):
        where = f"{program.name}, node {position} ({node.primitive})"
        primitive = PRIMITIVES.get(node.primitive)
        assert primitive is not None, f"{where}: unknown primitive"
        for operand in node.operands:
            assert id(operand) in known, f"{where}: operand {operand!r} is not defined before it"
        types = primitive.infer(*node.operands, **node.attributes)
        assert len(types) == len(node.outputs), f"{where}: {len(types)} outputs inferred"
        for output, (shape, dtype) in zip(node.outputs, types, strict=True):
            assert dims.same_shape(output.shape, shape) and output.dtype == dtype, (
                f"{where}: recorded {type_text(output.shape, output.dtype)}, "
                f"inferred {type_text(shape, dtype)}"
            )
            known.add(id(output))
        for value in node.attributes.values():
            if isinstance(value, Program):
                verify(value)
    for output in program.outputs:
        assert id(output) in known, f"{program.name}: output {output!r} is not defined"
    return program
