"""Rewrites of a program that make it cheaper to run compiled, without changing what it computes.

- A sum over the batch and other axes first sums the other axes, row by row of the batch.
- Zeroing parts of a pooling gradient, or summing one up, is done before it is spread over windows.
- A sum of parts that were padded with zeros to lie side by side puts them side by side.
- What is the same in every turn of a loop is computed once, before it.
- A loop that only adds up products of what it computes stacks the factors instead, and one large
  product follows the loop.

Sums are taken in another order than the program says; results differ by rounding.
"""

from __future__ import annotations

from typing import Any

from lamina.executors.native.node_list import NodeList
from lamina.ir import dims
from lamina.ir.primitives import PRIMITIVES
from lamina.ir.program import Node, Program, Tensor
from lamina.transforms.simplify import drop_dead

_SUMS = ("sum", "prod", "reduce_max", "reduce_min")


def rewritten(program: Program) -> Program:
    """The program after all rewrites."""
    program = each_node(program, _hoisted_products)
    program = _pooling_gradients(program)
    program = _joined_parts(program)
    return drop_dead(each_node(program, _split_sum))


def each_node(program: Program, rewrite: Any) -> Program:
    """A program with nodes replaced by what `rewrite(nodes, node)` gives, if it gives something."""
    nodes = NodeList()
    for node in program.nodes:
        operands = tuple(nodes.renamed(node.operands))
        current = Node(node.primitive, operands, node.attributes)
        current.outputs = node.outputs
        results = rewrite(nodes, current)
        if results is None:
            nodes.append(node)
        else:
            for old, new in zip(node.outputs, results, strict=True):
                nodes.replace(old, new)
    return Program(program.inputs, nodes.nodes, nodes.renamed(program.outputs), program.name)


# --- sums ---


def _split_sum(nodes: NodeList, node: Node) -> list[Tensor] | None:
    axes = node.attributes.get("axes", ())
    if node.primitive not in _SUMS or len(axes) < 2 or 0 not in axes:
        return None
    (x,) = node.operands
    others = tuple(a for a in axes if a and not dims.is_one(x.shape[a]))
    if not dims.same(x.shape[0], dims.BATCH) or not others:
        return None
    rest = tuple(a for a in axes if a)
    part = nodes.emit(node.primitive, x, axes=rest)
    return [nodes.emit(node.primitive, part, axes=(0,))]


# --- gradients of pooling ---


def _users(program: Program) -> dict[Tensor, int]:
    found: dict[Tensor, int] = {}
    for node in program.nodes:
        for tensor in node.operands:
            found[tensor] = found.get(tensor, 0) + 1
    for tensor in program.outputs:
        found[tensor] = found.get(tensor, 0) + 1
    return found


def _select_of(x: Tensor, condition: Tensor, pooled: Tensor, how: dict[str, Any]) -> Node:
    """The condition at the place of each window's maximum of x."""
    node = Node("pool_select", (x, condition), how)
    node.outputs = (Tensor(pooled.shape, "bool", x.builder, node),)
    return node


def _does_not_overlap(node: Node) -> bool:
    how = node.attributes
    pairs = zip(how["strides"], how["window"], strict=True)
    return all(s >= w for s, w in pairs) and not any(map(any, how["padding"]))


def _pooling_gradients(program: Program) -> Program:
    made = {o: n for n in program.nodes for o in n.outputs}
    users = _users(program)

    def is_zero(tensor: Tensor) -> bool:
        source = made.get(tensor)
        while source is not None and source.primitive == "broadcast_to":
            source = made.get(source.operands[0])
        if source is None or source.primitive != "constant":
            return False
        return not source.attributes["value"].any()

    def rewrite(nodes: NodeList, node: Node) -> list[Tensor] | None:
        if node.primitive == "select":
            condition, *sides = node.operands
            for i, side in enumerate(sides):
                spread = spreads.get(side)
                if spread is None or users.get(side, 0) != 1 or not is_zero(sides[1 - i]):
                    continue
                if not dims.same_shape(condition.shape, side.shape):
                    continue
                x, g = spread.operands
                how = spread.attributes
                chosen = nodes.keep(_select_of(x, condition, g, how))
                zero = sides[1 - i]
                if zero.shape:
                    return None
                pair = (g, zero) if i == 0 else (zero, g)
                kept = nodes.emit("select", chosen, *pair)
                result = nodes.emit("pool_scatter", x, kept, **how)
                spreads[result] = nodes.nodes[-1]
                users[result] = users.get(node.outputs[0], 0)
                return [result]
        if node.primitive == "sum":
            spread = spreads.get(node.operands[0])
            ndim = node.operands[0].ndim
            if spread is not None and set(range(1, ndim - 1)) <= set(node.attributes["axes"]):
                return [nodes.emit("sum", spread.operands[-1], axes=node.attributes["axes"])]
        if node.primitive == "pool_scatter" and _does_not_overlap(node):
            spreads[node.outputs[0]] = node
        return None

    spreads: dict[Tensor, Node] = {}
    return each_node(program, rewrite)


# --- sums of padded parts ---


def _joined_parts(program: Program) -> Program:
    """Slices of a tensor that are used apart have gradients that come as such sums."""
    made = {o: n for n in program.nodes for o in n.outputs}
    users = _users(program)

    def leaves(node: Node) -> list[Node] | None:
        """The paddings that a sum adds up, None if there is anything else in it."""
        found, pending = [], list(node.operands)
        while pending:
            tensor = pending.pop()
            source = made.get(tensor)
            if source is None or users[tensor] != 1 or source.primitive not in ("add", "pad"):
                return None
            if source.primitive == "pad":
                found.append(source)
            else:
                pending += source.operands
        return found

    def rewrite(nodes: NodeList, node: Node) -> list[Tensor] | None:
        if node.primitive == "scan":
            body = _joined_parts(node.attributes["body"])
            if body.nodes == node.attributes["body"].nodes:
                return None
            copy = Node("scan", node.operands, {**node.attributes, "body": drop_dead(body)})
            copy.outputs = tuple(Tensor(o.shape, o.dtype, o.builder, copy) for o in node.outputs)
            nodes.nodes.append(copy)
            return list(copy.outputs)
        original = made.get(node.outputs[0])
        if node.primitive != "add" or original is None:
            return None
        pads = leaves(original)
        axis = None if pads is None else _side_by_side(pads)
        if pads is None or axis is None:
            return None
        pads.sort(key=lambda pad: pad.attributes["low"][axis])
        parts = nodes.renamed([pad.operands[0] for pad in pads])
        return [nodes.emit("concat", *parts, axis=axis)]

    return each_node(program, rewrite)


def _side_by_side(pads: list[Node]) -> int | None:
    """The axis along which zero-padded parts fill a tensor without gaps or overlaps, if any."""
    axis, ends = None, {}
    for pad in pads:
        how = pad.attributes
        if any(how["interior"]) or how["value"]:
            return None
        padded = [
            i
            for i, (low, high) in enumerate(zip(how["low"], how["high"], strict=True))
            if not (dims.same(low, 0) and dims.same(high, 0))
        ]
        if len(padded) != 1 or (axis is not None and padded[0] != axis):
            return None
        axis = padded[0]
        size = pad.operands[0].shape[axis]
        if not isinstance(size, int) or how["low"][axis] in ends:
            return None
        ends[how["low"][axis]] = how["low"][axis] + size
    place = 0
    while place in ends:
        place = ends.pop(place)
    assert axis is not None
    return axis if not ends and dims.same(place, pads[0].outputs[0].shape[axis]) else None


# --- loops that add up products ---


def _hoisted_products(nodes: NodeList, node: Node) -> list[Tensor] | None:
    if node.primitive != "scan":
        return None
    how, body = node.attributes, node.attributes["body"]
    totals = _running_totals(body, how["constants"], how["carries"])
    if not totals:
        return None
    return _Hoist(nodes, node, totals).results()


def _running_totals(body: Program, constants: int, carries: int) -> dict[int, Node]:
    """Carry number -> the dot or sum of the body that is added to it and nothing else."""
    made = {o: n for n in body.nodes for o in n.outputs}
    users = _users(body)
    fixed = set(body.inputs[: constants + carries])
    found = {}
    for i in range(carries):
        before, after = body.inputs[constants + i], body.outputs[i]
        added = made.get(after)
        if added is None or added.primitive != "add" or users.get(before) != 1:
            continue
        if users.get(after) != 1 or not any(o is before for o in added.operands):
            continue
        term = next((o for o in added.operands if o is not before), before)
        source = made.get(term)
        if source is None or source.primitive not in ("dot", "sum") or users.get(term) != 1:
            continue
        if not dims.same_shape(term.shape, before.shape):
            continue
        if any(o in fixed for o in source.operands):
            continue
        found[i] = source
    return found


class _Hoist:
    """Takes running totals out of one loop.

    Args:
        nodes: where the new loop and the products go.
        node: the loop.
        totals: carry number -> what is added to it at every turn.
    """

    def __init__(self, nodes: NodeList, node: Node, totals: dict[int, Node]) -> None:
        self.nodes, self.node, self.totals = nodes, node, totals
        how = node.attributes
        self.constants, self.carries = how["constants"], how["carries"]
        self.body: Program = how["body"]
        self.first_slice = self.constants + self.carries

    def results(self) -> list[Tensor]:
        """What stands for the loop's outputs."""
        body, c, k = self.body, self.constants, self.carries
        kept = [i for i in range(k) if i not in self.totals]
        stacked = list(body.outputs[k:])
        for source in self.totals.values():
            for tensor in source.operands:
                if self._slice_number(tensor) is None and _position(stacked, tensor) is None:
                    stacked.append(tensor)
        inputs = [*body.inputs[:c], *(body.inputs[c + i] for i in kept), *body.inputs[c + k :]]
        outputs = [*(body.outputs[i] for i in kept), *stacked]
        live = _live(body, outputs)
        new_body = Program(inputs, live, outputs, body.name)
        operands = self.node.operands
        given = (*operands[:c], *(operands[c + i] for i in kept), *operands[c + k :])
        how = {**self.node.attributes, "body": new_body, "carries": len(kept)}
        loop = Node("scan", given, how)
        types = PRIMITIVES["scan"].infer(*given, **how)
        builder = operands[0].builder
        loop.outputs = tuple(Tensor(shape, dtype, builder, loop) for shape, dtype in types)
        self.nodes.nodes.append(loop)
        stacks = dict(enumerate(loop.outputs[len(kept) :]))
        results: list[Tensor] = []
        finals = iter(loop.outputs[: len(kept)])
        for i in range(k):
            if i in self.totals:
                product = self._product(self.totals[i], stacked, stacks)
                results.append(self.nodes.emit("add", operands[c + i], product))
            else:
                results.append(next(finals))
        return results + [stacks[j] for j in range(len(body.outputs) - k)]

    def _slice_number(self, tensor: Tensor) -> int | None:
        return _position(self.body.inputs[self.first_slice :], tensor)

    def _product(self, source: Node, stacked: list, stacks: dict[int, Tensor]) -> Tensor:
        """The sum over all turns at once."""
        wholes = []
        for tensor in source.operands:
            number = self._slice_number(tensor)
            if number is not None:
                wholes.append(self.node.operands[self.first_slice + number])
            else:
                position = _position(stacked, tensor)
                assert position is not None
                wholes.append(stacks[position])
        if source.primitive == "sum":
            axes = (0, *(a + 1 for a in source.attributes["axes"]))
            return self.nodes.emit("sum", wholes[0], axes=axes)
        contract, batch = source.attributes["contract"], source.attributes["batch"]
        return self.nodes.emit(
            "dot",
            *wholes,
            contract=tuple((0, *(a + 1 for a in axes)) for axes in contract),
            batch=tuple(tuple(a + 1 for a in axes) for axes in batch),
        )


def _position(tensors: Any, wanted: Tensor) -> int | None:
    return next((i for i, t in enumerate(tensors) if t is wanted), None)


def _live(body: Program, outputs: list[Tensor]) -> list[Node]:
    """The nodes that outputs depend on."""
    live, kept = set(outputs), []
    for node in reversed(body.nodes):
        if any(o in live for o in node.outputs):
            live.update(node.operands)
            kept.append(node)
    return kept[::-1]


# --- what does not change from turn to turn ---


def without_invariants(program: Program) -> Program:
    """The program with everything moved out of loops that all their turns would compute alike."""
    return each_node(program, _moved_out)


def _moved_out(nodes: NodeList, node: Node) -> list[Tensor] | None:
    if node.primitive != "scan":
        return None
    how, body = node.attributes, node.attributes["body"]
    count = how["constants"]
    outside = dict(zip(body.inputs[:count], node.operands[:count], strict=True))
    literals = {n.outputs[0]: n for n in body.nodes if n.primitive == "constant"}
    kept, moved = [], []
    for inner in body.nodes:
        fixed = all(o in outside or o in literals for o in inner.operands)
        if inner.primitive == "constant" or not inner.operands or not fixed:
            kept.append(inner)
            continue
        operands = tuple(
            outside[o] if o in outside else _literal(nodes, literals[o]) for o in inner.operands
        )
        copy = Node(inner.primitive, operands, inner.attributes)
        copy.outputs = tuple(
            Tensor(o.shape, o.dtype, node.outputs[0].builder, copy) for o in inner.outputs
        )
        nodes.nodes.append(copy)
        outside.update(zip(inner.outputs, copy.outputs, strict=True))
        moved += list(inner.outputs)
    if not moved:
        return None
    read = {o for n in kept for o in n.operands} | set(body.outputs)
    wanted = [t for t in moved if t in read]
    inputs = [*body.inputs[:count], *wanted, *body.inputs[count:]]
    operands = (*node.operands[:count], *(outside[t] for t in wanted), *node.operands[count:])
    new_body = Program(inputs, kept, body.outputs, body.name)
    loop = Node("scan", operands, {**how, "body": new_body, "constants": count + len(wanted)})
    loop.outputs = tuple(
        Tensor(o.shape, o.dtype, node.outputs[0].builder, loop) for o in node.outputs
    )
    nodes.nodes.append(loop)
    return list(loop.outputs)


def _literal(nodes: NodeList, node: Node) -> Tensor:
    copy = Node("constant", (), node.attributes)
    copy.outputs = (Tensor(node.output.shape, node.output.dtype, node.output.builder, copy),)
    return nodes.keep(copy)
