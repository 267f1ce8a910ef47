"""Training gives the same bits for any number of threads and any way to cut the work."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest

import lamina
from lamina import config, layers
from lamina.executors.native import frame, layout
from lamina.runtime import executor

pytest.importorskip("llvmlite")

ROWS = 83


@pytest.fixture(autouse=True)
def native() -> None:
    executor.set_executor("native")


def mlp() -> lamina.Model:
    return lamina.Sequential(
        [
            layers.Input((45,)),
            layers.Dense(130, activation="relu"),
            layers.Dense(67, activation="gelu"),
            layers.Dense(10),
        ]
    )


def cnn() -> lamina.Model:
    return lamina.Sequential(
        [
            layers.Input((45,)),
            layers.Reshape((9, 5, 1)),
            layers.Conv2D(17, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(8, 2, strides=2, padding="same", activation="relu"),
            layers.AveragePooling2D(2, padding="same"),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )


def lstm() -> lamina.Model:
    return lamina.Sequential(
        [
            layers.Input((45,)),
            layers.Reshape((9, 5)),
            layers.LSTM(19, return_sequences=True),
            layers.GRU(12),
            layers.Dense(10),
        ]
    )


def normalized() -> lamina.Model:
    return lamina.Sequential(
        [
            layers.Input((45,)),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.3),
            layers.Dense(33, activation="tanh"),
            layers.LayerNormalization(),
            layers.Dense(10),
        ]
    )


def wide() -> lamina.Model:
    """Products summed up in parts along the depth, and ones that copy both operands."""
    return lamina.Sequential(
        [
            layers.Input((45,)),
            layers.Dense(200, activation="relu"),
            layers.Dense(170, activation="relu"),
            layers.Dense(800, activation="relu"),
            layers.Dense(10),
        ]
    )


MODELS = [mlp, cnn, lstm, normalized, wide]


def trained(make: Callable[[], lamina.Model], threads: int, epochs: int = 2) -> str:
    """A hash of everything that is left of a training run, and of its predictions."""
    config.set_num_threads(threads)
    lamina.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (ROWS, 45)).astype("float32")
    y = rng.integers(0, 10, ROWS)
    model = make()
    loss = lamina.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    history = model.fit(x, y, batch_size=32, epochs=epochs, verbose=0).history
    digest = hashlib.sha256(repr(sorted(history.items())).encode())
    for variable in [*model.variables, *model.optimizer.variables]:
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    digest.update(model.predict(x, batch_size=32, verbose=0).tobytes())
    return digest.hexdigest()


def cut(patch: pytest.MonkeyPatch, task: float = 50, rows: int = 1, block: int = 2**18) -> None:
    """Cut all work into tasks of so many nanoseconds, in blocks of a multiple of so many rows."""
    patch.setattr(layout, "_SOLO_NANOSECONDS", 0)
    patch.setattr(layout, "_TASK_NANOSECONDS", task)
    patch.setattr(layout, "_TASKS", 1_000_000)
    patch.setattr(layout, "_ROWS", rows)
    patch.setattr(layout, "_BLOCK_BYTES", block)
    patch.setattr(frame, "_JOB_NANOSECONDS", 0)


@pytest.mark.parametrize("make", MODELS)
def test_any_number_of_threads(make: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = trained(make, 1)
    cut(monkeypatch)
    for threads in (1, 2, 3, 5):
        assert trained(make, threads) == expected, threads


@pytest.mark.parametrize("make", MODELS)
def test_any_cut(make: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = trained(make, 2)
    for task, rows, block in ((1, 1, 1), (10, 3, 4096), (1000, 5, 2**14), (1e9, 8, 2**30)):
        cut(monkeypatch, task, rows, block)
        assert trained(make, 2) == expected, (task, rows, block)


def test_busy_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = trained(lstm, 1)
    cut(monkeypatch)
    loop = [sys.executable, "-c", "while True: pass"]
    neighbours = [subprocess.Popen(loop) for _ in range(2)]
    try:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            assert trained(lstm, 3) == expected
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()


def test_the_cuts_are_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests above change does change the plan."""
    plans = []
    original = layout.Layout.__init__

    def noting(self: layout.Layout, *arguments: object) -> None:
        original(self, *arguments)  # type: ignore[arg-type]
        plans.append(self.plan.tobytes())

    monkeypatch.setattr(layout.Layout, "__init__", noting)
    trained(mlp, 2, epochs=1)
    before = set(plans)
    plans.clear()
    cut(monkeypatch)
    trained(mlp, 2, epochs=1)
    assert before.isdisjoint(plans)
