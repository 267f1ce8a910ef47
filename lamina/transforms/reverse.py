"""Reverse mode: given a program under construction, append the nodes of its derivative.

Walks the nodes from the target back to the sources; at each node the rule of its primitive turns
the cotangents of the outputs into those of the operands. Rules emit primitives only, so the result
can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.base import dtypes
from lamina.ir.builder import Builder
from lamina.ir.primitives import PRIMITIVES
from lamina.ir.program import Node, Tensor
from lamina.transforms.emit import add, sum_to

Rule = Callable[[Node, Any], Sequence[Tensor | None]]
ZERO_GRADIENT = None  # piecewise constant, or integer valued
GRADIENT_RULES: dict[str, Rule | None] = {}  # filled by lamina.transforms.gradient_rules


def backward(
    builder: Builder,
    targets: Sequence[Tensor],
    cotangents: Sequence[Tensor],
    sources: Sequence[Tensor],
) -> list[Tensor | None]:
    """Cotangents of `sources` from cotangents of `targets`.

    Args:
        builder: the program under construction; it must be the active builder.
        targets: tensors of the program.
        cotangents: one tensor of the same shape for each target.
        sources: tensors of the program.
    Returns:
        One tensor for each source, None where no target depends on it through differentiable steps.
    """
    nodes = list(builder.nodes)
    reached = {id(s) for s in sources}
    for node in nodes:
        if any(id(o) in reached for o in node.operands):
            reached.update(id(o) for o in node.outputs if dtypes.is_float(o.dtype))
    known: dict[int, Tensor] = {}
    for target, cotangent in zip(targets, cotangents, strict=True):
        _accumulate(known, target, cotangent)
    for node in reversed(nodes):
        if not any(id(o) in reached and id(o) in known for o in node.outputs):
            continue
        given = [known.get(id(o)) for o in node.outputs]
        for operand, contribution in zip(node.operands, _apply_rule(node, given), strict=True):
            if contribution is not None and id(operand) in reached:
                _accumulate(known, operand, contribution)
    return [known.get(id(s)) for s in sources]


def _apply_rule(node: Node, given: list[Tensor | None]) -> Sequence[Tensor | None]:
    primitive = PRIMITIVES[node.primitive]
    rule = GRADIENT_RULES[node.primitive]
    if rule is None:
        return [None] * len(node.operands)
    results = rule(node, given if primitive.multiple else given[0])
    if not primitive.broadcasts:
        return results
    return [
        None if r is None else sum_to(r, o.shape)
        for r, o in zip(results, node.operands, strict=True)
    ]


def _accumulate(known: dict[int, Tensor], tensor: Tensor, contribution: Tensor) -> None:
    before = known.get(id(tensor))
    known[id(tensor)] = contribution if before is None else add(before, contribution)
