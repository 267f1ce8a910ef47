"""Element-wise primitives as ONNX operators.

Runtimes have kernels for float32, float64, int32 and int64; arithmetic on narrower integers and
bools is done in int32 (uint32 in int64) and cast back, which wraps around as NumPy does.
"""

from __future__ import annotations

from collections.abc import Callable

from lamina.base import dtypes
from lamina.export.formulas import (
    arctangent2,
    expm1,
    floor_divide,
    is_finite,
    log1p,
    remainder,
    shift_left,
    shift_right,
)
from lamina.export.graph import Graph
from lamina.ir.program import Node

Rule = Callable[..., str]
# dtype -> the one that arithmetic on it is done in, where that is another
WIDE = dict.fromkeys(("bool", "int8", "int16", "uint8", "uint16"), "int32") | {"uint32": "int64"}


def plain(operator: str) -> Rule:
    """The rule of a primitive that is one operator."""
    return lambda graph, node, *operands: graph.add(operator, *operands)


def in_single(operator: str) -> Rule:
    """One operator for which runtimes have no kernel in float64: it is computed in float32."""

    def translate(graph: Graph, node: Node, x: str) -> str:
        if node.output.dtype != "float64":
            return graph.add(operator, x)
        return graph.cast(graph.add(operator, graph.cast(x, "float32")), "float64")

    return translate


def computed_in(dtype: str) -> str:
    """The dtype in which runtimes compute with a dtype."""
    return WIDE.get(dtype, dtype)


def widened(rule: Rule, back: bool = True) -> Rule:
    """The rule carried out in a dtype that runtimes compute in.

    Args:
        rule: what is done.
        back: whether the result is cast to the primitive's own dtype; a comparison's is bool.
    """

    def translate(graph: Graph, node: Node, *operands: str) -> str:
        wide = WIDE.get(node.operands[0].dtype)
        if wide is None:
            return rule(graph, node, *operands)
        result = rule(graph, node, *[graph.cast(o, wide) for o in operands])
        return graph.cast(result, node.output.dtype) if back else result

    return translate


def arithmetic(operator: str) -> Rule:
    """One operator on numbers of any dtype."""
    return widened(plain(operator))


def _on_floats(operator: str) -> Rule:
    """One operator on floats; integers and bools stay as they are."""

    def translate(graph: Graph, node: Node, x: str) -> str:
        return graph.add(operator, x) if dtypes.is_float(node.output.dtype) else x

    return translate


def _by_kind(on_bools: str, on_integers: str) -> Rule:
    def translate(graph: Graph, node: Node, *operands: str) -> str:
        return graph.add(on_bools if node.output.dtype == "bool" else on_integers, *operands)

    return translate


def _not_equal(graph: Graph, node: Node, x: str, y: str) -> str:
    return graph.add("Not", graph.add("Equal", x, y))


def _select(graph: Graph, node: Node, condition: str, x: str, y: str) -> str:
    dtype = node.output.dtype
    wide = None if dtype == "uint8" else WIDE.get(dtype)
    if wide is None:
        return graph.add("Where", condition, x, y)
    chosen = graph.add("Where", condition, graph.cast(x, wide), graph.cast(y, wide))
    return graph.cast(chosen, dtype)


def _cast(graph: Graph, node: Node, x: str) -> str:
    return graph.cast(x, node.output.dtype)


def _unchanged(graph: Graph, node: Node, x: str) -> str:
    return x


ELEMENTWISE: dict[str, Rule] = {
    # --- functions of floats ---
    "exp": plain("Exp"),
    "expm1": expm1,
    "log": plain("Log"),
    "log1p": log1p,
    "sqrt": plain("Sqrt"),
    "sin": plain("Sin"),
    "cos": plain("Cos"),
    "tan": in_single("Tan"),
    "asin": in_single("Asin"),
    "acos": in_single("Acos"),
    "atan": in_single("Atan"),
    "atan2": arctangent2,
    "sinh": in_single("Sinh"),
    "cosh": in_single("Cosh"),
    "tanh": plain("Tanh"),
    "asinh": in_single("Asinh"),
    "acosh": in_single("Acosh"),
    "atanh": in_single("Atanh"),
    "erf": in_single("Erf"),
    "logistic": plain("Sigmoid"),
    "floor": _on_floats("Floor"),
    "ceil": _on_floats("Ceil"),
    "round": _on_floats("Round"),  # halves to even, as NumPy rounds
    "is_finite": is_finite,
    # --- arithmetic ---
    "neg": arithmetic("Neg"),
    "abs": arithmetic("Abs"),
    "sign": arithmetic("Sign"),
    "add": arithmetic("Add"),
    "sub": arithmetic("Sub"),
    "mul": arithmetic("Mul"),
    "div": arithmetic("Div"),
    "pow": arithmetic("Pow"),
    "maximum": arithmetic("Max"),
    "minimum": arithmetic("Min"),
    "remainder": widened(remainder),
    "floor_divide": widened(floor_divide),
    # --- comparisons ---
    "eq": widened(plain("Equal"), back=False),
    "ne": widened(_not_equal, back=False),
    "lt": widened(plain("Less"), back=False),
    "le": widened(plain("LessOrEqual"), back=False),
    "gt": widened(plain("Greater"), back=False),
    "ge": widened(plain("GreaterOrEqual"), back=False),
    # --- bits ---
    "and": _by_kind("And", "BitwiseAnd"),
    "or": _by_kind("Or", "BitwiseOr"),
    "xor": _by_kind("Xor", "BitwiseXor"),
    "not": _by_kind("Not", "BitwiseNot"),
    "shift_left": shift_left,
    "shift_right": shift_right,
    # --- the rest ---
    "select": _select,
    "cast": _cast,
    "stop_gradient": _unchanged,
}
