"""The tester tested: a wrong rule must not pass, whatever is wrong with it."""

from __future__ import annotations

import numpy as np
import pytest
from checker import check_grads
from primitive_samples import numbers

from lamina.transforms.emit import div, emit, mul, neg, reduce_sum
from lamina.transforms.gradient_rules import GRADIENT_RULES

X = numbers("checker", (3, 2), 0.5, 2.0)


def sine(x):
    return [emit("sin", x)]


WRONG_RULES = {
    "sign": lambda node, g: (neg(mul(g, emit("cos", node.operands[0]))),),
    "factor": lambda node, g: (mul(mul(g, emit("cos", node.operands[0])), 1.001),),
    "forgets the cotangent": lambda node, g: (emit("cos", node.operands[0]),),
    "zero": None,
    "none": lambda node, g: (None,),
    "shape": lambda node, g: (reduce_sum(mul(g, emit("cos", node.operands[0])), (0,)),),
    "dtype": lambda node, g: (
        emit("cast", mul(g, emit("cos", node.operands[0])), dtype="float32"),
    ),
    "not a number": lambda node, g: (div(g, emit("sub", g, g)),),
    "right at first order only": lambda node, g: (
        mul(g, emit("stop_gradient", emit("cos", node.operands[0]))),
    ),
}


@pytest.mark.parametrize("wrong", WRONG_RULES)
def test_a_wrong_rule_fails(wrong, monkeypatch):
    monkeypatch.setitem(GRADIENT_RULES, "sin", WRONG_RULES[wrong])
    with pytest.raises(AssertionError):
        check_grads(sine, [X])


def test_a_wrong_second_order_needs_order_two(monkeypatch):
    monkeypatch.setitem(GRADIENT_RULES, "sin", WRONG_RULES["right at first order only"])
    check_grads(sine, [X], order=1)


def test_the_right_rule_passes():
    check_grads(sine, [X], order=3)


def test_cotangents_for_the_wrong_operands_fail(monkeypatch):
    monkeypatch.setitem(GRADIENT_RULES, "sub", lambda node, g: (neg(g), g))
    with pytest.raises(AssertionError):
        check_grads(lambda x, y: [emit("sub", x, y)], [X, X + 1])


def test_differences_at_a_kink_lie_between():
    check_grads(lambda x: [emit("abs", x)], [np.zeros(2)], order=1)
