"""scikit-learn's own checks: everything in double precision with all rows at once, and else
everything but the one check that repeats rows, which minibatches and rounding cannot pass."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from lamina.estimators import LaminaClassifier, LaminaRegressor, TabularPreprocessor

ROWS_REPEATED = {
    "check_sample_weight_equivalence_on_dense_data": "minibatches or single precision: a row "
    "given twice is not exactly a row of weight two"
}
SMALL = {"hidden_layer_sizes": (16,), "learning_rate": 0.03, "epochs": 30}


def estimators(**parameters: Any) -> list:
    return [LaminaClassifier(**parameters), LaminaRegressor(**parameters)]


@parametrize_with_checks(estimators(dtype="float64", batch_size=None, **SMALL))
def test_all_checks_in_double_precision_with_all_rows_at_once(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(estimators(dtype="float64", batch_size="all"))
def test_all_checks_with_defaults_but_for_dtype_and_batch(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        *estimators(dtype="float64", batch_size=8, **SMALL),
        *estimators(dtype="float32", batch_size="all", **SMALL),
        *estimators(dtype="float32", batch_size=8, **SMALL),
    ],
    expected_failed_checks=lambda estimator: ROWS_REPEATED,
    xfail_strict=True,
)
def test_all_checks_but_one_otherwise(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    estimators(),
    expected_failed_checks=lambda estimator: ROWS_REPEATED,
    xfail_strict=True,
)
def test_checks_with_defaults(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    estimators(
        dtype="float64", batch_size="all", dropout=0.1, l2=1e-4, optimizer="rmsprop", **SMALL
    ),
    expected_failed_checks=lambda estimator: ROWS_REPEATED,
    xfail_strict=True,
)
def test_checks_with_dropout_and_penalty(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    estimators(early_stopping=True, patience=3, **SMALL),
    expected_failed_checks=lambda estimator: ROWS_REPEATED,
    xfail_strict=True,
)
@pytest.mark.filterwarnings("ignore:early_stopping is off:UserWarning")
def test_checks_with_early_stopping(estimator, check):
    check(estimator)


@parametrize_with_checks([TabularPreprocessor()])
def test_all_checks_of_the_preprocessor(estimator, check):
    check(estimator)
