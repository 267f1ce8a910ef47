"""Training and prediction at the edge: one row, a small last batch, no weight, NaN, large sizes."""

import numpy as np
import pytest

import lamina
from lamina import layers, ops

X = np.random.default_rng(0).normal(size=(33, 4)).astype("float32")
Y = np.arange(33) % 3


def make_model():
    model = lamina.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def is_finite(model):
    return all(np.isfinite(w).all() for w in model.get_weights())


@pytest.mark.parametrize(("rows", "batch_size"), [(1, 32), (33, 32), (33, 1), (7, 7)])
def test_batches_of_one_and_partial_batches(rows, batch_size):
    model = make_model()
    logs = model.fit(X[:rows], Y[:rows], batch_size=batch_size, epochs=2, verbose=0).history
    assert np.isfinite(logs["loss"]).all()
    assert is_finite(model)
    assert model.predict(X[:rows], batch_size=batch_size, verbose=0).shape == (rows, 3)


def test_a_partial_batch_counts_by_its_rows():
    model = make_model()
    whole = model.evaluate(X, Y, batch_size=33, verbose=0)
    np.testing.assert_allclose(model.evaluate(X, Y, batch_size=32, verbose=0), whole, rtol=1e-5)


def test_all_sample_weights_zero():
    model = make_model()
    before = model.layers[0].get_weights()
    logs = model.fit(X, Y, sample_weight=np.zeros(33), verbose=0).history
    assert logs["loss"] == [0.0]
    assert is_finite(model)
    for a, b in zip(before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_nan_stays_nan_through_relu_and_predict():
    x = X.copy()
    x[5, 1] = np.nan
    assert np.isnan(ops.relu(np.array([np.nan, 1.0])))[0]
    model = make_model()
    with pytest.warns(UserWarning, match="NaN"):
        found = model.predict(x, verbose=0)
    assert np.isnan(found[5]).all()
    assert np.isfinite(np.delete(found, 5, axis=0)).all()


@pytest.mark.parametrize("activation", ["relu", "relu6", "leaky_relu", "hard_sigmoid", "softmax"])
def test_nan_stays_nan_through_activations(activation):
    x = np.array([[np.nan, 1.0, 2.0]], "float32")
    model = lamina.Sequential([layers.Input((3,)), layers.Activation(activation)])
    with pytest.warns(UserWarning, match="NaN"):
        assert np.isnan(model.predict(x, verbose=0)[0, 0])


def test_max_pooling_keeps_nan():
    x = np.ones((1, 4, 1), "float32")
    x[0, 1, 0] = np.nan
    found = layers.MaxPooling1D(2)(x)[0, :, 0]
    assert np.isnan(found[0]) and found[1] == 1.0


@pytest.mark.parametrize("dtype", ["uint64", "int64"])
def test_large_integers_are_not_cut(dtype):
    large = np.array([[2**33 + 5], [2**40], [3]], dtype)
    model = lamina.Sequential([layers.Input((1,), dtype=dtype), layers.Identity(dtype=dtype)])
    found = model.predict(large, verbose=0)
    np.testing.assert_array_equal(found, large)
    np.testing.assert_array_equal(ops.add(large, np.array(1, dtype)), large + np.array(1, dtype))


def test_large_integers_into_a_float_model():
    large = np.array([[2**33], [2**40]], "uint64")
    model = lamina.Sequential([layers.Input((1,)), layers.Rescaling(1.0)])
    np.testing.assert_allclose(model.predict(large, verbose=0), large.astype("float64"), rtol=1e-6)


def test_large_inputs_do_not_overflow_the_loss():
    model = make_model()
    logs = model.fit(X * 1e6, Y, epochs=2, verbose=0).history
    assert np.isfinite(logs["loss"]).all()
