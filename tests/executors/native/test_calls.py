"""Calls of compiled programs: several at once, interrupted ones, and whose memory they write to."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from lamina import ops
from lamina.executors.native.executable import compile_program
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH
from lamina.runtime import executor
from lamina.runtime.compiled import CompiledFunction
from lamina.runtime.variable import Variable

pytest.importorskip("llvmlite")

WIDE = 64


@pytest.fixture(autouse=True)
def native():
    executor.set_executor("native")


def dense_program(outside=False):
    """relu(x @ w) @ w; if wanted with a node in the middle that the reference executor runs."""
    b = Builder()
    w = b.input((WIDE, WIDE), "float32", "w")
    x = b.input((BATCH, WIDE), "float32", "x")
    how = {"contract": ((1,), (0,)), "batch": ((), ())}
    y = b.emit("maximum", b.emit("dot", x, w, **how), b.constant(np.float32(0)))
    if outside:
        y = b.emit(
            "add",
            y,
            b.emit("cast", b.emit("argsort", x, axis=1, descending=False), dtype="float32"),
        )
    program = b.finish([b.emit("dot", y, w, **how)])
    program.inputs = [w, x]
    return program


def dense_expected(w, x, outside=False):
    y = np.maximum(x @ w, 0)
    return (y + np.argsort(x, 1) if outside else y) @ w


def random_inputs(seed, rows):
    rng = np.random.default_rng(seed)
    shapes = (WIDE, WIDE), (rows, WIDE)
    return [rng.standard_normal(shape).astype("float32") for shape in shapes]


def run_in_threads(works):
    failures = []
    barrier = threading.Barrier(len(works))

    def run(work):
        try:
            barrier.wait()
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# --- several calls at once ---


@pytest.mark.parametrize("outside", [False, True], ids=["compiled", "with a node outside"])
def test_threads_call_one_executable(outside):
    run = compile_program(dense_program(outside), leaves=1)

    def worker(seed):
        def work():
            for turn in range(30):
                rows = 1 + (7 * seed + turn) % 40
                inputs = random_inputs(seed, rows)
                (got,) = run(inputs)
                np.testing.assert_array_equal(got, run(inputs)[0])
                np.testing.assert_allclose(got, dense_expected(*inputs, outside), 1e-3, 0.1)

        return work

    run_in_threads([worker(seed) for seed in range(4)])


def test_threads_run_steps_of_one_executable():
    b = Builder()
    total, x = b.input((8,), "float64", "total"), b.input((BATCH, 8), "float64", "x")
    program = b.finish([b.emit("add", total, b.emit("sum", x, axes=(0,)))])
    program.inputs = [total, x]
    run = compile_program(program, {0: 0}, 1)

    def worker(seed):
        def work():
            x = np.full((40, 8), seed + 1.0)
            for size in (4, 5, 8):
                start = np.zeros(8)
                (got,) = run.run_steps([start], [x], np.arange(40), size, 0, 40 // size)
                assert got.tolist() == [40 * (seed + 1.0)] * 8 and not start.any()

        return work

    run_in_threads([worker(seed) for seed in range(4)])


def test_threads_call_a_function_that_no_one_has_called_before():
    traces = []

    def function(x):
        traces.append(1)
        return ops.tanh(x) * 2

    run = CompiledFunction(function, "f")
    x = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)

    def work():
        np.testing.assert_allclose(run(x), np.tanh(x) * 2, 1e-5)

    run_in_threads([work] * 4)
    assert traces == [1]


def test_a_call_in_the_middle_of_a_call():
    run = compile_program(dense_program(outside=True), leaves=1)
    outer, inner = random_inputs(1, 5), random_inputs(2, 3)
    expected = [run(outer)[0], run(inner)[0]]
    reference, results = run._shared.calls[0], []

    class Nosy:
        program = reference.program

        def __call__(self, operands, batch):
            if not results:
                results.append(None)
                results[0] = run(inner)[0]
            return reference(operands, batch)

    run._shared.calls[0] = Nosy()
    np.testing.assert_array_equal(run(outer)[0], expected[0])
    np.testing.assert_array_equal(results[0], expected[1])


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interrupted_call_changes_nothing(error):
    run = CompiledFunction(_count_sorted, "f")
    x = np.ones((4, WIDE), "float32")
    run(x)
    traced = run.specialize((x,))
    calls = traced.executable._shared.calls
    reference = calls[0]

    class Interrupted:
        program = reference.program

        def __call__(self, operands, batch):
            raise error

    calls[0] = Interrupted()
    before = COUNT.value
    kept = before.copy()
    with pytest.raises(error):
        run(x)
    with pytest.raises(error):
        traced.run_steps([x], np.arange(4), 2, 0, 2)
    assert COUNT.value is before
    np.testing.assert_array_equal(COUNT.value, kept)
    calls[0] = reference
    run(x)
    np.testing.assert_array_equal(COUNT.value, kept + 4)


COUNT = Variable(np.zeros(WIDE, "float32"))


def _count_sorted(x):
    COUNT.assign_add(ops.sum(ops.sort(x, axis=1), axis=0))


def test_an_interrupt_between_assignments():
    class Interrupted:
        def __init__(self):
            self.done = False

        def __setattr__(self, name, value):
            if name == "_value" and not self.done:
                self.done = True
                raise KeyboardInterrupt
            object.__setattr__(self, name, value)

    a, b = Variable(np.zeros(2, "float32")), Variable(np.zeros(3, "float32"))

    def function(x):
        a.assign_add(ops.sum(x) + ops.zeros(2))
        b.assign_add(ops.sum(x) + ops.zeros(3))

    run = CompiledFunction(function, "f")
    x = np.ones((2, 2), "float32")
    run(x)
    traced = run.specialize((x,))
    traced.written = [a, Interrupted(), b]
    with pytest.raises(KeyboardInterrupt):
        traced._assign([np.full(2, 7.0), np.zeros(1), np.full(3, 7.0)])
    assert a.value.tolist() == [7, 7] and b.value.tolist() == [7, 7, 7]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_calls_what_its_parent_compiled():
    program = """
import os, sys, threading
import numpy as np
from lamina import ops
from lamina.runtime.compiled import CompiledFunction
run = CompiledFunction(lambda x: ops.sort(ops.exp(x), axis=1) * 2, "f")
x = np.ones((64, 512), "float32")
expected = run(x)
stop = threading.Event()
def call_on():
    while not stop.is_set():
        run(x)
threading.Thread(target=call_on).start()
for _ in range(5):
    child = os.fork()
    if not child:
        same = np.array_equal(run(x), expected) and np.array_equal(run(x[:3]), expected[:3])
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
"""
    environment = {**os.environ, "LAMINA_NUM_THREADS": "2", "PYTHONWARNINGS": "ignore"}
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env=environment)


# --- whose memory is written to ---


def counter(size):
    """A variable, and a compiled function that adds to it."""
    variable = Variable(np.zeros(size, "float32"))

    def function(x):
        variable.assign_add(ops.sum(x, axis=0))

    return variable, CompiledFunction(function, "f")


def place(array):
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("size", [3, 4096])
def test_single_steps_use_memory_again(size):
    variable, step = counter(size)
    x = np.ones((2, size), "float32")
    places = []
    for _ in range(8):
        step(x)
        places.append(place(variable.value))
    assert len(set(places[2:])) == 2
    assert variable.value.tolist() == [16] * size


@pytest.mark.parametrize("size", [3, 4096])
@pytest.mark.parametrize("how", ["value", "view", "view of a view", "memoryview"])
def test_what_a_user_holds_stays(size, how):
    variable, step = counter(size)
    x = np.ones((2, size), "float32")
    take = {
        "value": lambda: variable.value,
        "view": lambda: variable.value[1:],
        "view of a view": lambda: variable.value.reshape(-1, 1)[1:].T,
        "memoryview": lambda: memoryview(variable.value),
    }[how]
    held = []
    for turn in range(6):
        held.append((take(), 2 * turn))
        step(x)
    for array, number in held:
        assert np.unique(np.asarray(array)).tolist() == [number]


def test_what_a_user_holds_stays_when_steps_run_together():
    variable, step = counter(4096)
    x = np.ones((6, 4096), "float32")
    order = np.arange(6)
    held = []
    for turn in range(4):
        held.append((variable.value, 6 * turn))
        step.specialize((x[:2],)).run_steps([x], order, 2, 0, 3)
    for array, number in held:
        assert np.unique(array).tolist() == [number]


def test_results_are_the_callers():
    run = CompiledFunction(lambda x: ops.exp(x), "f")
    x = np.zeros((2, 3), "float32")
    first = run(x)
    first += 1
    assert run(x).tolist() == np.ones((2, 3)).tolist() and first.tolist() == [[2] * 3] * 2


def test_the_same_variable_in_several_functions():
    variable, add = counter(4096)
    double = CompiledFunction(lambda x: variable.assign(variable.value * ops.max(x)), "double")
    x = np.full((1, 4096), 2, "float32")
    expected = 0.0
    for _ in range(5):
        add(x)
        double(x)
        expected = (expected + 2) * 2
        assert np.unique(variable.value).tolist() == [expected]


def test_inputs_in_any_order_of_memory():
    run = compile_program(dense_program(), leaves=1)
    w, x = random_inputs(0, 9)
    expected = run([w, x])[0]
    strided = np.repeat(x, 2, axis=1)[:, ::2]
    frozen = w.copy()
    frozen.flags.writeable = False
    for inputs in ([np.asfortranarray(w), x], [w, strided], [frozen, x], [w, np.asfortranarray(x)]):
        for _ in range(3):
            np.testing.assert_array_equal(run(inputs)[0], expected)


def test_an_input_replaced_by_another_array():
    run = compile_program(dense_program(), leaves=1)
    for seed in range(5):
        inputs = random_inputs(seed, 4)
        np.testing.assert_allclose(run(inputs)[0], dense_expected(*inputs), 1e-3, 1e-2)
        inputs[0][:] = 0
        assert not run(inputs)[0].any()
