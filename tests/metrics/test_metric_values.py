"""Every metric against Keras, compiled against eager, and its config there and back."""

import numpy as np
import pytest
from metric_cases import CASES, NAMES

from lamina import metrics

EVERY_CASE = pytest.mark.parametrize(("name", "arguments", "y_true", "y_pred"), CASES, ids=NAMES)
WEIGHTS = np.array([1, 2, 0, 2, 1, 3, 1, 1], "float32")
pytestmark = pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # JAX's
CLOSE = {"rtol": 2e-5, "atol": 1e-6}


def weights_for(name, y_true):
    """Weights of the samples, as the metric takes them; None if it takes none."""
    if "IoU" in name:
        return np.broadcast_to(WEIGHTS.reshape(-1, *[1] * (y_true.ndim - 1)), y_true.shape).copy()
    return WEIGHTS


@EVERY_CASE
def test_like_keras(keras, name, arguments, y_true, y_pred):
    ours = getattr(metrics, name)(**arguments)
    theirs = getattr(keras.metrics, name)(**arguments)
    for rows in (slice(0, 4), slice(4, 8)):
        ours.update_state(y_true[rows], y_pred[rows])
        theirs.update_state(y_true[rows], y_pred[rows])
        value = ours.result()
        assert type(value) is np.ndarray
        np.testing.assert_allclose(value, theirs.result(), **CLOSE)
    ours.reset_state()
    theirs.reset_state()
    assert not any(np.any(v) for v in ours.variables)
    assert [v.shape for v in ours.variables] == [tuple(v.shape) for v in theirs.variables]
    assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
    assert [v.dtype for v in ours.variables] == [v.dtype for v in theirs.variables]


@EVERY_CASE
@pytest.mark.filterwarnings("ignore:.*passing weight as `float`")
def test_weighted_like_keras(keras, name, arguments, y_true, y_pred):
    if name.startswith("OneHot") or "sparse_y_pred" in arguments or arguments.get("axis") == 0:
        pytest.skip("Keras takes no weights of this form")
    if name == "CosineSimilarity" and arguments:
        pytest.skip("one value for each sample is needed")
    ours = getattr(metrics, name)(**arguments)
    theirs = getattr(keras.metrics, name)(**arguments)
    weights = weights_for(name, y_true)
    for rows in (slice(0, 4), slice(4, 8)):
        ours.update_state(y_true[rows], y_pred[rows], weights[rows])
        theirs.update_state(y_true[rows], y_pred[rows], weights[rows])
        np.testing.assert_allclose(ours.result(), theirs.result(), **CLOSE)


@EVERY_CASE
def test_compiled(compiled_like_eager, name, arguments, y_true, y_pred):
    compiled_like_eager(lambda: getattr(metrics, name)(**arguments), y_true, y_pred, atol=1e-6)


@EVERY_CASE
@pytest.mark.filterwarnings("ignore:.*passing weight as `float`")
def test_compiled_with_weights(compiled_like_eager, name, arguments, y_true, y_pred):
    if name.startswith("OneHot") or "sparse_y_pred" in arguments or arguments.get("axis") == 0:
        pytest.skip("needs weights of another form")
    weights = weights_for(name, y_true)
    if name == "CosineSimilarity" and arguments:
        weights = weights[:, None]
    compiled_like_eager(
        lambda: getattr(metrics, name)(**arguments), y_true, y_pred, weights, atol=1e-6
    )


@EVERY_CASE
def test_stateless(name, arguments, y_true, y_pred):
    metric = getattr(metrics, name)(**arguments)
    expected = getattr(metrics, name)(**arguments)(y_true, y_pred)
    metric.update_state(y_true[:1], y_pred[:1])  # some make their state now
    before = [np.array(v) for v in metric.variables]
    values = metric.stateless_update_state(metric.stateless_reset_state(), y_true, y_pred)
    np.testing.assert_allclose(metric.stateless_result(values), expected, **CLOSE)
    for variable, value in zip(metric.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


@EVERY_CASE
def test_config(keras, name, arguments, y_true, y_pred):
    metric = getattr(metrics, name)(**arguments, name="mine")
    config = metrics.serialize(metric)
    again = metrics.deserialize(config)
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    np.testing.assert_array_equal(again(y_true, y_pred), metric(y_true, y_pred))
    theirs = keras.metrics.deserialize(config)
    np.testing.assert_allclose(theirs(y_true, y_pred), again.result(), **CLOSE)


@EVERY_CASE
def test_pickle(name, arguments, y_true, y_pred):
    import pickle

    metric = getattr(metrics, name)(**arguments)
    metric.update_state(y_true, y_pred)
    again = pickle.loads(pickle.dumps(metric))
    np.testing.assert_array_equal(again.result(), metric.result())
    assert len(again.variables) == len(metric.variables)


@pytest.mark.parametrize("count", [2, 3, 200])
@pytest.mark.parametrize("even", [True, False])
def test_thresholds_that_predictions_lie_on(keras, count, even):
    """Ties with a threshold go to "no"; 0 and 1 are inside of the outermost thresholds."""
    y_pred = np.array([0.0, 0.5, 0.5, 1.0, 1.0, 0.25], "float32")
    y_true = np.array([0, 1, 0, 1, 0, 1])
    arguments = {"num_thresholds": count} if even else {"thresholds": [0.3, 0.5]}
    ours, theirs = metrics.AUC(**arguments), keras.metrics.AUC(**arguments)
    np.testing.assert_allclose(ours(y_true, y_pred), theirs(y_true, y_pred), **CLOSE)
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("name", ["top_k_categorical_accuracy", "categorical_accuracy"])
def test_functions_keep_the_leading_axes(keras, name):
    rng = np.random.default_rng(0)
    y_true = np.eye(7, dtype="float32")[rng.integers(0, 7, (2, 3))]
    y_pred = rng.uniform(size=(2, 3, 7)).astype("float32")
    ours = getattr(metrics, name)(y_true, y_pred)
    np.testing.assert_array_equal(ours, getattr(keras.metrics, name)(y_true, y_pred))
    assert ours.shape == (2, 3)
