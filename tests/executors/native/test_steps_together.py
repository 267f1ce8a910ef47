"""Steps that run in one call leave what the same steps leave when they run singly, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.runtime import executor

pytest.importorskip("llvmlite")


@pytest.fixture(autouse=True)
def native() -> None:
    executor.set_executor("native")


def make(optimizer: str) -> lamina.Model:
    lamina.utils.set_random_seed(11)
    model = lamina.Sequential(
        [
            layers.Input((7, 5), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.GRU(9),
            layers.Dense(16, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.25),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def data(rows: int = 90) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    x = rng.integers(0, 256, (rows, 7, 5)).astype("uint8")
    return x, rng.integers(0, 4, rows).astype("uint8"), rng.uniform(0, 1, rows).astype("float32")


def state(model: lamina.Model) -> list[np.ndarray]:
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [v.numpy().copy() for v in variables]


CASES = [
    ("adam", False),
    ("sgd", True),
    *(pytest.param(o, w, marks=pytest.mark.slow) for o in ("rmsprop", "ftrl") for w in (0, 1)),
    *(pytest.param("lion", w, marks=pytest.mark.slow) for w in (False, True)),
]


@pytest.mark.parametrize(("optimizer", "weighted"), CASES)
def test_as_single_steps(optimizer: str, weighted: bool) -> None:
    x, y, weights = data()
    order = np.random.default_rng(4).permutation(len(x)).astype("int64")
    size, steps = 16, 5
    states = []
    for together in (True, False):
        model = make(optimizer)
        parts = (x, y, weights) if weighted else (x, y)
        model.train_on_batch(*[p[:size] for p in parts])  # makes variables
        step = model.make_train_function()
        if together:
            step.specialize((parts,), batch=size).run_steps(list(parts), order, size, 0, 2)
            step.specialize((parts,), batch=size).run_steps(list(parts), order, size, 2, steps - 2)
        else:
            for i in range(steps):
                rows = order[i * size : (i + 1) * size]
                step(tuple(p[rows] for p in parts))
        states.append(state(model))
    for got, want in zip(*states, strict=True):
        np.testing.assert_array_equal(got, want)


def test_fit_as_batches_by_hand() -> None:
    x, y, _ = data(90)
    states = []
    for by_hand in (False, True):
        model = make("adam")
        if by_hand:
            for start in range(0, 90, 16):  # the last batch has 10 rows
                model.train_on_batch(x[start : start + 16], y[start : start + 16])
        else:
            model.fit(x, y, batch_size=16, shuffle=False, verbose=0)
        states.append([v.numpy().copy() for v in [*model.variables, *model.optimizer.variables]])
    for got, want in zip(*states, strict=True):
        np.testing.assert_array_equal(got, want)


def test_rows_out_of_order_matter() -> None:
    """The test above would notice steps that take the wrong rows."""
    x, y, _ = data()
    results = []
    for order in (np.arange(90), np.arange(90)[::-1].copy()):
        model = make("sgd")
        model.train_on_batch(x[:16], y[:16])
        model.make_train_function().specialize(((x, y),), batch=16).run_steps(
            [x, y], order.astype("int64"), 16, 0, 3
        )
        results.append(state(model))
    assert any((a != b).any() for a, b in zip(*results, strict=True))
