"""The same seed gives the same bits, in every process; another seed gives others."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training_program import data, make_model, train

import lamina

PROGRAM = Path(__file__).with_name("training_program.py")


def in_a_fresh_process(seed, *epochs, threads=None):
    environment = dict(os.environ)
    if threads is not None:
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment.update(dict.fromkeys(names, str(threads)))
    environment["PYTHONHASHSEED"] = "random"
    command = [sys.executable, str(PROGRAM), str(seed), "-", "epoch", *map(str, epochs)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def reference():
    return in_a_fresh_process(7, 2)


def test_every_process_gives_the_same_bits(reference):
    assert in_a_fresh_process(7, 2) == reference


def test_so_does_this_process_whatever_ran_before(reference):
    model, (x, y) = make_model(), data()
    model.fit(x, y, epochs=1, verbose=0)
    assert train(7, "-", "epoch", [2]) == reference
    assert train(7, "-", "epoch", [2]) == reference


def test_another_seed_gives_other_bits(reference):
    assert train(8, "-", "epoch", [2]) != reference


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_number_of_threads_does_not_matter(reference, threads):
    assert in_a_fresh_process(7, 2, threads=threads) == reference


def test_a_second_fit_continues():
    whole = train(7, "-", "epoch", [1, 1])
    assert train(7, "-", "epoch", [1, 1]) == whole
    lamina.utils.set_random_seed(7)
    model, (x, y) = make_model(), data()
    first = model.fit(x, y, batch_size=10, epochs=1, verbose=0).history["loss"]
    steps = int(model.optimizer.iterations)
    second = model.fit(x, y, batch_size=10, epochs=1, verbose=0).history["loss"]
    assert int(model.optimizer.iterations) == 2 * steps == 200
    assert second[0] < first[0]


def test_predict_and_evaluate_change_nothing():
    lamina.utils.set_random_seed(7)
    model, (x, y) = make_model(), data()
    model.fit(x, y, epochs=1, verbose=0)
    before = [v.numpy().copy() for v in model.variables]
    first = model.predict(x, verbose=0)
    model.evaluate(x, y, verbose=0)
    assert (model.predict(x, verbose=0) == first).all()
    assert all((a == b.numpy()).all() for a, b in zip(before, model.variables, strict=True))


class Pieces(lamina.utils.PyDataset):
    """The data in batches of ten, which `fit` shuffles."""

    def __len__(self):
        return 20

    def __getitem__(self, index):
        x, y = data()
        rows = slice(10 * index, 10 * index + 10)
        return x[rows], y[rows]


def test_the_order_of_batches_comes_from_the_seed():
    weights = []
    for _ in range(2):
        lamina.utils.set_random_seed(7)
        model = make_model()
        model.fit(Pieces(), epochs=2, shuffle=True, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)
