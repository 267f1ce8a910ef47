"""Networks of the user's own, and their keywords as parameters of the estimator."""

import copy

import builders
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lamina.estimators import LaminaClassifier, LaminaRegressor

SMALL = {"learning_rate": 0.03, "epochs": 20, "random_state": 0}


def test_a_builder_that_leaves_compiling_to_the_estimator(flowers, slopes):
    X, y = flowers
    assert LaminaClassifier(build=builders.two_layers, **SMALL).fit(X, y).score(X, y) > 0.9
    X, y = slopes
    regressor = LaminaRegressor(build=builders.two_layers, **SMALL).fit(X, y)
    assert regressor.predict(X).shape == y.shape


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", "sparse_categorical_crossentropy", "mse"]
)
def test_a_builder_that_compiles_with_any_loss(flowers, loss):
    X, y = flowers
    classifier = LaminaClassifier(build=builders.compiled, epochs=20, random_state=0)
    classifier.set_params(build__loss=loss).fit(X, y)
    assert classifier.score(X, y) > 0.9
    assert classifier.model_.loss == loss
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1)


def test_logits_become_probabilities(flowers):
    X, y = flowers
    classifier = LaminaClassifier(build=builders.logits, epochs=20, random_state=0).fit(X, y)
    found = classifier.predict_proba(X)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(classifier.classes_[found.argmax(axis=1)], classifier.predict(X))


def test_outputs_that_are_no_probabilities_are_not_passed_off_as_such(flowers):
    X, y = flowers
    classifier = LaminaClassifier(build=builders.compiled, epochs=1)
    classifier.set_params(build__loss="mse", build__last=None).fit(X, y)
    assert set(classifier.predict(X)) <= set(y)
    with pytest.raises(ValueError, match="no probabilities"):
        classifier.predict_proba(X)


def test_keywords_are_parameters():
    classifier = LaminaClassifier(build=builders.two_layers)
    assert classifier.get_params()["build__units"] == 8
    assert "build__units" not in classifier.get_params(deep=False)
    classifier.set_params(build__units=16)
    assert classifier.get_params()["build__units"] == 16
    assert classifier.get_params()["build__rate"] == 0.0
    assert LaminaClassifier(build=builders.two_layers).get_params()["build__units"] == 8
    for other in (clone(classifier), copy.deepcopy(classifier)):
        assert other.get_params()["build__units"] == 16
    assert clone(classifier).set_params(build__units=4).get_params()["build__units"] == 4
    assert classifier.get_params()["build__units"] == 16
    classifier.set_params(build=builders.logits)
    assert not [name for name in classifier.get_params() if name.startswith("build__")]
    classifier.set_params(build__rate=0.5, build=builders.two_layers)  # in either order
    assert classifier.get_params()["build__rate"] == 0.5


def test_unknown_keywords_are_refused():
    with pytest.raises(ValueError, match="'build__unit': .* Did you mean 'units'"):
        LaminaClassifier(build=builders.two_layers).set_params(build__unit=3)
    with pytest.raises(ValueError, match="belong to a builder, but there is none"):
        LaminaClassifier().set_params(build__units=3)


def test_a_grid_over_keywords(flowers):
    X, y = flowers
    search = GridSearchCV(
        LaminaClassifier(build=builders.two_layers, **SMALL | {"epochs": 4}),
        {"build__units": [1, 12]},
        cv=2,
    ).fit(X, y)
    assert search.best_params_ == {"build__units": 12}
    assert search.best_estimator_.model_.weights[0].shape == (4, 12)


def test_what_a_builder_is_told(flowers):
    X, y = flowers
    noted = builders.Noted()
    classifier = LaminaClassifier((7,), build=noted, epochs=1, random_state=0, dtype="float64")
    classifier.fit(X, y)
    (meta,) = noted.metas
    assert (meta.task, meta.n_features, meta.n_outputs) == ("classification", 4, 3)
    assert meta.classes == ("setosa", "versicolor", "virginica")
    assert meta.dtype == "float64" and meta.parameters["hidden_layer_sizes"] == (7,)
    assert classifier.get_params()["build__units"] == 4


def test_a_seed_repeats_what_a_builder_draws(flowers):
    X, y = flowers
    first, second = (
        LaminaClassifier(build=builders.two_layers, epochs=2, random_state=3)
        .set_params(build__rate=0.3)
        .fit(X, y)
        .predict_proba(X)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_a_wrong_width_is_found_before_training(flowers, slopes, monkeypatch):
    monkeypatch.setattr("lamina.estimators.training.train", lambda *_: pytest.fail("trained"))
    with pytest.raises(ValueError, match=r"(?s)one output for each class.*\(None, 4\)"):
        LaminaClassifier(build=builders.too_wide).fit(*flowers)
    with pytest.raises(ValueError, match=r"(?s)one output for each target.*\(None, 3\)"):
        LaminaRegressor(build=builders.too_wide).fit(*slopes)
    with pytest.raises(TypeError, match=r"(?s)must return a Lamina model.*str"):
        LaminaClassifier(build=builders.no_model).fit(*flowers)
