"""Building a program: one node after the other, types inferred as they come.

A builder is active while a function is traced. Builders nest: the body of a loop is built inside
the builder of the program around it, and a tensor of the outer one that the body uses is captured,
which makes it an input of the body.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, message
from lamina.ir.dims import Shape
from lamina.ir.primitives import PRIMITIVES
from lamina.ir.program import Node, Program, Tensor

_LOCAL = threading.local()
_LITERAL_SIZE = 16  # constants up to this many elements are shared when equal


def leaked(tensor: Tensor) -> ArgumentError:
    """The error for a tensor that is used outside of the program that it belongs to."""
    return ArgumentError(
        message(
            f"The tensor {tensor!r} belongs to another compiled function that has ended.",
            fix="do not keep tensors from inside `call` or a loss in attributes or globals; keep "
            "values in a lamina.Variable",
        )
    )


class Builder:
    """Collects the nodes of one program.

    Args:
        parent: the builder around this one, for the body of a loop.
        name: the program's name, for printing.
    """

    def __init__(self, parent: Builder | None = None, name: str = "program") -> None:
        self.parent = parent
        self.name = name
        self.inputs: list[Tensor] = []
        self.nodes: list[Node] = []
        self.captures: dict[Tensor, Tensor] = {}
        self._literals: dict[tuple, Tensor] = {}

    def input(self, shape: Shape, dtype: str, name: str = "") -> Tensor:
        """A new input of the program."""
        tensor = Tensor(tuple(shape), dtype, self, None, name)
        self.inputs.append(tensor)
        return tensor

    def constant(self, value: Any, dtype: str | None = None) -> Tensor:
        """A tensor with a known value; small equal ones are shared."""
        array = np.array(value, dtype=None if dtype is None else dtypes.to_numpy(dtype))
        array.flags.writeable = False  # a program does not change, whatever becomes of `value`
        key: tuple | None = None
        if array.size <= _LITERAL_SIZE:
            key = (array.dtype.name, array.shape, array.tobytes())
            if key in self._literals:
                return self._literals[key]
        tensor = self._append("constant", (), {"value": array})[0]
        if key is not None:
            self._literals[key] = tensor
        return tensor

    def capture(self, tensor: Tensor) -> Tensor:
        """The tensor of this program that stands for one of an enclosing program."""
        found = self.captures.get(tensor)
        if found is not None:
            return found
        if self.parent is None or not self.parent.reaches(tensor):
            raise leaked(tensor)
        inner = Tensor(tensor.shape, tensor.dtype, self, None, tensor.name)
        self.captures[tensor] = inner
        return inner

    def reaches(self, tensor: Tensor) -> bool:
        """Whether a tensor belongs to this builder or to one around it."""
        builder: Builder | None = self
        while builder is not None:
            if tensor.builder is builder:
                return True
            builder = builder.parent
        return False

    def own(self, value: Any) -> Tensor:
        """A value as a tensor of this program: its own, captured, or a constant."""
        if isinstance(value, Tensor):
            return value if value.builder is self else self.capture(value)
        return self.constant(value)

    def emit(self, primitive: str, *operands: Any, **attributes: Any) -> Any:
        """Append a node; its output, or a tuple of them if the primitive has several."""
        owned = tuple([self.own(o) for o in operands])
        outputs = self._append(primitive, owned, attributes)
        return outputs if PRIMITIVES[primitive].multiple else outputs[0]

    def _append(
        self, primitive: str, operands: tuple[Tensor, ...], attributes: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        node = Node(primitive, operands, attributes)
        types = PRIMITIVES[primitive].infer(*operands, **attributes)
        node.outputs = tuple([Tensor(shape, dtype, self, node) for shape, dtype in types])
        self.nodes.append(node)
        return node.outputs

    def inline(self, nodes: list[Node], known: dict[Tensor, Tensor]) -> None:
        """Emit copies of nodes; `known` maps their operands and is extended by their outputs."""
        for node in nodes:
            operands = tuple([known[o] for o in node.operands])
            outputs = self._append(node.primitive, operands, node.attributes)
            known.update(zip(node.outputs, outputs, strict=True))

    def finish(self, outputs: list[Tensor]) -> Program:
        """The program; what was captured becomes further inputs after the declared ones."""
        outputs = [self.own(o) for o in outputs]
        return Program(
            [*self.inputs, *self.captures.values()], list(self.nodes), outputs, self.name
        )

    def forget(self) -> None:
        """Let go of the nodes when the program is finished; tensors still know their builder."""
        self.nodes, self.captures, self._literals = [], {}, {}

    def __enter__(self) -> Builder:
        stack = getattr(_LOCAL, "stack", None)
        if stack is None:
            stack = _LOCAL.stack = []
        stack.append(self)
        return self

    def __exit__(self, *_: Any) -> None:
        _LOCAL.stack.pop()


def current_builder() -> Builder | None:
    """The innermost active builder of this thread, or None."""
    stack = getattr(_LOCAL, "stack", None)
    return stack[-1] if stack else None


class suspended:
    """Inside this context no builder is active: operations on arrays run at once."""

    def __enter__(self) -> None:
        self._stack = getattr(_LOCAL, "stack", [])
        _LOCAL.stack = []

    def __exit__(self, *_: Any) -> None:
        _LOCAL.stack = self._stack
