"""Tensors, nodes and programs: the data structures that every later stage reads.

A program is a list of nodes in an order in which they can run. A node applies one primitive to
operands and yields outputs. Tensors are single-assignment: one node makes each, or it is an input.
"""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentTypeError, message
from lamina.ir.dims import Dim, Shape, Size
from lamina.ir.operators import OPERATORS, Placeholder


class Tensor(Placeholder):
    """A value in a program: a shape and a dtype, no numbers.

    Attributes:
        shape: tuple of int, or `Dim` where a dimension depends on the batch size.
        dtype: the dtype's name.
        node: the node that makes it, None for an input.
        builder: the builder of the program that it belongs to.
    """

    __slots__ = ("_keras_logits", "_keras_mask", "builder", "dtype", "name", "node", "shape")

    def __init__(
        self, shape: Shape, dtype: str, builder: Any, node: Node | None = None, name: str = ""
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.builder = builder
        self.node = node
        self.name = name
        self._keras_mask: Any = None  # set by lamina.ops.masking
        self._keras_logits: Any = None  # set by lamina.ops.logits

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> Size:
        """The number of elements."""
        total: Size = 1
        for size in self.shape:
            total = total * size
        return total

    @property
    def T(self) -> Any:
        """The tensor with its axes reversed."""
        return OPERATORS["transpose"](self)

    def __repr__(self) -> str:
        return f"<Tensor {self.name or 'unnamed'}: {type_text(self.shape, self.dtype)}>"

    def _no_value(self, wanted: str) -> ArgumentTypeError:
        return ArgumentTypeError(
            message(
                f"{wanted} was asked of a tensor that has no value yet: the code is being "
                "compiled.",
                received=type_text(self.shape, self.dtype),
                fix="use lamina.ops (where, cond, …) in place of Python's if, float() and NumPy",
            )
        )

    def __bool__(self) -> bool:
        raise self._no_value("bool()")

    def __float__(self) -> float:
        raise self._no_value("float()")

    def __int__(self) -> int:
        raise self._no_value("int()")

    def __index__(self) -> int:
        raise self._no_value("int()")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self._no_value("a NumPy array")


class Node:
    """One application of a primitive.

    Attributes:
        primitive: its name.
        operands: the tensors it reads.
        attributes: static parameters.
        outputs: the tensors it makes.
    """

    __slots__ = ("attributes", "operands", "outputs", "primitive")

    def __init__(
        self, primitive: str, operands: tuple[Tensor, ...], attributes: dict[str, Any]
    ) -> None:
        self.primitive = primitive
        self.operands = operands
        self.attributes = attributes
        self.outputs: tuple[Tensor, ...] = ()

    @property
    def output(self) -> Tensor:
        """The only output."""
        return self.outputs[0]

    def __repr__(self) -> str:
        return f"<Node {self.primitive}>"


class Program:
    """Inputs, nodes in running order, outputs.

    Attributes:
        inputs: the tensors that a caller gives.
        nodes: what is computed.
        outputs: the tensors that a caller gets; inputs may be among them.
        name: for printing.
    """

    __slots__ = ("inputs", "name", "nodes", "outputs")

    def __init__(
        self, inputs: list[Tensor], nodes: list[Node], outputs: list[Tensor], name: str = "program"
    ) -> None:
        self.inputs = inputs
        self.nodes = nodes
        self.outputs = outputs
        self.name = name

    def show(self) -> str:
        """The program as text, one node a line.

        Example:
            >>> from lamina.ir.builder import Builder
            >>> b = Builder(); x = b.input((2,), "float32", "x"); y = b.emit("exp", x)
            >>> print(b.finish([y]).show())
            program
              input  x: float32[2]
              %0: float32[2] = exp(x)
              return %0
        """
        return show(self)

    def __repr__(self) -> str:
        return f"<Program {self.name}: {len(self.inputs)} inputs, {len(self.nodes)} nodes>"


def type_text(shape: Shape, dtype: str) -> str:
    """A type in short, for example "float32[B,784]"."""
    return f"{dtype}[{','.join(str(s) for s in shape)}]"


def is_batch_dependent(value: Any) -> bool:
    """Whether an attribute contains a `Dim`."""
    if isinstance(value, Dim):
        return True
    return isinstance(value, tuple) and any(is_batch_dependent(v) for v in value)


def show(program: Program, indent: str = "  ") -> str:
    """The text that `Program.show` gives."""
    names: dict[int, str] = {}
    lines = [program.name]
    for position, tensor in enumerate(program.inputs):
        names[id(tensor)] = tensor.name or f"in{position}"
        lines.append(f"{indent}input  {names[id(tensor)]}: {type_text(tensor.shape, tensor.dtype)}")
    count = 0
    for node in program.nodes:
        results = []
        for output in node.outputs:
            names[id(output)] = f"%{count}"
            results.append(f"%{count}: {type_text(output.shape, output.dtype)}")
            count += 1
        operands = ", ".join(names.get(id(o), "?") for o in node.operands)
        bodies = [v for v in node.attributes.values() if isinstance(v, Program)]
        details = "".join(
            f" {k}={_attribute_text(v)}"
            for k, v in node.attributes.items()
            if not isinstance(v, Program)
        )
        lines.append(f"{indent}{', '.join(results)} = {node.primitive}({operands}){details}")
        for body in bodies:
            lines.append(indent + show(body, indent + "    "))
    lines.append(f"{indent}return {', '.join(names.get(id(o), '?') for o in program.outputs)}")
    return "\n".join(lines)


def _attribute_text(value: Any) -> str:
    if hasattr(value, "ravel") and value.size > 6:
        return f"<{value.size} numbers>"
    if hasattr(value, "tolist"):
        return str(value.tolist())
    return str(value).replace(" ", "")
