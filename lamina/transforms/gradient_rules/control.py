"""Derivatives of loops and of functions with a gradient of their own.

The derivative of a scan is a scan in the other direction. Values of the forward steps that the
backward steps need (residuals) become further stacked outputs of the forward scan, so nothing is
computed twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, message
from lamina.ir.builder import Builder, current_builder
from lamina.ir.program import Node, Program, Tensor
from lamina.transforms.emit import add, emit, zeros_like
from lamina.transforms.reverse import Rule, backward


def _grad_scan(node: Node, gs: list[Tensor | None]) -> list[Tensor | None]:
    return _ScanGradient(node).cotangents(gs)


class _ScanGradient:
    """One scan's derivative, in three stages: differentiate the body, split it, emit the scan."""

    def __init__(self, node: Node) -> None:
        self.node = node
        how = node.attributes
        self.body: Program = how["body"]
        self.constants, self.carries = how["constants"], how["carries"]
        self.builder = current_builder()
        assert self.builder is not None
        self._differentiate_body()

    def _differentiate_body(self) -> None:
        """Forward and backward nodes of one step, in one builder."""
        joint = self.joint = Builder(self.builder, self.body.name)
        with joint:
            inputs = [joint.input(t.shape, t.dtype, t.name) for t in self.body.inputs]
            known = dict(zip(self.body.inputs, inputs, strict=True))
            joint.inline(self.body.nodes, known)
            outputs = [known[t] for t in self.body.outputs]
            self.boundary = len(joint.nodes)
            self.given = [
                joint.input(t.shape, t.dtype) if dtypes.is_float(t.dtype) else None for t in outputs
            ]
            pairs = [(o, g) for o, g in zip(outputs, self.given, strict=True) if g is not None]
            self.float_inputs = [t for t in inputs if dtypes.is_float(t.dtype)]
            found = backward(joint, [o for o, _ in pairs], [g for _, g in pairs], self.float_inputs)
            self.slopes = {
                t: zeros_like(t) if slope is None else slope
                for t, slope in zip(self.float_inputs, found, strict=True)
            }
        self.inputs, self.outputs = inputs, outputs

    def _split(self) -> tuple[list[Node], list[Tensor]]:
        """The backward nodes, and the forward values that they read."""
        forward, later = self.joint.nodes[: self.boundary], self.joint.nodes[self.boundary :]
        constants = [n for n in forward if n.primitive == "constant"]
        made_before = {o for n in forward if n.primitive != "constant" for o in n.outputs}
        made_before.update(self.inputs[self.constants : self.constants + self.carries])
        used = [o for n in later for o in n.operands] + list(self.slopes.values())
        residuals = list(dict.fromkeys(t for t in used if t in made_before))
        return constants + later, residuals

    def _extend_forward(self, residuals: list[Tensor]) -> list[Tensor]:
        """Let the forward scan also stack the residuals; their stacks."""
        node, how = self.node, self.node.attributes
        body = Program(
            self.inputs,
            self.joint.nodes[: self.boundary],
            [*self.outputs, *residuals],
            self.body.name,
        )
        node.attributes = {**how, "body": body}
        stacks = [Tensor((how["length"], *t.shape), t.dtype, self.builder, node) for t in residuals]
        node.outputs = (*node.outputs, *stacks)
        return stacks

    def cotangents(self, gs: list[Tensor | None]) -> list[Tensor | None]:
        node, c, k = self.node, self.constants, self.carries
        original_outputs = node.outputs
        nodes, residuals = self._split()
        stacks = self._extend_forward(residuals)
        consts, carried = self.inputs[:c], self.inputs[c : c + k]
        sliced = self.inputs[c + k :]
        back = Builder(self.builder, self.body.name + "_gradient")
        with back:

            def copies(tensors: Sequence[Tensor]) -> list[Tensor]:
                return [back.input(t.shape, t.dtype, t.name) for t in tensors]

            g_carry = [g for g in self.given[:k] if g is not None]
            g_stacked = [g for g in self.given[k:] if g is not None]
            float_consts = [t for t in consts if t in self.slopes]
            const_in, carry_in = copies(consts), copies(g_carry)
            totals = copies(float_consts)
            y_in, residual_in, x_in = copies(g_stacked), copies(residuals), copies(sliced)
            known = dict(
                zip(
                    [*consts, *g_carry, *g_stacked, *residuals, *sliced],
                    [*const_in, *carry_in, *y_in, *residual_in, *x_in],
                    strict=True,
                )
            )
            back.inline(nodes, known)
            outputs = [known[self.slopes[t]] for t in carried if t in self.slopes]
            outputs += [
                add(total, known[self.slopes[t]])
                for total, t in zip(totals, float_consts, strict=True)
            ]
            outputs += [known[self.slopes[t]] for t in sliced if t in self.slopes]
            program = back.finish(outputs)
        init = [_or_zeros(g, o) for g, o in zip(gs[:k], original_outputs[:k], strict=True)]
        stacked = [_or_zeros(g, o) for g, o in zip(gs[k:], original_outputs[k:], strict=True)]
        results = emit(
            "scan",
            *node.operands[:c],
            *(t for t in init if t is not None),
            *(
                zeros_like(o)
                for o, t in zip(node.operands[:c], consts, strict=True)
                if t in self.slopes
            ),
            *(t for t in stacked if t is not None),
            *stacks,
            *node.operands[c + k :],
            body=program,
            constants=c,
            carries=len(carry_in) + len(totals),
            length=node.attributes["length"],
            reverse=not node.attributes["reverse"],
        )
        return self._sorted(results)

    def _sorted(self, results: tuple[Tensor, ...]) -> list[Tensor | None]:
        """The scan's outputs (carries, totals of constants, slices) as the operands are ordered."""
        c, k = self.constants, self.carries
        consts, rest = self.inputs[:c], self.inputs[c:]
        queue = iter(results)
        from_carries = [next(queue) if t in self.slopes else None for t in rest[:k]]
        from_consts = [next(queue) if t in self.slopes else None for t in consts]
        from_slices = [next(queue) if t in self.slopes else None for t in rest[k:]]
        return from_consts + from_carries + from_slices


def _or_zeros(g: Tensor | None, output: Tensor) -> Tensor | None:
    if not dtypes.is_float(output.dtype):
        return None
    return zeros_like(output) if g is None else g


def _grad_while(node: Node, gs: list[Tensor | None]) -> list[Tensor | None]:
    raise ArgumentError(
        message(
            "while_loop has no reverse-mode gradient: the number of its steps is not known.",
            fix="use ops.fori_loop or ops.scan with a fixed number of steps, or ops.stop_gradient",
        )
    )


def _grad_custom(node: Node, gs: list[Tensor | None]) -> list[Tensor | None]:
    """Copy the rule's program behind the nodes so far."""
    count, rule = node.attributes["outputs"], node.attributes["rule"]
    given = [zeros_like(o) if g is None else g for g, o in zip(gs, node.outputs, strict=True)]
    residuals = node.operands[len(node.operands) - len(rule.inputs) + count :]
    known = dict(zip(rule.inputs, [*given, *residuals], strict=True))
    builder = current_builder()
    assert builder is not None
    builder.inline(rule.nodes, known)
    result: list[Tensor | None] = [None] * len(node.operands)
    for position, slope in zip(node.attributes["sources"], rule.outputs, strict=True):
        result[position] = known[slope]
    return result


CONTROL_RULES: dict[str, Rule | None] = {
    "scan": _grad_scan,
    "while": _grad_while,
    "custom_gradient": _grad_custom,
}
