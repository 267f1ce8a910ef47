"""Nodes in the making, for passes that replace a node by several: equal ones are made once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir import dims
from lamina.ir.dims import Shape
from lamina.ir.primitives import PRIMITIVES
from lamina.ir.program import Node, Tensor


class NodeList:
    """The nodes of a program that is being rewritten.

    Attributes:
        nodes: in running order.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._made: dict[tuple, Tensor] = {}
        self._instead: dict[Tensor, Tensor] = {}

    def append(self, node: Node) -> None:
        """A node of the old program, which stays."""
        operands = tuple(self.renamed(node.operands))
        if any(new is not old for new, old in zip(operands, node.operands, strict=True)):
            copy = Node(node.primitive, operands, node.attributes)
            copy.outputs = node.outputs
            node = copy
        self.nodes.append(node)

    def rename(self, tensor: Tensor, node: Node) -> None:
        """Let a tensor stand for the output of a node of the old program."""
        self.replace(node.output, tensor)

    def replace(self, old: Tensor, new: Tensor) -> None:
        """Let a tensor stand for one of the old program."""
        self._instead[old] = new

    def renamed(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """What stands for tensors of the old program."""
        return [self._instead.get(t, t) for t in tensors]

    def trial(self, primitive: str, *operands: Tensor, **attributes: Any) -> Node:
        """A node that is not in the list yet."""
        node = Node(primitive, operands, attributes)
        types = PRIMITIVES[primitive].infer(*operands, **attributes)
        builder = operands[0].builder
        node.outputs = tuple(Tensor(shape, dtype, builder, node) for shape, dtype in types)
        return node

    def keep(self, node: Node) -> Tensor:
        """Put a trial into the list; its output."""
        self.nodes.append(node)
        return node.output

    def emit(self, primitive: str, *operands: Tensor, **attributes: Any) -> Tensor:
        """The output of a node, which is new unless there is an equal one."""
        key = (primitive, operands, tuple(attributes.items()))
        if key not in self._made:
            self._made[key] = self.keep(self.trial(primitive, *operands, **attributes))
        return self._made[key]

    def zeros(self, like: Tensor, shape: Shape) -> Tensor:
        """Zeros of a shape and the dtype of another tensor."""
        node = Node("constant", (), {"value": np.zeros((), like.dtype)})
        node.outputs = (Tensor((), like.dtype, like.builder, node),)
        return self.emit("broadcast_to", self.keep(node), shape=shape)

    # --- moving elements; what changes nothing makes no node ---

    def transpose(self, x: Tensor, order: tuple[int, ...]) -> Tensor:
        """x with its axes in another order."""
        if order == tuple(range(x.ndim)):
            return x
        return self.emit("transpose", x, permutation=order)

    def reshape(self, x: Tensor, shape: Shape) -> Tensor:
        """x in another shape."""
        if dims.same_shape(x.shape, shape):
            return x
        return self.emit("reshape", x, shape=shape)

    def reverse(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        """x with axes in reverse."""
        axes = tuple(axis for axis in axes if not dims.is_one(x.shape[axis]))
        return self.emit("reverse", x, axes=axes) if axes else x

    def sliced(self, x: Tensor, start: Sequence[int], stop: Shape, step: Sequence[int]) -> Tensor:
        """Elements start, start + step … below stop."""
        whole = dims.same_shape(x.shape, tuple(stop)) and set(step) == {1} and not any(start)
        if whole:
            return x
        return self.emit("slice", x, start=tuple(start), stop=tuple(stop), step=tuple(step))

    def padded(
        self,
        x: Tensor,
        low: Sequence[int],
        high: Sequence[int],
        interior: Sequence[int] | None = None,
    ) -> Tensor:
        """Zeros before, after and between the elements of every axis; fewer than 0 cut off."""
        between = tuple(interior or (0,) * x.ndim)
        if any(between) or any(n > 0 for n in (*low, *high)):
            x = self.emit(
                "pad",
                x,
                low=tuple(max(0, n) for n in low),
                high=tuple(max(0, n) for n in high),
                interior=between,
                value=0,
            )
        start = [max(0, -n) for n in low]
        stop = tuple(size - max(0, -n) for size, n in zip(x.shape, high, strict=True))
        return self.sliced(x, start, stop, (1,) * x.ndim)
