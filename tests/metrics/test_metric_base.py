"""The base class: state, tracking, masks, reductions, edges, wrong arguments, names."""

import inspect

import numpy as np
import pytest

import lamina
from lamina import losses, metrics, ops
from lamina.ops.masking import set_keras_mask


class Largest(metrics.Metric):
    def __init__(self, name="largest", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.value = self.add_variable((), "zeros", name="value")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.value.assign(ops.maximum(self.value, ops.max(y_pred)))

    def result(self):
        return self.value


def test_update_result_reset():
    metric = Largest()
    assert float(metric([0.0], [3.0])) == 3
    assert float(metric([0.0], [2.0])) == 3
    metric.reset_state()
    assert float(metric.result()) == 0
    assert metric.variables[0].path == "largest/value"
    assert not metric.variables[0].trainable


@pytest.mark.parametrize(
    ("held", "count"),
    [
        (lambda: lamina.Variable(0.0), 2),
        (lambda: [lamina.Variable(0.0), lamina.Variable(1.0)], 3),
        (lambda: {"a": lamina.Variable(0.0), "b": [lamina.Variable(1.0)]}, 3),
        (Largest, 2),
        (lambda: [Largest(), Largest()], 3),
        (lambda: {"a": Largest(), "b": Largest()}, 3),
    ],
)
def test_tracking(held, count):
    metric = Largest()
    metric.more = held()
    assert len(metric.variables) == count


def test_add_weight_defaults_to_a_zero():
    metric = Largest()
    weight = metric.add_weight(name="w")
    assert (weight.shape, float(weight), weight.name) == ((), 0.0, "w")
    assert metric.add_variable([2, 3], "ones").shape == (2, 3)


def test_super_must_be_called():
    class Hasty(metrics.Metric):
        def __init__(self):
            self.value = self.add_variable((), "zeros")

    with pytest.raises(RuntimeError, match="forgot to call `super"):
        Hasty()


def test_missing_methods():
    with pytest.raises(NotImplementedError, match="update_state"):
        metrics.Metric().update_state()
    with pytest.raises(NotImplementedError, match="result"):
        metrics.Metric().result()


@pytest.mark.parametrize("method", ["stateless_update_state", "stateless_result"])
def test_wrong_number_of_values(method):
    with pytest.raises(ValueError, match="list with length 2"):
        getattr(Largest(), method)([1.0, 2.0])


def test_dtype():
    assert metrics.Mean(dtype="float16").result().dtype == "float16"
    assert metrics.Mean(dtype="mixed_bfloat16").dtype == "bfloat16"
    with pytest.raises(AttributeError):
        metrics.Mean().dtype = "float16"


@pytest.mark.parametrize("cls", [metrics.Mean, metrics.Sum])
@pytest.mark.parametrize(
    ("values", "weights"),
    [
        ([1.0, 3.0, 5.0], None),
        ([1.0, 3.0, 5.0], [1, 0.5, 0]),
        ([[1.0, 3.0], [5.0, 7.0]], None),
        ([[1.0, 3.0], [5.0, 7.0]], [1, 0.5]),
        ([[1.0, 3.0], [5.0, 7.0]], [[1, 0.5], [2, 0]]),
        ([[[1.0, 3.0], [5.0, 7.0]]], [[1, 0.5]]),
        ([[1.0], [5.0]], [1, 0.5]),
        (7.0, None),
        (7.0, 0.5),
    ],
)
def test_mean_and_sum_like_keras(keras, compiled_like_eager, cls, values, weights):
    theirs = getattr(keras.metrics, cls.__name__)()
    values = np.asarray(values, "float32")
    weights = None if weights is None else np.asarray(weights, "float32")
    for _ in range(2):
        theirs.update_state(values, weights)
    ours = cls()
    ours.update_state(values, weights)
    np.testing.assert_allclose(ours(values, weights), theirs.result(), rtol=1e-6)
    if weights is not None and values.ndim:
        compiled_like_eager(cls, values, weights, smaller=1)


def test_masked_predictions_do_not_count():
    y_pred = np.array([[1.0], [2.0], [4.0]], "float32")
    set_keras_mask(y_pred, np.array([True, False, True]))
    y_true = np.zeros((3, 1), "float32")
    assert float(metrics.MeanSquaredError()(y_true, y_pred)) == 8.5
    assert float(metrics.RootMeanSquaredError()(y_true, y_pred)) == np.sqrt(np.float32(8.5))
    assert float(metrics.MeanSquaredError()(y_true, y_pred, [1, 1, 0])) == 1


def test_a_loss_as_a_metric(keras):
    y_true, y_pred = np.zeros((3, 2), "float32"), np.ones((3, 2), "float32")
    metric = metrics.MeanMetricWrapper(losses.MeanSquaredError(reduction="none"), name="m")
    assert float(metric(y_true, y_pred)) == 1
    assert metric._direction == "down"
    again = metrics.deserialize(
        metrics.serialize(metrics.MeanMetricWrapper(losses.huber, delta=2.0))
    )
    assert again._fn is losses.huber
    assert again._fn_kwargs == {"delta": 2.0}


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (metrics.Mean, ()),
        (metrics.Sum, ()),
        (metrics.Precision, ()),
        (metrics.Recall, ()),
        (metrics.AUC, ()),
        (lambda: metrics.AUC(curve="PR"), ()),
        (lambda: metrics.MeanIoU(2), ()),
        (lambda: metrics.SensitivityAtSpecificity(0.5), ()),
        (metrics.RootMeanSquaredError, ()),
        (metrics.BinaryAccuracy, ()),
    ],
)
def test_nothing_seen_gives_zero(make, arguments):
    assert float(make().result()) == 0


def test_undefined_correlation_is_zero():
    constant, line = np.ones((1, 3), "float32"), np.array([[1.0, 2.0, 3.0]], "float32")
    for first, second in [(constant, line), (line, constant), (constant, constant)]:
        assert float(metrics.PearsonCorrelation()(first, second)) == 0


@pytest.mark.parametrize(("y_pred", "score"), [([[2.0]] * 3, 1.0), ([[1.0], [2.0], [3.0]], 0.0)])
def test_r2_of_constant_targets(y_pred, score):
    assert float(metrics.R2Score()([[2.0]] * 3, y_pred)) == score


def test_r2_with_too_many_regressors():
    for regressors, text in [(2, "Division by zero"), (5, "More independent predictors")]:
        metric = metrics.R2Score(num_regressors=regressors)
        metric.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
        with pytest.warns(UserWarning, match=text):
            assert metric.result() == metrics.R2Score()(
                [[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]]
            )


def test_nan_predictions_are_a_no():
    y_pred = np.array([np.nan, 0.9], "float32")
    assert float(metrics.Recall()([1, 1], y_pred)) == 0.5
    assert float(metrics.Recall(thresholds=[0, 0.5, 1])([1, 1], y_pred)[1]) == 0.5


def test_labels_outside_of_the_classes_do_not_count():
    metric = metrics.MeanIoU(2)
    metric.update_state([0, 1, 255, -1, 1], [0, 1, 1, 0, 7])
    assert np.array(metric.total_cm).tolist() == [[1, 0], [0, 1]]


def test_float_weights_need_float_counts():
    with pytest.warns(UserWarning, match="weight as `float`.*casting"):
        metrics.MeanIoU(2)([0, 1], [0, 0], np.array([0.5, 0.5], "float32"))
    metric = metrics.MeanIoU(2, dtype="float32")
    np.testing.assert_allclose(
        metric([0, 1], [0, 0], np.array([0.5, 0.5], "float32")), 0.25, rtol=1e-5
    )


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: metrics.Precision(thresholds=[0.5, 1.5]), r"in \[0, 1\]. Received: \[1.5\]"),
        (lambda: metrics.Precision(thresholds=[None]), r"Received: \[None\]"),
        (lambda: metrics.SensitivityAtSpecificity(-1), "`specificity` must be in the range"),
        (lambda: metrics.RecallAtPrecision(0.5, num_thresholds=0), "integer > 0"),
        (lambda: metrics.AUC(num_thresholds=1), "integer > 1"),
        (lambda: metrics.AUC(curve="RPC"), 'Invalid AUC curve value: "RPC"'),
        (lambda: metrics.AUC(summation_method="mid"), "Invalid AUC summation method value"),
        (lambda: metrics.AUC(num_labels=3), "`num_labels` is needed only"),
        (lambda: metrics.AUC(multi_label=True)([1], [0.5]), "must have rank 2"),
        (lambda: metrics.Recall(class_id=1)([1], [0.5]), "must be a 2D array"),
        (lambda: metrics.F1Score(average="mean"), "Invalid `average`"),
        (lambda: metrics.FBetaScore(beta=1), "Python float"),
        (lambda: metrics.FBetaScore(beta=-1.0), "> 0"),
        (lambda: metrics.F1Score(threshold=1), "Python float"),
        (lambda: metrics.F1Score(threshold=1.5), "0 < threshold <= 1"),
        (lambda: metrics.F1Score()([1], [0.5]), "expects 2D inputs"),
        (lambda: metrics.R2Score()([1.0], [0.5]), "expects 2D inputs"),
        (lambda: metrics.R2Score("mean"), "`class_aggregation`"),
        (lambda: metrics.R2Score(num_regressors=-1), "`num_regressors`"),
        (lambda: metrics.IoU(2, [2]), "Target class id 2 is out of range"),
    ],
)
def test_wrong_arguments(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_get():
    assert metrics.get(None) is None
    for name in ("mse", "MSE", "mean_squared_error", "MeanSquaredError"):
        assert type(metrics.get(name)) is metrics.MeanSquaredError
    assert isinstance(metrics.get("auc"), metrics.AUC)
    assert metrics.get({"class_name": "AUC", "config": {"curve": "PR"}}).curve.value == "PR"
    with pytest.raises(ValueError, match="Did you mean 'binary_accuracy'"):
        metrics.get("binary_acuracy")


def test_names_and_signatures(keras):
    public = {name for name in dir(keras.metrics) if not name.startswith("_")}
    assert set(metrics.__all__) == public
    for name in public - {"get", "serialize", "deserialize"}:
        ours, theirs = (
            [(p.name, p.default, p.kind) for p in inspect.signature(x).parameters.values()]
            for x in (getattr(metrics, name), getattr(keras.metrics, name))
        )
        assert ours == theirs, name


def test_directions_like_keras(keras):
    for name in metrics.__all__:
        cls = getattr(metrics, name)
        if not inspect.isclass(cls):
            continue
        try:
            ours, theirs = cls(), getattr(keras.metrics, name)()
        except TypeError:  # arguments are needed
            continue
        if hasattr(theirs, "_direction"):
            assert ours._direction == theirs._direction, name


def test_stateless_update_from_the_variables_themselves():
    metric = Largest()
    (value,) = metric.stateless_update_state(metric.variables, [0.0], [3.0])
    assert (float(value), float(metric.result())) == (3.0, 0.0)


def test_array_as_initializer():
    start = np.array([1.0, 2.0], "float32")
    assert np.array(Largest().add_variable((2,), start)).tolist() == [1.0, 2.0]
