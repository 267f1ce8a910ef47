"""At the limits: indices out of range, no rows, many rows, no memory, interruptions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from error_bounds import assert_close, run_with_bounds

import lamina
from lamina import layers, ops
from lamina.executors.native.executable import compile_program
from lamina.executors.reference import compile_program as compile_reference
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH
from lamina.runtime import executor
from lamina.runtime.compiled import CompiledFunction

pytest.importorskip("llvmlite")


def state(model: lamina.Model) -> list[np.ndarray]:
    return [v.numpy().copy() for v in [*model.variables, *model.optimizer.variables]]


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


# --- indices and labels out of range ---


def tokens_model() -> lamina.Model:
    lamina.utils.set_random_seed(5)
    model = lamina.Sequential(
        [
            layers.Input((3,), dtype="int32"),
            layers.Embedding(10, 4, name="words"),
            layers.LSTM(5),
            layers.Dense(3),
        ]
    )
    loss = lamina.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


def tokens(rows: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 10, (rows, 3)).astype("int32"), rng.integers(0, 3, rows)


def on_both(action: Callable[[lamina.Model], Any]) -> list[tuple[str, str]]:
    """What an action that fails raises on both executors; weights stay and the model works."""
    raised = []
    for name in ("numpy", "native"):
        executor.set_executor(name)
        model, (x, y) = tokens_model(), tokens()
        model.fit(x, y, batch_size=8, epochs=1, verbose=0, shuffle=False)
        before = state(model)
        with pytest.raises(Exception) as error:
            action(model)
        raised.append((type(error.value).__name__, str(error.value)))
        assert same(state(model), before), name
        model.fit(x, y, batch_size=8, epochs=1, verbose=0)
        assert np.isfinite(model.predict(x, verbose=0)).all()
    return raised


@pytest.mark.parametrize(("bad", "row"), [(10, 0), (2**31 - 1, 7), (-1, 7)])
def test_a_token_out_of_range(bad: int, row: int) -> None:
    x, y = tokens(8)
    x[row, 1] = bad
    for action in (
        lambda model: model.train_on_batch(x, y),
        lambda model: model.predict_on_batch(x),
        lambda model: model.fit(x, y, batch_size=8, verbose=0),
    ):
        reference, native = on_both(action)
        assert native == reference
        assert "Embedding 'words'" in native[1] and str(bad) in native[1]


@pytest.mark.parametrize("bad", [3, -1])
def test_a_label_out_of_range(bad: int) -> None:
    x, y = tokens(8)
    y[5] = bad
    for action in (
        lambda model: model.train_on_batch(x, y),
        lambda model: model.fit(x, y, batch_size=4, verbose=0),
        lambda model: model.evaluate(x, y, batch_size=8, verbose=0),
    ):
        reference, native = on_both(action)
        assert native == reference
        assert str(bad) in native[1]


def test_a_token_out_of_range_in_a_later_step() -> None:
    """The error names it; the steps before may be lost, but weights are those of some step."""
    x, y = tokens(40)
    x[30, 0] = 10
    executor.set_executor("native")
    model = tokens_model()
    good = slice(0, 24)
    model.fit(x[good], y[good], batch_size=8, verbose=0, shuffle=False)
    reached = [state(model)]
    for start in range(0, 24, 8):
        model.train_on_batch(x[start : start + 8], y[start : start + 8])
        reached.append(state(model))
    model = tokens_model()
    model.fit(x[good], y[good], batch_size=8, verbose=0, shuffle=False)
    with pytest.raises(ValueError, match="10"):
        model.fit(x, y, batch_size=8, verbose=0, shuffle=False)
    after = state(model)
    assert any(same(after, r) for r in reached)


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int32", "uint8", "int8"])
def test_gather_of_every_integer_type(dtype: str) -> None:
    with Builder() as b:
        x, indices = b.input((5, 3), "float32"), b.input((BATCH,), dtype)
        program = b.finish([b.emit("gather", x, indices, axis=0, label="take")])
    table = np.arange(15, dtype="float32").reshape(5, 3)
    run, reference = compile_program(program), compile_reference(program)
    info = np.iinfo(dtype)
    for bad in {5, 100, info.max, info.min} - {0}:
        for place in (0, 16, 18):
            picks = np.resize(np.arange(5), 19).astype(dtype)
            assert np.array_equal(run([table, picks])[0], table[picks])
            picks[place] = bad
            messages = []
            for executable in (run, reference):
                with pytest.raises(ValueError) as error:
                    executable([table, picks])
                messages.append(str(error.value))
            assert messages[0] == messages[1]


def test_scatter_out_of_range_writes_nothing_outside() -> None:
    with Builder() as b:
        base, at = b.input((4, 2), "float32"), b.input((BATCH,), "int32")
        new = b.input((BATCH, 2), "float32")
        program = b.finish([b.emit("scatter", base, at, new, mode="add")])
    run = compile_program(program)
    inputs = [np.zeros((4, 2), "float32"), np.array([0, 4, 3], "int32"), np.ones((3, 2), "float32")]
    for bad in (4, -1, 2**31 - 1, -(2**31)):
        inputs[1][1] = bad
        with pytest.raises(ValueError, match="scatter"):
            run(inputs)
    inputs[1][1] = 3
    assert run(inputs)[0].tolist() == [[1, 1], [0, 0], [0, 0], [2, 2]]


# --- sizes ---


@pytest.mark.parametrize("rows", [0, 1, 4097])
def test_rows(rows: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (rows, 6, 6, 2)).astype("float32")
    w = lamina.Variable(rng.normal(0, 1, (3, 3, 2, 4)).astype("float32"))

    def function(x: Any) -> list[Any]:
        y = ops.relu(ops.conv(x, w.value, padding="same"))
        z = ops.max_pool(y, 2)
        flat = ops.reshape(z, (-1, 36))
        return [z, ops.sum(flat, axis=1), ops.sum(flat), ops.mean(y, axis=(1, 2)), flat[1:] * 2]

    results = []
    for name in ("numpy", "native"):
        executor.set_executor(name)
        results.append(CompiledFunction(function, "f")(x))
    for want, got in zip(*results, strict=True):
        assert got.shape == want.shape and got.dtype == want.dtype
        np.testing.assert_allclose(got, want, 1e-4, 1e-3)


def test_empty_axes() -> None:
    with Builder() as b:
        x = b.input((BATCH, 4, 5), "float32")
        none = b.emit("slice", x, start=(0, 2, 0), stop=(BATCH, 2, 5), step=(1, 1, 1))
        outputs = [
            none,
            b.emit("sum", none, axes=(1,)),
            b.emit("prod", none, axes=(1,)),
            b.emit("reduce_max", none, axes=(1,)),
            b.emit("exp", none),
            b.emit("concat", none, x, none, axis=1),
            b.emit("pad", none, low=(0, 1, 0), high=(0, 1, 0), interior=(0, 0, 0), value=3),
            b.emit("transpose", none, permutation=(1, 2, 0)),
            b.emit("dot", none, none, contract=((1,), (1,)), batch=((0,), (0,))),
            b.emit("reshape", none, shape=(0, 5)),
        ]
        last = b.emit("slice", x, start=(1, 0, 0), stop=(BATCH, 4, 5), step=(1, 1, 1))
        outputs += [last, b.emit("sum", last, axes=(0,)), b.emit("neg", last)]
        program = b.finish(outputs)
    run = compile_program(program)
    for rows in (1, 2, 9):
        inputs = [np.random.default_rng(rows).normal(0, 1, (rows, 4, 5)).astype("float32")]
        for i, (got, want) in enumerate(
            zip(run(inputs), run_with_bounds(program, inputs, rows), strict=True)
        ):
            assert_close(got, want, f"output {i}, {rows} rows")


def test_a_large_program() -> None:
    """Thousands of nodes: no recursion, and right."""
    with Builder() as b:
        x = y = b.input((BATCH, 3), "float32")
        half = b.constant(0.5, "float32")
        kept = []
        for i in range(1500):
            y = b.emit(("sin", "add", "mul")[i % 3], *([y] if i % 3 == 0 else [y, half]))
            if i % 50 == 0:
                total = b.emit("sum", y, axes=(1,))
                kept.append(total)
                y = b.emit("mul", y, b.emit("reshape", b.emit("cos", total), shape=(BATCH, 1)))
        program = b.finish([y, *kept[-3:]])
    inputs = [np.random.default_rng(0).normal(0, 1, (5, 3)).astype("float32")]
    for got, want in zip(
        compile_program(program)(inputs), compile_reference(program)(inputs), strict=True
    ):
        np.testing.assert_allclose(got, want, 1e-4, 1e-5)
    assert x.shape == (BATCH, 3)


OUT_OF_MEMORY = """\
import resource, sys
import numpy as np
import lamina
from lamina import layers
from lamina.runtime.compiled import CompiledFunction
from lamina import ops

lamina.config.set_num_threads(1)
small = CompiledFunction(lambda x: ops.matmul(x, ops.transpose(x)), "small")
model = lamina.Sequential([layers.Input((64,)), layers.Dense(20000), layers.Dense(1)])
model.compile("sgd", "mse")
x = np.ones((70000, 64), "float32")
model.predict(x[:32], verbose=0)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**29, used + 2**29))
for attempt in range(2):
    try:
        model.predict_on_batch(x)  # 5.6 GB between the layers
    except MemoryError:
        print("memory error")
    try:
        model.train_on_batch(x, x[:, :1])
    except MemoryError:
        print("memory error")
print(model.predict(x[:32], verbose=0).shape)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does")
def test_no_memory_is_an_exception() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "memory error\n" * 4 + "(32, 1)\n"


# --- interruptions ---


def test_an_interrupt_leaves_the_weights_reached() -> None:
    executor.set_executor("native")
    x, y = tokens(64)
    reached: list[list[np.ndarray]] = []

    class Interrupting(lamina.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            reached.append(state(self.model))
            if batch == 3:
                raise KeyboardInterrupt

    model = tokens_model()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, batch_size=8, verbose=0, callbacks=[Interrupting()])
    assert len(reached) == 4 and same(state(model), reached[-1])
    assert int(model.optimizer.iterations) == 4
    model.fit(x, y, batch_size=8, verbose=0)
    assert int(model.optimizer.iterations) == 12


SIGNALLED = """\
import os, signal, threading, time
import numpy as np
import lamina
from lamina import layers

lamina.utils.set_random_seed(1)
hidden = layers.Dense(64, activation="relu")
model = lamina.Sequential([layers.Input((30,)), hidden, layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.default_rng(0).normal(size=(4000, 30)).astype("float32")
model.fit(x, x[:, :1], verbose=0)
before = int(model.optimizer.iterations)
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
start = time.monotonic()
try:
    model.fit(x, x[:, :1], epochs=100000, verbose=0)
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - start < 10)
print(int(model.optimizer.iterations) > before)
print(all(np.isfinite(v.numpy()).all() for v in model.variables))
model.fit(x, x[:, :1], verbose=0)
"""


def test_a_signal_ends_training_soon() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "interrupted True\nTrue\nTrue\n"
