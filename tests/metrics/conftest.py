"""Real Keras to compare with, and a way to run a metric both at once and compiled."""

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
    """Check that updates and results are the same compiled, for two batch sizes, by one program."""

    def check(make, *arrays, smaller=3, **tolerance):
        eager, traced = make(), make()
        if not traced.variables:  # state is made by the first batch
            traced.update_state(*(a[:1] for a in arrays))
            traced.reset_state()
        update = CompiledFunction(traced.update_state, "update")
        result = CompiledFunction(traced.result, "result")
        for rows in (len(arrays[0]), smaller):
            parts = [a[:rows] for a in arrays]
            eager.update_state(*parts)
            update(*parts)
            np.testing.assert_allclose(result(), eager.result(), **{"rtol": 1e-5} | tolerance)
        assert len(update._cache) == 1
        for ours, theirs in zip(traced.variables, eager.variables, strict=True):
            np.testing.assert_allclose(ours, theirs, **{"rtol": 1e-5} | tolerance)

    return check
