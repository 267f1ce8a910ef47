"""Batches of many rows have code of their own, which sums up in the same order."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.executors.native import executable
from lamina.executors.native.executable import FEW_ROWS, compile_program
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH
from lamina.ir.program import Program

pytest.importorskip("llvmlite")

ROWS = 2 * FEW_ROWS + 77


def kernel_gradient() -> Program:
    """The gradient of a dense layer's kernel."""
    b = Builder(name="gradient")
    x, g = b.input((BATCH, 37), "float32"), b.input((BATCH, 50), "float32")
    return b.finish([b.emit("dot", x, g, contract=((0,), (0,)), batch=((), ()))])


def numbers(rows: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(0, 1, (rows, n)).astype("float32") for n in (37, 50)]


@pytest.fixture
def made_for(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of batches that code is looked up for, in order."""
    found = []
    key = executable.program_key

    def noted(program, updates, leaves, machine):  # type: ignore[no-untyped-def]
        found.append(machine.batch)
        return key(program, updates, leaves, machine)

    monkeypatch.setattr(executable, "program_key", noted)
    return found


def test_it_is_made_when_the_first_such_batch_comes(made_for: list[int]) -> None:
    run = compile_program(kernel_gradient(), leaves=2)
    for rows in (5, FEW_ROWS, ROWS, ROWS, 5):
        x, g = numbers(rows)
        np.testing.assert_allclose(run([x, g])[0], x.T @ g, 1e-4, 1e-3)
    assert made_for == [32, executable.MANY_ROWS]


def test_it_is_made_at_once_where_batches_are_known_to_be_large(made_for: list[int]) -> None:
    run = compile_program(kernel_gradient(), leaves=2, rows=ROWS)
    for rows in (ROWS, 5):
        run(numbers(rows))
    assert made_for == [executable.MANY_ROWS]


def test_the_bits_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    (large,) = compile_program(kernel_gradient(), leaves=2)(numbers(ROWS))
    monkeypatch.setattr(executable, "FEW_ROWS", 10**9)
    (small,) = compile_program(kernel_gradient(), leaves=2)(numbers(ROWS))
    assert large.tobytes() == small.tobytes()


def test_what_sums_nothing_over_the_batch_has_one_code(made_for: list[int]) -> None:
    b = Builder(name="double")
    x = b.input((BATCH, 3), "float32")
    run = compile_program(b.finish([b.emit("add", x, x)]), leaves=1)
    for rows in (5, ROWS):
        run([np.ones((rows, 3), "float32")])
    assert made_for == [32]
