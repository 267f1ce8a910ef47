"""Pipelines, searches, calibration, copies: what people put around an estimator."""

import copy
import pickle

import builders
import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lamina
from lamina.base import config
from lamina.estimators import LaminaClassifier, LaminaRegressor, workers

SMALL = {"hidden_layer_sizes": (16,), "learning_rate": 0.03, "epochs": 10, "random_state": 0}


def copied(estimator, way, folder):
    if way == "deepcopy":
        return copy.deepcopy(estimator)
    if way == "pickle":
        return pickle.loads(pickle.dumps(estimator))
    joblib.dump(estimator, folder / "estimator.joblib")
    return joblib.load(folder / "estimator.joblib")


@pytest.mark.parametrize("way", ["deepcopy", "pickle", "joblib"])
def test_copies_predict_the_same_and_go_on_the_same(flowers, way, tmp_path):
    X, y = flowers
    classifier = LaminaClassifier(dtype="float64", dropout=0.1, **SMALL).fit(X, y)
    other = copied(classifier, way, tmp_path)
    assert other.model_ is not classifier.model_
    np.testing.assert_array_equal(other.predict_proba(X), classifier.predict_proba(X))
    assert other.loss_curve_ == classifier.loss_curve_
    for estimator in (classifier, other):
        estimator.partial_fit(X, y)
    np.testing.assert_array_equal(other.predict_proba(X), classifier.predict_proba(X))


def test_a_pickle_holds_a_keras_file_and_no_code(flowers, tmp_path):
    state = LaminaClassifier(**SMALL).fit(*flowers).__getstate__()
    assert "model_" not in state
    (tmp_path / "model.keras").write_bytes(state["_stored_model"]["content"])
    model = lamina.saving.load_model(tmp_path / "model.keras")
    assert model.output_shape == (None, 3)


def test_a_copy_of_an_unfitted_estimator(tmp_path):
    for way in ("deepcopy", "pickle", "joblib"):
        assert copied(LaminaClassifier(**SMALL), way, tmp_path).get_params()["epochs"] == 10


def test_clone_takes_parameters_only(flowers):
    classifier = LaminaClassifier(optimizer=lamina.optimizers.SGD(0.1), **SMALL).fit(*flowers)
    other = clone(classifier)
    assert not hasattr(other, "model_")
    assert other.get_params().keys() == classifier.get_params().keys()
    assert float(other.optimizer.learning_rate) == pytest.approx(0.1)


def test_pipeline_and_scores(flowers, slopes):
    X, y = flowers
    pipeline = make_pipeline(StandardScaler(), LaminaClassifier(**SMALL))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.8
    X, y = slopes
    regressor = TransformedTargetRegressor(LaminaRegressor(**SMALL), transformer=StandardScaler())
    assert regressor.fit(X, 1000 * y).score(X, 1000 * y) > 0.7


def test_calibration(flowers):
    X, y = flowers
    calibrated = CalibratedClassifierCV(LaminaClassifier(**SMALL), cv=2).fit(X, y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    assert calibrated.score(X, y) > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_grid_search_in_two_jobs(flowers, backend):
    X, y = flowers
    search = GridSearchCV(
        LaminaClassifier(build=builders.two_layers, random_state=0, learning_rate=0.03),
        {"build__units": [4, 16], "epochs": [2, 12]},
        cv=2,
        n_jobs=2,
    )
    with joblib.parallel_backend(backend):
        search.fit(X, y)
    assert search.best_params_["epochs"] == 12
    one = clone(search).set_params(n_jobs=None).fit(X, y)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"]
    )


def test_one_thread_in_workers(monkeypatch):
    monkeypatch.setenv("LAMINA_NUM_THREADS", "")
    config.set_num_threads(4)
    with workers.one_thread_in_workers():
        assert config.num_threads() == 4
    monkeypatch.setattr(workers, "in_worker", lambda: True)
    with workers.one_thread_in_workers():
        assert config.num_threads() == 1
    assert config.num_threads() == 4
    monkeypatch.setenv("LAMINA_NUM_THREADS", "3")
    with workers.one_thread_in_workers():
        assert config.num_threads() == 4


def test_workers_know_what_they_are():
    assert not workers.in_worker()
    assert joblib.Parallel(n_jobs=2)(joblib.delayed(workers.in_worker)() for _ in range(2)) == [
        True,
        True,
    ]
