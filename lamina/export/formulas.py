"""Element-wise primitives for which ONNX has no operator, as formulas of those it has.

Each keeps the accuracy that the primitive is there for: log1p and expm1 stay exact near 0, a
remainder has the sign of the divisor.
"""

from __future__ import annotations

import math

from lamina.base import dtypes
from lamina.export.graph import Graph
from lamina.ir.program import Node


def expm1(graph: Graph, node: Node, x: str) -> str:
    """Exp(x) - 1 as tanh(x/2) * (exp(x) + 1), which loses nothing near 0."""
    dtype = node.output.dtype
    half = graph.add("Tanh", graph.add("Mul", x, graph.constant(0.5, dtype)))
    return graph.add("Mul", half, graph.add("Add", graph.add("Exp", x), graph.constant(1, dtype)))


def log1p(graph: Graph, node: Node, x: str) -> str:
    """Log(u) for u = 1 + x, times x / (u - 1) near 0 to undo the rounding of u.

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 1.14.1.
    """
    one = graph.constant(1, node.output.dtype)
    zero = graph.constant(0, node.output.dtype)
    u = graph.add("Add", x, one)
    log = graph.add("Log", u)
    rest = graph.add("Sub", u, one)
    corrected = graph.add("Div", graph.add("Mul", log, x), rest)
    near = graph.add("Where", graph.add("Equal", rest, zero), x, corrected)
    return graph.add("Where", graph.add("Less", graph.add("Abs", x), one), near, log)


def arctangent2(graph: Graph, node: Node, y: str, x: str) -> str:
    """The angle of (x, y): atan(y/x), turned by half a circle where x is negative."""
    dtype = node.output.dtype
    zero = graph.constant(0, dtype)
    is_zero = graph.add("And", graph.add("Equal", x, zero), graph.add("Equal", y, zero))
    quotient = graph.add("Div", y, graph.add("Where", is_zero, graph.constant(1, dtype), x))
    if dtype == "float64":  # runtimes have arctangents of float32 only
        quotient = graph.cast(quotient, "float32")
    angle = graph.cast(graph.add("Atan", quotient), dtype)
    half_turn = graph.add(
        "Where",
        graph.add("Less", y, zero),
        graph.constant(-math.pi, dtype),
        graph.constant(math.pi, dtype),
    )
    turned = graph.add("Add", angle, half_turn)
    return graph.add("Where", graph.add("Less", x, zero), turned, angle)


def remainder(graph: Graph, node: Node, x: str, y: str) -> str:
    """What a floored quotient leaves; it has the sign of y."""
    dtype = node.output.dtype
    if not dtypes.is_float(dtype):
        return graph.add("Mod", x, y)
    zero = graph.constant(0, dtype)
    rest = graph.add("Mod", x, y, fmod=1)
    signs_differ = graph.add("Less", graph.add("Mul", rest, graph.add("Sign", y)), zero)
    return graph.add("Where", signs_differ, graph.add("Add", rest, y), rest)


def floor_divide(graph: Graph, node: Node, x: str, y: str) -> str:
    """The quotient that goes with `remainder`: (x - remainder) / y, whole but for rounding."""
    quotient = graph.add("Div", graph.add("Sub", x, remainder(graph, node, x, y)), y)
    return graph.add("Round", quotient) if dtypes.is_float(node.output.dtype) else quotient


def is_finite(graph: Graph, node: Node, x: str) -> str:
    """Whether x - x is 0: it is NaN for what is infinite or NaN."""
    dtype = node.operands[0].dtype
    if not dtypes.is_float(dtype):
        return graph.add("Equal", x, x)
    return graph.add("Equal", graph.add("Sub", x, x), graph.constant(0, dtype))


def shift_left(graph: Graph, node: Node, x: str, y: str) -> str:
    """Shifted bits; ONNX shifts unsigned integers only."""
    dtype = node.output.dtype
    if dtype.startswith("u"):
        return graph.add("BitShift", x, y, direction="LEFT")
    unsigned = [graph.cast(operand, f"u{dtype}") for operand in (x, y)]
    return graph.cast(graph.add("BitShift", *unsigned, direction="LEFT"), dtype)


def shift_right(graph: Graph, node: Node, x: str, y: str) -> str:
    """Shifted bits; of signed integers, the floored quotient by a power of 2."""
    if node.output.dtype.startswith("u"):
        return graph.add("BitShift", x, y, direction="RIGHT")
    return floor_divide(graph, node, x, graph.add("Pow", graph.constant(2, node.output.dtype), y))


def node_place(graph: Graph) -> str:
    """The layer that is being translated, for messages."""
    return graph.place or "the model itself"
