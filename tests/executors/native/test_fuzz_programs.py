"""Random programs on both executors: equal within the roundings, however the work is cut.

A failure prints the program and its seed; `check(random_program(seed))` repeats it.
"""

from __future__ import annotations

import numpy as np
import pytest
from error_bounds import assert_close, run_with_bounds
from guarded_memory import guarded_memory
from random_programs import RandomProgram, random_program

from lamina import config
from lamina.executors.native import frame, layout
from lamina.executors.native.elementwise import ELEMENTWISE
from lamina.executors.native.executable import NativeExecutable, compile_program
from lamina.ir.dims import Dim

pytest.importorskip("llvmlite")

BATCHES = (1, 2, 3, 17, 64)
_LARGE = 1031
_LARGE_EVERY = 7  # one program in so many is run on a large batch too


def check(p: RandomProgram) -> None:
    """Compare all outputs on several batch sizes, in one call, in steps and in many tasks."""
    with guarded_memory():
        compare(p)


def compare(p: RandomProgram) -> None:
    run = compile_program(p.program, p.updates, p.leaves)
    batches = (p.fixed,) if p.fixed else BATCHES
    if p.seed % _LARGE_EVERY == 0 and not p.fixed and _grows_slowly(p):
        batches = (*batches, _LARGE)
    for batch in batches:
        inputs = p.inputs(batch)
        before = [a.copy() for a in inputs]
        outputs = call(p, run, inputs, batch)
        for i, (got, want) in enumerate(
            zip(outputs, run_with_bounds(p.program, inputs, batch), strict=True)
        ):
            assert_close(got, want, f"output {i}, batch {batch}")
        for old, new in zip(before, inputs, strict=True):
            np.testing.assert_array_equal(new, old, "an input was written to")
        check_tasks(p, inputs, batch, outputs)
        if p.leaves and p.updates:
            check_steps(p, run, inputs, batch)


def _grows_slowly(p: RandomProgram) -> bool:
    tensors = [t for n in p.program.nodes for t in n.outputs]
    return all(t.size.at(_LARGE) < 3_000_000 for t in tensors if not isinstance(t.size, int))


def call(
    p: RandomProgram, run: NativeExecutable, inputs: list[np.ndarray], batch: int
) -> list[np.ndarray]:
    return run(inputs, None if p.batched else batch)


def check_tasks(
    p: RandomProgram, inputs: list[np.ndarray], batch: int, expected: list[np.ndarray]
) -> None:
    """Work cut into many small tasks for three threads gives the same bits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "_SOLO_NANOSECONDS", 0)
        patch.setattr(layout, "_TASK_NANOSECONDS", 20)
        patch.setattr(layout, "_ROWS", 1)
        patch.setattr(frame, "_JOB_NANOSECONDS", 0)
        config.set_num_threads(3)
        run = compile_program(p.program, p.updates, p.leaves)
        for i, got in enumerate(call(p, run, inputs, batch)):
            np.testing.assert_array_equal(got, expected[i], f"in tasks: output {i}, batch {batch}")
        config.set_num_threads(None)


def check_steps(
    p: RandomProgram, run: NativeExecutable, inputs: list[np.ndarray], batch: int
) -> None:
    """Three steps in one call give what three calls give."""
    count = 3
    first = len(inputs) - p.leaves
    rng = np.random.default_rng(p.seed)
    arrays = [np.ascontiguousarray(np.concatenate([a, a[::-1]])) for a in inputs[first:]]
    order = rng.integers(0, 2 * batch, (count + 1) * batch)
    new = run.run_steps(inputs[:first], arrays, order, batch, 1, count)
    if any(isinstance(s, Dim) for t in p.program.inputs[first:] for s in t.shape[1:]):
        assert new is None  # rows as long as the batch are of no size that is known
        return
    values = inputs[:first]
    for step in range(1, 1 + count):
        rows = order[step * batch : (step + 1) * batch]
        outputs = call(p, run, [*values, *[a[rows] for a in arrays]], batch)
        for output, i in p.updates.items():
            values[i] = outputs[output]
    assert new is not None
    for got, i in zip(new, p.updates.values(), strict=True):
        np.testing.assert_array_equal(got, values[i], f"steps: input {i}, batch {batch}")


def check_all(seeds: range) -> None:
    for seed in seeds:
        p = random_program(seed)
        try:
            check(p)
        except BaseException as error:
            error.add_note(p.show())
            raise


QUICK = [range(n, n + 10) for n in range(0, 100, 10)]
SLOW = [range(n, n + 50) for n in range(1000, 4000, 50)]


@pytest.mark.parametrize("seeds", QUICK, ids=str)
def test_programs(seeds: range) -> None:
    check_all(seeds)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", SLOW, ids=str)
def test_many_programs(seeds: range) -> None:
    check_all(seeds)


def test_a_wrong_executor_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "lamina.executors.native.executable.program_key", lambda *_: None
    )  # nothing from disk
    monkeypatch.setitem(ELEMENTWISE, "add", ELEMENTWISE["sub"])
    with pytest.raises(AssertionError):
        check_all(range(20))
