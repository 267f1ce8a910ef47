"""What a classifier gives: classes, probabilities, weights that count, records of training."""

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_sample_weight

import lamina
from lamina.estimators import LaminaClassifier

SMALL = {"hidden_layer_sizes": (16,), "learning_rate": 0.03, "epochs": 20, "random_state": 0}


def test_it_learns_classes_with_names(flowers):
    X, y = flowers
    classifier = LaminaClassifier(**SMALL).fit(X, y)
    assert classifier.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert classifier.score(X, y) > 0.9
    assert classifier.predict(X).dtype == classifier.classes_.dtype
    assert isinstance(classifier.model_, lamina.Model)
    assert classifier.n_features_in_ == 4
    assert classifier.n_iter_ == len(classifier.loss_curve_) == 20
    assert classifier.loss_curve_[-1] < classifier.loss_curve_[0]
    assert classifier.validation_scores_ is None


def test_probabilities_are_double_and_sum_to_one(flowers):
    X, y = flowers
    classifier = LaminaClassifier(**SMALL).fit(X, y)
    found = classifier.predict_proba(X)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_array_equal(classifier.classes_[found.argmax(axis=1)], classifier.predict(X))
    np.testing.assert_allclose(classifier.predict_log_proba(X), np.log(found))
    np.testing.assert_allclose(found, classifier.model_.predict(X, verbose=0), atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_network_computes_in_the_dtype(flowers, dtype):
    X, y = flowers
    classifier = LaminaClassifier(dtype=dtype, **SMALL).fit(X, y)
    assert {str(w.dtype) for w in classifier.model_.trainable_weights} == {dtype}
    assert np.isfinite(classifier.predict_proba(X)).all()


def test_double_precision_sees_all_digits_of_the_data():
    X = np.ones((30, 1))
    X[::2] += 1e-9  # single precision cannot tell these rows apart
    X = np.hstack([X, np.zeros((30, 1))])
    y = np.arange(30) % 2
    classifier = LaminaClassifier((), epochs=2, dtype="float64", random_state=0).fit(X, y)
    classifier.model_.set_weights([np.array([[1e9, 0], [0, 0]]), np.array([-1e9 - 0.5, 0])])
    np.testing.assert_array_equal(classifier.predict(X), y)


def test_a_seed_repeats_training_and_none_does_not(flowers):
    X, y = flowers
    settings = SMALL | {"dropout": 0.2, "epochs": 3}
    first, second = (LaminaClassifier(**settings).fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    settings["random_state"] = None
    third, fourth = (LaminaClassifier(**settings).fit(X, y).predict_proba(X) for _ in range(2))
    assert (third != fourth).any()


def test_training_leaves_the_global_generators_alone(flowers):
    X, y = flowers
    lamina.utils.set_random_seed(5)
    expected = lamina.random.normal((3,))
    lamina.utils.set_random_seed(5)
    LaminaClassifier(**SMALL).fit(X, y)
    np.testing.assert_array_equal(lamina.random.normal((3,)), expected)


def test_a_weight_of_zero_is_no_row(flowers):
    X, y = flowers
    weight = np.ones(len(y))
    weight[::3] = 0
    kept = weight > 0
    settings = SMALL | {"epochs": 5}
    with_weights = LaminaClassifier(**settings).fit(X, y, weight).predict_proba(X)
    without = LaminaClassifier(**settings).fit(X[kept], y[kept]).predict_proba(X)
    np.testing.assert_array_equal(with_weights, without)


def test_balanced_weights_are_those_of_scikit_learn(flowers):
    X, y = flowers[0][:90], flowers[1][:90]
    settings = SMALL | {"epochs": 4, "dtype": "float64", "batch_size": None}
    balanced = LaminaClassifier(class_weight="balanced", **settings).fit(X, y)
    weighted = LaminaClassifier(**settings).fit(X, y, compute_sample_weight("balanced", y))
    np.testing.assert_allclose(balanced.predict_proba(X), weighted.predict_proba(X), rtol=1e-9)


def test_class_weights_multiply_sample_weights(flowers):
    X, y = flowers
    factors = {"setosa": 3.0, "versicolor": 1.0, "virginica": 0.5}
    sample = np.linspace(0.5, 2, len(y))
    settings = SMALL | {"epochs": 4, "dtype": "float64", "batch_size": None}
    first = LaminaClassifier(class_weight=factors, **settings).fit(X, y, sample)
    second = LaminaClassifier(**settings).fit(X, y, sample * [factors[name] for name in y])
    np.testing.assert_allclose(first.predict_proba(X), second.predict_proba(X), rtol=1e-9)


def test_a_penalty_makes_weights_smaller(flowers):
    X, y = flowers
    sizes = []
    for penalty in (0.0, 0.1):
        classifier = LaminaClassifier(l2=penalty, **SMALL).fit(X, y)
        sizes.append(sum(float((w.numpy() ** 2).sum()) for w in classifier.model_.weights[::2]))
    assert sizes[1] < 0.5 * sizes[0]


def test_names_of_columns_are_kept_and_compared(flowers):
    X = pd.DataFrame(flowers[0], columns=list("abcd"))
    classifier = LaminaClassifier(**SMALL | {"epochs": 2}).fit(X, flowers[1])
    assert classifier.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(X.rename(columns={"a": "z"}))


def test_no_hidden_layer_and_several(flowers):
    X, y = flowers
    assert len(LaminaClassifier((), epochs=1).fit(X, y).model_.weights) == 2
    assert len(LaminaClassifier((4, 3), epochs=1).fit(X, y).model_.weights) == 6
    assert len(LaminaClassifier(5, epochs=1).fit(X, y).model_.weights) == 4


def test_an_optimizer_is_not_changed_by_training(flowers):
    X, y = flowers
    optimizer = lamina.optimizers.SGD(0.1, momentum=0.9)
    classifier = LaminaClassifier((8,), epochs=2, optimizer=optimizer).fit(X, y)
    assert classifier.optimizer is optimizer and not optimizer.built
    assert classifier.model_.optimizer is not optimizer
    assert classifier.model_.optimizer.momentum == 0.9
    schedule = lamina.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    fitted = LaminaClassifier((8,), epochs=2, optimizer="sgd", learning_rate=schedule).fit(X, y)
    assert float(fitted.model_.optimizer.learning_rate) < 0.1
