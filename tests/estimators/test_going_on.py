"""Training that goes on: `partial_fit`, `warm_start`, and early stopping, which ends it."""

import numpy as np
import pytest
from sklearn.base import clone

from lamina.estimators import LaminaClassifier, LaminaRegressor

SMALL = {"hidden_layer_sizes": (16,), "learning_rate": 0.03, "epochs": 5, "random_state": 0}


def test_partial_fit_sees_one_class_at_a_time(flowers):
    X, y = flowers
    classifier = LaminaClassifier(**SMALL)
    for i in range(30):
        for name in np.unique(y):
            part = y == name
            classifier.partial_fit(X[part], y[part], classes=np.unique(y) if not i else None)
    assert classifier.score(X, y) > 0.8
    assert classifier.n_iter_ == len(classifier.loss_curve_) == 90


def test_partial_fit_wants_all_classes_at_first_and_no_others_later(flowers):
    X, y = flowers
    classifier = LaminaClassifier(**SMALL)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        classifier.partial_fit(X, y)
    classifier.partial_fit(X[:60], y[:60], classes=["setosa", "versicolor"])
    with pytest.raises(ValueError, match="not the same as on the last call"):
        classifier.partial_fit(X, y, classes=np.unique(y))
    with pytest.raises(ValueError, match=r"(?s)not among the classes.*'virginica'"):
        classifier.partial_fit(X, y)
    with pytest.raises(ValueError, match="'balanced' cannot be used with partial_fit"):
        LaminaClassifier(class_weight="balanced").partial_fit(X, y, classes=np.unique(y))


def test_partial_fit_after_fit_goes_on(flowers):
    X, y = flowers
    classifier = LaminaClassifier(**SMALL).fit(X, y)
    model = classifier.model_
    classifier.partial_fit(X, y)
    assert classifier.model_ is model and classifier.n_iter_ == 6
    assert int(model.optimizer.iterations.numpy()) == 6 * 5  # 150 rows, 32 in a batch


def test_what_came_before_a_fit_does_not_matter(flowers):
    X, y = flowers
    fresh = LaminaClassifier(**SMALL)
    used = LaminaClassifier(**SMALL).partial_fit(X, y, classes=np.unique(y))
    for classifier in (fresh, used):
        classifier.fit(X, y).partial_fit(X, y)
    np.testing.assert_array_equal(fresh.predict_proba(X), used.predict_proba(X))


def test_warm_start_keeps_the_network_and_fit_alone_does_not(flowers):
    X, y = flowers
    classifier = LaminaClassifier(warm_start=True, **SMALL).fit(X, y)
    model = classifier.model_
    classifier.fit(X, y)
    assert classifier.model_ is model and classifier.n_iter_ == 10
    with pytest.raises(ValueError, match="not among the classes"):
        classifier.fit(X, np.where(y == "setosa", "other", y))
    with pytest.raises(ValueError, match="expecting 4 features"):
        classifier.fit(X[:, :2], y)
    classifier.set_params(warm_start=False).fit(X, y)
    assert classifier.model_ is not model and classifier.n_iter_ == 5


def test_early_stopping_keeps_the_best_epoch(flowers):
    X, y = flowers
    settings = SMALL | {"epochs": 300, "learning_rate": 0.3}
    classifier = LaminaClassifier(early_stopping=True, patience=5, **settings).fit(X, y)
    assert classifier.n_iter_ < 300
    assert len(classifier.validation_scores_) == classifier.n_iter_
    assert all(0 <= score <= 1 for score in classifier.validation_scores_)
    assert classifier.score(X, y) > 0.85


def test_early_stopping_of_a_regressor_with_weights(slopes):
    X, y = slopes
    weight = np.linspace(0, 1, len(X))
    regressor = LaminaRegressor(early_stopping=True, **SMALL).fit(X, y, weight)
    assert len(regressor.validation_scores_) == regressor.n_iter_
    assert all(score <= 1 for score in regressor.validation_scores_)


def test_early_stopping_splits_only_the_rows_it_was_given(flowers, monkeypatch):
    X, y = flowers
    seen = []
    monkeypatch.setattr("lamina.estimators.training.train", lambda *args: seen.append(args[1:3]))
    with pytest.raises(AttributeError):  # as the stand-in returns no record
        LaminaClassifier(early_stopping=True, validation_fraction=0.2, **SMALL).fit(X, y)
    ((train, watched),) = seen
    assert (len(train), len(watched)) == (120, 30)
    assert np.bincount(watched.y).tolist() == [10, 10, 10]
    rows = np.concatenate([train.x, watched.x])
    np.testing.assert_allclose(np.sort(rows, axis=0), np.sort(X, axis=0), rtol=1e-6)


def test_early_stopping_is_off_under_twenty_rows(flowers):
    X, y = flowers[0][::10], flowers[1][::10]
    classifier = LaminaClassifier(early_stopping=True, **SMALL)
    with pytest.warns(UserWarning, match="needs at least 20 rows .* there are 15") as caught:
        classifier.fit(X, y)
    assert caught[0].filename == __file__
    assert classifier.n_iter_ == 5 and classifier.validation_scores_ is None


def test_rare_classes_do_not_stop_early_stopping(flowers):
    X, y = flowers[0].copy(), flowers[1].copy()
    y[0] = "alone"
    classifier = LaminaClassifier(early_stopping=True, **SMALL).fit(X, y)
    assert classifier.classes_.tolist()[0] == "alone"


def test_a_failed_fit_leaves_no_network_of_other_classes(flowers):
    X, y = flowers
    classifier = LaminaClassifier(**SMALL).fit(X, y)
    with pytest.raises(ValueError):
        classifier.set_params(epochs=0).fit(X, y)
    assert classifier.score(X, y) > 0  # as before
    clone(classifier)
