"""Every gradient rule against central differences in float64, first and second order."""

from __future__ import annotations

import numpy as np
import pytest
from checker import check_grads, trace
from primitive_samples import Sample, cases, identify

from lamina.ir.builder import current_builder
from lamina.ir.primitives import PRIMITIVES
from lamina.transforms.gradient_rules import GRADIENT_RULES


def apply_primitive(name: str, sample: Sample):
    def function(*tensors):
        outputs = current_builder().emit(name, *tensors, **sample.attributes)
        return list(outputs) if PRIMITIVES[name].multiple else [outputs]

    return function


def floats(sample: Sample) -> list[np.ndarray]:
    return [o for o in sample.operands if o.dtype == np.float64]


CASES = [(n, s) for n, s in cases() if s.smooth and floats(s) and GRADIENT_RULES[n] is not None]
ZERO = [(n, s) for n, s in cases() if floats(s) and GRADIENT_RULES[n] is None]


@pytest.mark.parametrize(("name", "sample"), CASES, ids=identify)
def test_rule_agrees_with_differences(name, sample):
    order = 2 if sample.second else 1
    check_grads(apply_primitive(name, sample), sample.operands, order, sample.batch)


@pytest.mark.parametrize(("name", "sample"), ZERO, ids=identify)
def test_declared_zero_gradient_is_zero(name, sample):
    """A piecewise constant primitive has differences of 0; `stop_gradient` is the exception."""
    from checker import compile_program, differences, is_float

    program = trace(apply_primitive(name, sample), sample.operands, sample.batch)
    if name == "stop_gradient" or not all(is_float(o) for o in program.outputs):
        return
    run = compile_program(program)
    for i, operand in enumerate(sample.operands):
        if operand.dtype == np.float64:
            slopes = differences(lambda a: [run(a)[0].sum()], list(sample.operands), i)
            assert not slopes.any()


def test_cholesky_on_symmetric_matrices():
    """The rule gives the symmetric gradient, so the matrix is moved symmetrically."""
    from primitive_samples import SAMPLES

    from lamina.transforms.emit import add, emit, mul, transpose

    def symmetric(x):
        axes = (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)
        return [emit("cholesky", mul(add(x, transpose(x, axes)), 0.5))]

    for sample in SAMPLES["cholesky"]:
        check_grads(symmetric, sample.operands, 2, sample.batch)
