"""Derivatives of element-wise primitives. z is the output, g its cotangent."""

from __future__ import annotations

import math

from lamina.base import dtypes
from lamina.ir.program import Node, Tensor
from lamina.transforms.emit import add, cast, div, emit, exp, log, mul, neg, select, sqrt, sub
from lamina.transforms.reverse import ZERO_GRADIENT, Rule

Cotangents = tuple[Tensor | None, ...]


def _square(x: Tensor) -> Tensor:
    return mul(x, x)


def _grad_div(node: Node, g: Tensor) -> Cotangents:
    y = node.operands[1]
    return div(g, y), neg(div(mul(g, node.output), y))


def _grad_pow(node: Node, g: Tensor) -> Cotangents:
    """x^y: at y = 0 the slope in x is 0 whatever x; at x = 0 the slope in y is 0 for y > 0."""
    x, y = node.operands
    zero_power = emit("eq", y, 0)
    lower = emit("pow", x, select(zero_power, 1, sub(y, 1)))
    in_x = mul(g, mul(select(zero_power, 0, y), lower))
    in_y = mul(mul(g, node.output), log(select(emit("eq", x, 0), 1, x)))
    return in_x, in_y


def _grad_extreme(wins: str) -> Rule:
    """maximum and minimum; a tie gives each side g/2, NaN gives none."""

    def rule(node: Node, g: Tensor) -> Cotangents:
        x, y = node.operands
        half = mul(g, 0.5)

        def side(a: Tensor, b: Tensor) -> Tensor:
            return select(emit("eq", a, b), half, select(emit(wins, a, b), g, 0))

        return side(x, y), side(y, x)

    return rule


def _grad_remainder(node: Node, g: Tensor) -> Cotangents:
    x, y = node.operands
    return g, neg(mul(g, emit("floor", div(x, y))))


def _grad_atan2(node: Node, g: Tensor) -> Cotangents:
    y, x = node.operands
    scaled = div(g, add(_square(x), _square(y)))
    return mul(scaled, x), neg(mul(scaled, y))


def _grad_select(node: Node, g: Tensor) -> Cotangents:
    condition = node.operands[0]
    return None, select(condition, g, 0), select(condition, 0, g)


def _grad_cast(node: Node, g: Tensor) -> Cotangents:
    source = node.operands[0].dtype
    return (cast(g, source) if dtypes.is_float(source) else None,)


def _grad_polygamma(node: Node, g: Tensor) -> Cotangents:
    x, order = node.operands[0], node.attributes["order"]
    return (mul(g, emit("polygamma", x, order=order + 1)),)


def _sin(node: Node, g: Tensor) -> Cotangents:
    return (mul(g, emit("cos", node.operands[0])),)


def _one_minus_square(x: Tensor) -> Tensor:
    return sub(1, _square(x))


ELEMENTWISE_RULES: dict[str, Rule | None] = {
    # --- one operand ---
    "neg": lambda node, g: (neg(g),),
    "abs": lambda node, g: (mul(g, emit("sign", node.operands[0])),),
    "exp": lambda node, g: (mul(g, node.output),),
    "expm1": lambda node, g: (mul(g, add(node.output, 1)),),
    "log": lambda node, g: (div(g, node.operands[0]),),
    "log1p": lambda node, g: (div(g, add(node.operands[0], 1)),),
    "sqrt": lambda node, g: (div(mul(g, 0.5), node.output),),
    "sin": _sin,
    "cos": lambda node, g: (neg(mul(g, emit("sin", node.operands[0]))),),
    "tan": lambda node, g: (mul(g, add(_square(node.output), 1)),),
    "asin": lambda node, g: (div(g, sqrt(_one_minus_square(node.operands[0]))),),
    "acos": lambda node, g: (neg(div(g, sqrt(_one_minus_square(node.operands[0])))),),
    "atan": lambda node, g: (div(g, add(_square(node.operands[0]), 1)),),
    "sinh": lambda node, g: (mul(g, emit("cosh", node.operands[0])),),
    "cosh": lambda node, g: (mul(g, emit("sinh", node.operands[0])),),
    "tanh": lambda node, g: (mul(g, _one_minus_square(node.output)),),
    "asinh": lambda node, g: (div(g, sqrt(add(_square(node.operands[0]), 1))),),
    "acosh": lambda node, g: (div(g, sqrt(sub(_square(node.operands[0]), 1))),),
    "atanh": lambda node, g: (div(g, _one_minus_square(node.operands[0])),),
    "erf": lambda node, g: (
        mul(g, mul(exp(neg(_square(node.operands[0]))), 2 / math.sqrt(math.pi))),
    ),
    "erf_inv": lambda node, g: (mul(g, mul(exp(_square(node.output)), math.sqrt(math.pi) / 2)),),
    "lgamma": lambda node, g: (mul(g, emit("polygamma", node.operands[0], order=0)),),
    "polygamma": _grad_polygamma,
    "logistic": lambda node, g: (mul(g, mul(node.output, sub(1, node.output))),),
    "sign": ZERO_GRADIENT,
    "floor": ZERO_GRADIENT,
    "ceil": ZERO_GRADIENT,
    "round": ZERO_GRADIENT,
    "not": ZERO_GRADIENT,
    "is_finite": ZERO_GRADIENT,
    "stop_gradient": ZERO_GRADIENT,
    "cast": _grad_cast,
    # --- two operands ---
    "add": lambda node, g: (g, g),
    "sub": lambda node, g: (g, neg(g)),
    "mul": lambda node, g: (mul(g, node.operands[1]), mul(g, node.operands[0])),
    "div": _grad_div,
    "pow": _grad_pow,
    "maximum": _grad_extreme("gt"),
    "minimum": _grad_extreme("lt"),
    "remainder": _grad_remainder,
    "atan2": _grad_atan2,
    "floor_divide": ZERO_GRADIENT,
    "and": ZERO_GRADIENT,
    "or": ZERO_GRADIENT,
    "xor": ZERO_GRADIENT,
    "shift_left": ZERO_GRADIENT,
    "shift_right": ZERO_GRADIENT,
    "eq": ZERO_GRADIENT,
    "ne": ZERO_GRADIENT,
    "lt": ZERO_GRADIENT,
    "le": ZERO_GRADIENT,
    "gt": ZERO_GRADIENT,
    "ge": ZERO_GRADIENT,
    # --- three operands ---
    "select": _grad_select,
}
