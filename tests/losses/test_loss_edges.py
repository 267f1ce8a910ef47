"""Where plain formulas divide by zero or overflow: values and gradients stay finite."""

import numpy as np
import pytest

import lamina
from lamina import losses, ops

ZERO = np.zeros((2, 3), "float32")
HOT = np.eye(3, dtype="float32")[:2]
EDGES = [
    ("CategoricalCrossentropy", {}, HOT, ZERO),
    ("CategoricalCrossentropy", {"from_logits": True}, HOT, np.array([[1e4, -1e4, 0]] * 2, "f4")),
    ("CategoricalFocalCrossentropy", {}, HOT, ZERO),
    ("CategoricalFocalCrossentropy", {"gamma": 0.5}, HOT, HOT),
    ("CategoricalFocalCrossentropy", {"gamma": 0.0}, HOT, HOT),
    ("SparseCategoricalCrossentropy", {}, np.array([0, 2]), ZERO),
    ("SparseCategoricalCrossentropy", {"ignore_class": 0}, np.array([0, 0]), ZERO),
    ("CategoricalGeneralizedCrossEntropy", {}, np.array([1, 0]), HOT),
    ("BinaryCrossentropy", {}, 1 - HOT, HOT),
    ("BinaryCrossentropy", {"from_logits": True}, HOT, np.full((2, 3), 1e4, "f4")),
    ("BinaryCrossentropy", {"from_logits": True}, HOT, np.full((2, 3), -1e4, "f4")),
    ("BinaryFocalCrossentropy", {}, HOT, HOT),
    ("BinaryFocalCrossentropy", {"gamma": 0.5}, HOT, HOT),
    ("BinaryFocalCrossentropy", {"gamma": 0.0}, HOT, HOT),
    ("CosineSimilarity", {}, HOT, ZERO),
    ("CosineSimilarity", {}, ZERO, HOT),
    ("CosineSimilarity", {}, ZERO, ZERO),
    ("CosineSimilarity", {"dtype": "float16"}, HOT, np.full((2, 3), 300.0, "f4")),
    ("KLDivergence", {}, HOT, ZERO),
    ("KLDivergence", {}, ZERO, HOT),
    ("Poisson", {}, HOT, ZERO),
    ("LogCosh", {}, ZERO, np.full((2, 3), 1e4, "f4")),
    ("LogCosh", {}, ZERO, np.full((2, 3), -1e4, "f4")),
    ("Huber", {}, ZERO, np.full((2, 3), 1e4, "f4")),
    ("MeanAbsolutePercentageError", {}, ZERO, HOT),
    ("MeanSquaredLogarithmicError", {}, ZERO, np.full((2, 3), -5.0, "f4")),
    ("Dice", {}, ZERO, ZERO),
    ("Tversky", {}, ZERO, ZERO),
    ("Circle", {}, np.array([0, 1]), HOT),
    ("Circle", {}, np.array([0, 0]), HOT),
    ("Circle", {"dtype": "float16"}, np.array([0, 1]), HOT),
]


@pytest.mark.parametrize(("name", "arguments", "y_true", "y_pred"), EDGES)
def test_finite_with_finite_gradient(name, arguments, y_true, y_pred):
    loss = getattr(losses, name)(**arguments)
    y_pred = y_pred.astype(loss.dtype)
    value, slope = lamina.value_and_grad(lambda p: loss(y_true, p))(y_pred)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


def test_a_zero_row_costs_what_epsilon_costs():
    value = losses.CategoricalCrossentropy()(HOT, ZERO)
    np.testing.assert_allclose(value, -np.log(1e-7), rtol=1e-5)


@pytest.mark.parametrize(
    ("error", "slope"), [(1e-3, 1e-3), (0.5, np.tanh(0.5)), (50.0, 1.0), (-1e4, -1.0)]
)
def test_log_cosh_slope_is_tanh(error, slope):
    found = lamina.grad(lambda p: ops.sum(losses.log_cosh(np.zeros((1, 1)), p)))(
        np.full((1, 1), error)
    )
    np.testing.assert_allclose(found, slope, rtol=1e-6)


@pytest.mark.parametrize("error", [-2.0, -1.0, -0.5, 0.0, 0.7, 1.0, 3.0])
def test_huber_slope_is_the_clipped_error(error):
    found = lamina.grad(lambda p: ops.sum(losses.huber(np.zeros((1, 1)), p)))(
        np.full((1, 1), error)
    )
    np.testing.assert_allclose(found, np.clip(error, -1, 1), atol=1e-7)


@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryCrossentropy", "CosineSimilarity"])
def test_nan_stays_nan(name):
    y_pred = HOT.copy()
    y_pred[0, 0] = np.nan
    assert np.isnan(getattr(losses, name)()(HOT, y_pred))


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean_with_sample_weight", "sum"])
def test_nothing_to_count(reduction):
    loss = losses.MeanSquaredError(reduction=reduction)
    assert loss(HOT, ZERO, np.zeros(2)) == 0
    assert loss(HOT[:0], ZERO[:0]) == 0
    value, slope = lamina.value_and_grad(lambda p: loss(HOT, p, np.zeros(2, "f4")))(ZERO)
    assert value == 0 and not slope.any()


def test_half_precision_counts_beyond_its_range():
    """100,000 losses of 1 sum to more than float16 can hold; their mean is 1."""
    loss = losses.MeanAbsoluteError(dtype="float16")
    assert loss(np.zeros((100_000, 1)), np.ones((100_000, 1))) == 1
