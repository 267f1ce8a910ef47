"""Small tables that the tests of estimators share."""

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_regression
from sklearn.preprocessing import StandardScaler


@pytest.fixture
def flowers() -> tuple[np.ndarray, np.ndarray]:
    """Scaled measurements of irises, and names of their kinds."""
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), np.array(["setosa", "versicolor", "virginica"])[y]


@pytest.fixture
def slopes() -> tuple[np.ndarray, np.ndarray]:
    """A linear problem with three targets of unit scale."""
    X, y = make_regression(80, 5, n_targets=3, random_state=0)
    return X, StandardScaler().fit_transform(y)
