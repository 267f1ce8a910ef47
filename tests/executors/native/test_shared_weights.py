"""Products with weights that are updated are summed up in parts; no others are."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.executors.native.executable import compile_program
from lamina.executors.native.prepared import prepared
from lamina.executors.reference.executable import compile_program as compile_reference
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH
from lamina.ir.program import Program

pytest.importorskip("llvmlite")

PLAIN = {"contract": ((1,), (0,)), "batch": ((), ())}
UPDATES = {0: 0}  # the first output is the new value of the first input


def program(depth: int, columns: int, dtype: str = "float32") -> Program:
    """A product with weights, and the weights a little changed."""
    b = Builder(name="product")
    weights, x = b.input((depth, columns), dtype), b.input((BATCH, depth), dtype)
    product = b.emit("dot", x, weights, **PLAIN)
    return b.finish([b.emit("add", weights, weights), product])


def parts(ready: Program) -> list[int]:
    """Of each product of a program, how many parts it has."""
    return [
        n.output.shape[0] if n.output.ndim == 3 else 1 for n in ready.nodes if n.primitive == "dot"
    ]


@pytest.mark.parametrize(
    "depth, columns, expected",
    [(256, 128, [2]), (784, 128, [2]), (256, 127, [1]), (257, 255, [1]), (512, 256, [1])],
)
def test_by_size(depth: int, columns: int, expected: list[int]) -> None:
    assert parts(prepared(program(depth, columns), UPDATES)) == expected


def test_weights_that_stay_are_read_whole() -> None:
    assert parts(prepared(program(784, 128), {})) == [1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [1, 5, 32, 257])
def test_the_sums_are_the_same_but_for_rounding(dtype: str, rows: int) -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 1, (200, 170)).astype(dtype)
    x = rng.normal(0, 1, (rows, 200)).astype(dtype)
    both = program(200, 170, dtype)
    assert parts(prepared(both, UPDATES)) == [2]
    _, got = compile_program(both, UPDATES, leaves=1)([weights, x])
    _, want = compile_reference(both)([weights, x], rows)
    np.testing.assert_allclose(got, want, 0, 200 * 8 * np.finfo(dtype).eps)
