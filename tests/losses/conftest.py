"""Real Keras to compare with, and a way to run a function both at once and compiled."""

import os

import numpy as np
import pytest

from lamina.runtime.compiled import CompiledFunction


@pytest.fixture(scope="session")
def keras():
    before = os.environ.get("KERAS_BACKEND")
    os.environ["KERAS_BACKEND"] = "jax"
    yield pytest.importorskip("keras", reason="Keras is what these tests compare with")
    if before is None:
        del os.environ["KERAS_BACKEND"]


@pytest.fixture
def compiled_like_eager():
    """Check that a function gives the same compiled, for two batch sizes, by one program."""

    def check(function, *arrays, smaller=3, **tolerance):
        program = CompiledFunction(function, "test")
        for rows in (len(arrays[0]), smaller):
            parts = [a[:rows] for a in arrays]
            np.testing.assert_allclose(
                program(*parts), function(*parts), **{"rtol": 1e-5} | tolerance
            )
        assert len(program._cache) == 1

    return check
