"""In a compiled step, a cross-entropy of a softmax or sigmoid is that of the logits behind it."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import ops
from lamina.runtime.compiled import CompiledFunction
from lamina.runtime.gradients import value_and_grad

LOGITS = np.array([[80.0, 0.0, -5.0], [-60.0, 2.0, 1.0]], "float32")
HOT = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], "float32")
LABELS = np.array([1, 0])

CASES = {
    "categorical": (lambda z: ops.categorical_crossentropy(HOT, ops.softmax(z)), "softmax"),
    "sparse": (lambda z: ops.sparse_categorical_crossentropy(LABELS, ops.softmax(z)), "softmax"),
    "binary": (lambda z: ops.binary_crossentropy(HOT, ops.sigmoid(z)), "sigmoid"),
}


def expected(kind: str) -> np.ndarray:
    z = LOGITS.astype("float64")
    if kind == "sigmoid":
        return np.logaddexp(0, z) - HOT * z
    return np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - (HOT * z).sum(1)


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_clipped(name):
    function, kind = CASES[name]
    np.testing.assert_allclose(CompiledFunction(function, name)(LOGITS), expected(kind), rtol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_confident_mistake_has_a_slope(name):
    function, _ = CASES[name]
    _, slope = value_and_grad(lambda z: ops.sum(function(z)))(LOGITS)
    assert slope[0, 1] == pytest.approx(-1.0 if name != "binary" else -0.5, abs=1e-6)
    assert slope[1, 0] == pytest.approx(-1.0, abs=1e-6)


def test_changed_probabilities_do_not_count_as_a_softmax():
    half = CompiledFunction(
        lambda z: ops.categorical_crossentropy(HOT, ops.softmax(z) * 0.5 + 0.1), "mixed"
    )(LOGITS)
    direct = np.asarray(ops.categorical_crossentropy(HOT, ops.softmax(LOGITS) * 0.5 + 0.1))
    np.testing.assert_allclose(half, direct, rtol=1e-5)
