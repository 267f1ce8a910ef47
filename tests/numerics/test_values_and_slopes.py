"""Inputs at the edge of the number range: values right, gradients finite and right.

The cases are those where other frameworks answer NaN or a wrong number. Each runs eagerly and as a
compiled program.
"""

import numpy as np
import pytest

import lamina
from lamina import layers, losses, ops
from lamina.runtime.compiled import CompiledFunction

INF = np.inf


def f32(*values):
    return np.array(values, "float32")


ZERO_ROW = np.zeros((2, 3), "float32")
MIXED_ROWS = np.array([[0, 0, 0], [3, 0, 4]], "float32")
HOT = np.eye(3, dtype="float32")[:2]

# name: (function of one array, argument, value, gradient of the sum); None: only finite.
CASES = {
    "unit norm of a zero vector": (
        lambda x: layers.UnitNormalization()(x),
        MIXED_ROWS,
        [[0, 0, 0], [0.6, 0, 0.8]],
        None,
    ),
    "normalize a zero vector": (
        lambda x: ops.normalize(x, axis=-1),
        MIXED_ROWS,
        [[0, 0, 0], [0.6, 0, 0.8]],
        None,
    ),
    "cosine loss of a zero prediction": (
        lambda x: losses.cosine_similarity(HOT, x),
        ZERO_ROW,
        [0, 0],
        None,
    ),
    "cosine loss of a zero target": (
        lambda x: losses.cosine_similarity(ZERO_ROW, x),
        HOT,
        [0, 0],
        ZERO_ROW,
    ),
    "categorical crossentropy of an all-zero row": (
        lambda x: losses.categorical_crossentropy(HOT, x),
        ZERO_ROW,
        None,
        None,
    ),
    "categorical crossentropy of all-zero targets": (
        lambda x: losses.categorical_crossentropy(ZERO_ROW, x),
        np.full((2, 3), 1 / 3, "float32"),
        [0, 0],
        None,
    ),
    "norm at 0": (lambda x: ops.norm(x), f32(0, 0, 0), 0, [0, 0, 0]),
    "norm along an axis at 0": (
        lambda x: ops.norm(x, axis=-1),
        MIXED_ROWS,
        [0, 5],
        [[0, 0, 0], [0.6, 0, 0.8]],
    ),
    "std of equal numbers": (lambda x: ops.std(x), f32(2, 2, 2), 0, [0, 0, 0]),
    "std of one number": (lambda x: ops.std(x, axis=-1), np.ones((2, 1), "f4"), [0, 0], [[0], [0]]),
    "softmax of an infinity": (lambda x: ops.softmax(x), f32(INF, 0), [1, 0], None),
    "softmax of large logits": (lambda x: ops.softmax(x), f32(1e4, -1e4, 0), [1, 0, 0], [0, 0, 0]),
    "log softmax of large logits": (
        lambda x: ops.log_softmax(x),
        f32(1e4, -1e4, 0),
        [0, -2e4, -1e4],
        None,
    ),
    "squareplus of a huge number": (lambda x: ops.squareplus(x), f32(1e30), [1e30], [1]),
    "squareplus of a huge negative number": (lambda x: ops.squareplus(x), f32(-1e30), None, [0]),
    "squareplus without cancellation": (lambda x: ops.squareplus(x), f32(-1e4), [1e-4], None),
    "sparsemax of a huge number": (lambda x: ops.sparsemax(x), f32(1e30, 0, 0), [1, 0, 0], None),
    "sigmoid at 100": (lambda x: ops.sigmoid(x), f32(100, -100), [1, 0], [0, 0]),
    "log sigmoid at 100": (lambda x: ops.log_sigmoid(x), f32(100, -100), [0, -100], [0, 1]),
    "softplus at 100": (lambda x: ops.softplus(x), f32(100, -100), [100, 0], [1, 0]),
    "log cosh of a large error": (
        lambda x: losses.log_cosh(ZERO_ROW[:, :1], x),
        np.array([[1e4], [-1e4]], "float32"),
        [1e4 - np.log(2), 1e4 - np.log(2)],
        [[1], [-1]],
    ),
    "binary crossentropy of a sure and wrong answer": (
        lambda x: losses.binary_crossentropy(f32(1, 0)[:, None], x),
        f32(0, 1)[:, None],
        None,
        None,
    ),
    "binary crossentropy of a sure and right answer": (
        lambda x: losses.binary_crossentropy(f32(1, 0)[:, None], x),
        f32(1, 0)[:, None],
        [0, 0],
        None,
    ),
    "binary crossentropy of logits of 1e4": (
        lambda x: losses.binary_crossentropy(f32(0, 1)[:, None], x, from_logits=True),
        f32(1e4, -1e4)[:, None],
        [1e4, 1e4],
        [[1], [-1]],
    ),
    "sparse crossentropy of logits of 1e4": (
        lambda x: losses.sparse_categorical_crossentropy(np.array([1]), x, from_logits=True),
        np.array([[1e4, -1e4, 0]], "float32"),
        [2e4],
        [[1, -1, 0]],
    ),
    "kl divergence at 0": (lambda x: losses.kl_divergence(HOT, x), ZERO_ROW, None, None),
    "kl divergence of equal rows": (lambda x: losses.kl_divergence(HOT, x), HOT, [0, 0], None),
    "poisson at 0": (lambda x: losses.poisson(ZERO_ROW, x), ZERO_ROW, None, None),
    "huber of a large error": (
        lambda x: losses.huber(ZERO_ROW[:, :1], x),
        np.array([[1e4], [-1e4]], "float32"),
        [1e4 - 0.5, 1e4 - 0.5],
        [[1], [-1]],
    ),
    "logsumexp of minus infinity": (
        lambda x: ops.logsumexp(x),
        f32(-INF, -INF),
        -INF,
        None,
    ),
    "square root at 0": (lambda x: ops.sqrt(x), f32(0, 4), [0, 2], None),
    "batch normalisation of equal rows": (
        lambda x: layers.BatchNormalization()(x, training=True),
        np.ones((4, 2), "float32"),
        np.zeros((4, 2)),
        None,
    ),
    "layer normalisation of equal numbers": (
        lambda x: layers.LayerNormalization()(x),
        np.full((2, 3), 7, "float32"),
        ZERO_ROW,
        None,
    ),
    "group normalisation of equal numbers": (
        lambda x: layers.GroupNormalization(groups=1)(x),
        np.full((2, 3), 7, "float32"),
        ZERO_ROW,
        None,
    ),
}
INFINITE_SLOPE = {"square root at 0", "logsumexp of minus infinity", "softmax of an infinity"}


def built(function, argument):
    """The function after its first call, so that its layers are built."""
    function(argument)
    return function


@pytest.mark.parametrize("name", CASES)
def test_value(name):
    function, argument, value, _ = CASES[name]
    eager = function(argument)
    compiled = CompiledFunction(lambda x: function(x), name)(argument)
    np.testing.assert_allclose(compiled, eager, rtol=1e-6, atol=1e-6)
    if value is None:
        assert np.isfinite(eager).all()
    else:
        np.testing.assert_allclose(eager, value, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", [n for n in CASES if n not in INFINITE_SLOPE])
def test_slope(name):
    function, argument, _, slope = CASES[name]
    found = lamina.grad(lambda x: ops.sum(function(x)))(argument)
    assert np.isfinite(found).all(), found
    if slope is not None:
        np.testing.assert_allclose(found, slope, rtol=1e-5, atol=2e-6)


def test_masked_softmax_gives_zeros():
    x, mask = np.ones((2, 3), "float32"), np.array([[False] * 3, [True, False, True]])

    def masked(values):
        return layers.Softmax()(values, mask=mask)

    np.testing.assert_allclose(masked(x), [[0, 0, 0], [0.5, 0, 0.5]], atol=1e-6)
    assert np.isfinite(lamina.grad(lambda v: ops.sum(masked(v) ** 2))(x)).all()


def test_average_pooling_of_masked_steps_only():
    x, mask = np.ones((2, 3, 4), "float32"), np.array([[False] * 3, [True, True, False]])

    def pooled(values):
        return layers.GlobalAveragePooling1D()(values, mask=mask)

    np.testing.assert_allclose(pooled(x), [[0] * 4, [1] * 4], atol=1e-6)
    assert np.isfinite(lamina.grad(lambda v: ops.sum(pooled(v)))(x)).all()


def test_attention_that_sees_nothing():
    x = np.ones((1, 2, 3), "float32")
    masks = [np.ones((1, 2), bool), np.zeros((1, 2), bool)]
    assert np.isfinite(layers.Attention()([x, x], mask=masks)).all()
