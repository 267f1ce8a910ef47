"""Checking derivatives: what reverse mode gives against central differences, to any order.

A function of tensors is made a scalar by weighing its float outputs with fixed random numbers. The
gradient of that scalar is itself a function of tensors, so checking it again checks second
derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.executors.reference import compile_program
from lamina.ir import dims
from lamina.ir.dims import BATCH, same_shape
from lamina.ir.program import Program, Tensor
from lamina.ir.verify import verify
from lamina.runtime.scopes import Trace
from lamina.transforms.emit import add, emit, mul, reduce_sum, reshape, zeros_like
from lamina.transforms.grad import backward
from lamina.transforms.simplify import simplify

Function = Callable[..., list[Tensor]]
STEP = 1e-5


def trace(function: Function, arrays: Sequence[np.ndarray], batch: Sequence[int] = ()) -> Program:
    """The program of a function; arrays named in `batch` have a dynamic first axis."""
    with Trace("checked") as scope:
        inputs = []
        for i, a in enumerate(arrays):
            shape = (BATCH, *a.shape[1:]) if i in batch else a.shape
            inputs.append(scope.builder.input(shape, dtypes.name_of(a.dtype), f"x{i}"))
        outputs = function(*inputs)
        return verify(scope.builder.finish(outputs))


def is_float(x: Any) -> bool:
    return dtypes.is_float(dtypes.standardize_dtype(x.dtype))


def _weights(output: Tensor) -> Tensor:
    """Numbers between 0.6 and 1.4, one for each element, whatever the batch size."""
    places = emit("iota", shape=(dims.product(output.shape),), axis=0, dtype=output.dtype)
    return reshape(add(mul(emit("sin", mul(places, 1.7)), 0.4), 1), output.shape)


def slopes_of(function: Function) -> Function:
    """The gradient of the weighed outputs in every float argument, as a function of tensors."""

    def gradient(*tensors: Tensor) -> list[Tensor]:
        outputs = [o for o in function(*tensors) if is_float(o)]
        sources = [t for t in tensors if is_float(t)]
        builder = tensors[0].builder
        found = backward(builder, outputs, [_weights(o) for o in outputs], sources)
        for source, slope in zip(sources, found, strict=True):
            assert slope is None or same_shape(slope.shape, source.shape), "shape of a cotangent"
            assert slope is None or slope.dtype == source.dtype, "dtype of a cotangent"
        return [zeros_like(s) if f is None else f for s, f in zip(sources, found, strict=True)]

    return gradient


def _weighed(function: Function) -> Function:
    """The sums of the weighed float outputs."""

    def total(*tensors: Tensor) -> list[Tensor]:
        outputs = [o for o in function(*tensors) if is_float(o)]
        return [reduce_sum(mul(o, _weights(o)), tuple(range(o.ndim))) for o in outputs]

    return total


def differences(
    run: Callable[[list[np.ndarray]], list[np.ndarray]], arrays: list[np.ndarray], which: int
) -> np.ndarray:
    """Central differences of the sum of what `run` gives, in each element of one array."""
    x = arrays[which]
    result = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        values = []
        for sign in (1, -1):
            moved = [a.copy() if i == which else a for i, a in enumerate(arrays)]
            moved[which][place] += sign * STEP
            values.append(sum(float(v) for v in run(moved)))
        result[place] = (values[0] - values[1]) / (2 * STEP)
    return result


def check_grads(
    function: Function,
    arrays: Sequence[np.ndarray],
    order: int = 2,
    batch: Sequence[int] = (),
    tolerance: float = 1e-5,
) -> None:
    """Compare reverse mode with central differences, up to derivatives of an order.

    Args:
        function: tensors -> list of tensors.
        arrays: where to check; float64 arrays are differentiated.
        order: 1 or more.
        batch: positions of the arrays whose first axis is traced as the batch.
        tolerance: absolute and relative; ten times looser for each further order.
    Raises:
        AssertionError: they differ, or a cotangent has a wrong shape or dtype.
    """
    arrays = list(arrays)
    gradient = slopes_of(function)
    program = trace(gradient, arrays, batch)
    slopes = compile_program(program)(arrays)
    after = compile_program(verify(simplify(program)))(arrays)
    run = compile_program(trace(_weighed(function), arrays, batch))
    positions = [i for i, a in enumerate(arrays) if is_float(a)]
    for i, slope, simplified in zip(positions, slopes, after, strict=True):
        assert slope.shape == arrays[i].shape, "shape of a gradient"
        np.testing.assert_array_equal(simplified, slope, "simplify changed a gradient")
        expected = differences(run, arrays, i)
        np.testing.assert_allclose(
            slope, expected, tolerance, tolerance, err_msg=f"operand {i}, {order} to go"
        )
    if order > 1 and positions:
        check_grads(gradient, arrays, order - 1, batch, 10 * tolerance)
