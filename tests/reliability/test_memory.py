"""Memory stays flat over many calls: at most 2 kB a predict, 64 kB a fit, 32 kB a build.

Growth is measured over the second half of the calls, as the first fills caches that are bounded.
"""

import gc
import os
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import layers

STATM = Path("/proc/self/statm")
pytestmark = pytest.mark.skipif(not STATM.exists(), reason="needs /proc to see the memory in use")
NOISE = 512  # kB that the allocator may take in one piece


def resident_kb():
    gc.collect()
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def growth_per_call(call, count):
    """kB a call over the second half of the calls, less what the allocator takes at once."""
    for number in range(count // 2):
        call(number)
    before = resident_kb()
    for number in range(count // 2, count):
        call(number)
    return max(0, resident_kb() - before - NOISE) / (count - count // 2)


def make_model():
    model = lamina.Sequential(
        [
            layers.Input((20,)),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


X = np.random.default_rng(0).normal(size=(400, 20)).astype("float32")
Y = np.arange(400) % 4
slow = pytest.mark.slow


@pytest.mark.parametrize("count", [300, pytest.param(2000, marks=slow)])
def test_predicts_of_varying_size(count):
    model = make_model()
    rows = np.random.default_rng(1).integers(1, 300, count)
    assert growth_per_call(lambda i: model.predict(X[: rows[i]], verbose=0), count) <= 2
    assert len(model.predict_function._cache) == 1  # one program for all sizes


@pytest.mark.parametrize("count", [300, pytest.param(2000, marks=slow)])
def test_calls_of_varying_size(count):
    model = make_model()
    assert growth_per_call(lambda i: model(X[: 1 + i % 128]), count) <= 2


@pytest.mark.parametrize("count", [20, pytest.param(50, marks=slow)])
def test_fits(count):
    model = make_model()
    assert growth_per_call(lambda i: model.fit(X, Y, epochs=1, verbose=0), count) <= 64


@pytest.mark.parametrize("count", [20, pytest.param(50, marks=slow)])
def test_compiles_and_fits(count):
    model = make_model()

    def call(number):
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(X, Y, epochs=1, verbose=0)

    assert growth_per_call(call, count) <= 64


@pytest.mark.parametrize("count", [60, pytest.param(200, marks=slow)])
def test_builds_and_predicts(count):
    assert growth_per_call(lambda i: make_model().predict(X[:50], verbose=0), count) <= 32


@pytest.mark.parametrize("count", [20, pytest.param(60, marks=slow)])
def test_builds_and_fits(count):
    assert growth_per_call(lambda i: make_model().fit(X, Y, verbose=0), count) <= 64


@pytest.mark.parametrize("count", [20, pytest.param(100, marks=slow)])
def test_saves_and_loads(count, tmp_path):
    model, path = make_model(), tmp_path / "model.keras"

    def call(number):
        model.save(path)
        lamina.saving.load_model(path)

    assert growth_per_call(call, count) <= 64


def test_a_model_that_nobody_holds_is_freed():
    import weakref

    model = make_model()
    model.fit(X, Y, verbose=0)
    model.predict(X, verbose=0)
    ghost = weakref.ref(model)
    del model
    gc.collect()
    assert ghost() is None
