"""Where numbers are extreme: infinities, zeros, NaN, corners, empty masks."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.base.errors import ArgumentError, ShapeError

ACTIVATIONS = (
    "relu relu6 sigmoid softplus softsign silu log_sigmoid leaky_relu hard_sigmoid hard_silu elu "
    "selu gelu celu tanh_shrink hard_tanh hard_shrink soft_shrink squareplus sparse_plus "
    "sparse_sigmoid"
).split()
INFINITY = float("inf")


def array(*values, dtype="float32"):
    return np.array(values, dtype)


def slope(fn, x):
    return lamina.grad(lambda v: ops.sum(fn(v)))(x)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_stay_finite_and_let_nan_through(name):
    fn = getattr(ops, name)
    large = array(-1e30, -1e4, -100.0, 100.0, 1e4, 1e30)
    assert np.isfinite(fn(large)).all()
    assert np.isfinite(slope(fn, large)).all()
    assert np.isnan(fn(array(np.nan))).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_activations_keep_the_dtype(name, dtype):
    x = ops.cast([-1.5, 0.0, 2.0], dtype)
    assert ops.dtype(getattr(ops, name)(x)) == dtype


def test_slopes_at_corners():
    for name in ("relu", "relu6"):
        np.testing.assert_array_equal(slope(getattr(ops, name), array(-0.0, 0.0)), [0, 0])
    assert slope(ops.softplus, array(0.0))[0] == 0.5
    second = lamina.grad(lambda v: ops.sum(lamina.grad(lambda x: ops.sum(ops.softplus(x)))(v)))
    assert second(array(0.0))[0] == 0.25


def test_squareplus_without_overflow_or_cancellation():
    values = ops.squareplus(array(1e30, -1e30, -1e4))
    np.testing.assert_allclose(values, [1e30, 1e-30, 1e-4], rtol=1e-6)


def test_softmax_of_infinities():
    scores = array([INFINITY, 0], [-INFINITY, 0], [-INFINITY, -INFINITY], [1e30, -1e30])
    np.testing.assert_array_equal(ops.softmax(scores), [[1, 0], [0, 1], [0, 0], [1, 0]])
    slopes = lamina.grad(lambda v: ops.sum(ops.softmax(v) * np.arange(2, dtype="float32")))(scores)
    assert np.isfinite(slopes).all()
    assert np.isnan(ops.softmax(array(np.nan, 0.0))).all()
    assert np.isfinite(ops.log_softmax(array(1e4, -1e4))).all()


def test_softmax_of_one_element_warns():
    with pytest.warns(UserWarning, match="size 1"):
        ops.softmax(np.ones((3, 1), "float32"))


def test_sparsemax_sums_to_one():
    x = np.random.default_rng(1).normal(size=(50, 7)).astype("float32")
    for axis in (0, 1):
        shares = ops.sparsemax(x, axis)
        assert (shares >= 0).all()
        np.testing.assert_allclose(shares.sum(axis), 1, rtol=1e-5)
    np.testing.assert_array_equal(ops.sparsemax(array(1e30, 0.0, 1.0)), [1, 0, 0])


def test_crossentropy_of_an_impossible_row():
    zeros, hot = np.zeros((1, 3), "float32"), array([0, 1, 0])
    value = ops.categorical_crossentropy(hot, zeros)
    np.testing.assert_allclose(value, -np.log(1e-7), rtol=1e-5)
    assert np.isfinite(slope(lambda p: ops.categorical_crossentropy(hot, p), zeros)).all()
    assert np.isfinite(ops.sparse_categorical_crossentropy(array(1, dtype="int32"), zeros)).all()


def test_crossentropy_ignores_impossible_classes():
    logits = array([1.0, -INFINITY, 2.0])
    for value in (
        ops.categorical_crossentropy(array([1.0, 0.0, 0.0]), logits, from_logits=True),
        ops.sparse_categorical_crossentropy(array(0, dtype="int32"), logits, from_logits=True),
    ):
        np.testing.assert_allclose(value, [np.log1p(np.e)], rtol=1e-6)


@pytest.mark.parametrize("logit", [1e4, -1e4, 20.0, 0.0])
def test_binary_crossentropy_of_large_logits(logit):
    x = array(logit, logit)
    target = array(0.0, 1.0)
    exact = np.logaddexp(0, [logit, -logit])
    value = ops.binary_crossentropy(target, x, from_logits=True)
    np.testing.assert_allclose(value, exact, rtol=1e-6)
    slopes = slope(lambda v: ops.binary_crossentropy(target, v, from_logits=True), x)
    np.testing.assert_allclose(slopes, ops.sigmoid(x) - target, atol=1e-7)


def test_binary_crossentropy_in_half_precision():
    value = ops.binary_crossentropy(array(1.0, dtype="float16"), array(1.0, dtype="float16"))
    assert np.isfinite(value).all()


@pytest.mark.parametrize("order", [1, 2, 3])
def test_normalizing_the_zero_vector(order):
    zeros = np.zeros((1, 3), "float32")
    np.testing.assert_array_equal(ops.normalize(zeros, order=order), zeros)
    assert np.isfinite(slope(lambda v: ops.normalize(v, order=order), zeros)).all()
    assert np.isfinite(ops.normalize(zeros.astype("float16"), order=order)).all()


@pytest.mark.parametrize("fn", [ops.layer_normalization, ops.rms_normalization])
def test_normalizing_constant_rows(fn):
    x = np.full((2, 4), 1e4, "float32")
    assert np.isfinite(fn(x)).all()
    assert np.isfinite(slope(fn, x)).all()


def test_large_means_do_not_cancel():
    x = (1e4 + np.arange(8, dtype="float32")).reshape(1, 8)
    exact = (np.arange(8) - 3.5) / np.sqrt(np.var(np.arange(8)) + 1e-7)
    np.testing.assert_allclose(ops.layer_normalization(x)[0], exact, rtol=1e-4)


def test_attention_of_a_query_that_sees_nothing():
    query = np.ones((1, 2, 1, 4), "float32")
    mask = np.array([[[[True, False], [False, False]]]])
    result = ops.dot_product_attention(query, query, query, mask=mask)
    np.testing.assert_array_equal(result[0, :, 0], [[1] * 4, [0] * 4])
    loss = lambda q: ops.sum(ops.dot_product_attention(q, query, query, mask=mask))  # noqa: E731
    assert np.isfinite(lamina.grad(loss)(query)).all()


def test_default_strides_of_pooling():
    x = np.arange(8, dtype="float32").reshape(1, 8, 1)
    np.testing.assert_array_equal(ops.max_pool(x, 4)[0, :, 0], [3, 7])
    np.testing.assert_array_equal(ops.average_pool(x, 4)[0, :, 0], [1.5, 5.5])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: ops.conv(np.ones((1, 5, 3)), np.ones((3, 2, 4))), ShapeError, "match the kernel"),
        (lambda: ops.conv(np.ones((1, 2, 3)), np.ones((3, 3, 4))), ShapeError, "empty output"),
        (lambda: ops.conv(np.ones((1, 5, 3)), np.ones((3, 3, 4)), padding="full"),
         ArgumentError, "Invalid padding 'full'"),
        (lambda: ops.max_pool(np.ones((1, 5, 5, 3)), (2, 2, 2)), ArgumentError, "pool_size"),
        (lambda: ops.glu(np.ones((2, 3))), ShapeError, "divisible by 2"),
        (lambda: ops.normalize(np.ones(3), order=0), ArgumentError, "`order` must be an int >= 1"),
        (lambda: ops.binary_crossentropy(np.ones(3), np.ones(4)), ShapeError, "same shape"),
        (lambda: ops.sparse_categorical_crossentropy(np.ones((3, 4)), np.ones((3, 4))),
         ShapeError, "class numbers, not one-hot rows"),
        (lambda: ops.ctc_decode(np.ones((1, 2, 3)), [2], strategy="gredy"),
         ArgumentError, "Did you mean 'greedy'"),
        (lambda: ops.depth_to_space(np.ones((1, 2, 2, 4)), 1), ArgumentError, "at least 2"),
    ],
)  # fmt: skip
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()
