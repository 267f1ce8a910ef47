"""What a regressor gives: one number for each row or several."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from lamina.estimators import LaminaRegressor

SMALL = {"hidden_layer_sizes": (32,), "learning_rate": 0.02, "epochs": 60, "random_state": 0}


def test_one_target(slopes):
    X, y = slopes[0], slopes[1][:, 0]
    regressor = LaminaRegressor(**SMALL).fit(X, y)
    assert regressor.score(X, y) > 0.95
    assert regressor.predict(X).shape == (80,)
    assert regressor.predict(X).dtype == np.float64
    assert regressor.n_outputs_ == 1


def test_several_targets(slopes):
    X, y = slopes
    regressor = LaminaRegressor(**SMALL).fit(X, y)
    assert regressor.score(X, y) > 0.95
    assert regressor.predict(X).shape == (80, 3)
    assert regressor.n_outputs_ == 3


def test_more_targets_than_at_first_are_refused(slopes):
    X, y = slopes
    regressor = LaminaRegressor(**SMALL).partial_fit(X, y)
    with pytest.raises(ValueError, match="another number of targets"):
        regressor.partial_fit(X, y[:, :2])


def test_divergence_is_an_error(slopes):
    X, y = slopes
    regressor = LaminaRegressor(optimizer="sgd", learning_rate=1e6, epochs=30)
    with pytest.raises(ValueError, match="Training diverged: the loss is .* in epoch"):
        regressor.fit(X, 1e6 * y)
    with pytest.raises(NotFittedError):
        regressor.predict(X)


def test_it_has_no_class_weights():
    assert "class_weight" not in LaminaRegressor().get_params()


def test_targets_too_large_for_the_dtype_are_refused(slopes):
    X, y = slopes
    with pytest.raises(ValueError, match=r"y contains a value too large for dtype\('float32'\)"):
        LaminaRegressor(**SMALL).fit(X, 1e300 * y)
