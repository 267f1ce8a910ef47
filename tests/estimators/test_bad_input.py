"""Errors say what is wrong, in scikit-learn's words where it has them."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from lamina.estimators import LaminaClassifier, LaminaRegressor

SMALL = {"hidden_layer_sizes": (4,), "epochs": 1}


@pytest.mark.parametrize(
    "X",
    [
        np.array([["a", "b"], ["c", "d"]]),
        np.array([["a", 1.0], ["c", 2.0]], dtype=object),
        pd.DataFrame({"colour": ["red", "blue"], "size": [1.0, 2.0]}),
        pd.DataFrame({"colour": pd.Categorical(["red", "blue"]), "size": [1.0, 2.0]}),
        [["1", "b"], ["2", "c"]],
    ],
    ids=["text", "objects", "frame", "categories", "lists"],
)
def test_text_in_X_names_what_reads_text(X):
    for estimator in (LaminaClassifier(), LaminaRegressor()):
        with pytest.raises(ValueError, match=r"(?s)X holds text.*use TabularPreprocessor"):
            estimator.fit(X, [0, 1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_layer_sizes", (0,)),
        ("hidden_layer_sizes", "100"),
        ("activation", 3),
        ("dropout", 1.0),
        ("optimizer", None),
        ("learning_rate", 0),
        ("l2", -1),
        ("batch_size", "some"),
        ("batch_size", 0),
        ("epochs", 0),
        ("epochs", 1.5),
        ("early_stopping", "yes"),
        ("validation_fraction", 1.0),
        ("patience", -1),
        ("class_weight", "even"),
        ("dtype", "float16"),
        ("warm_start", None),
        ("verbose", "much"),
        ("build", 3),
    ],
)
def test_parameters_are_checked_when_training_begins(flowers, name, value):
    classifier = LaminaClassifier(**{name: value})  # stores whatever it is given
    with pytest.raises(ValueError, match=f"(?s)LaminaClassifier: `{name}` cannot .*required: "):
        classifier.fit(*flowers)


def test_close_names_are_suggested(flowers):
    with pytest.raises(ValueError, match="unknown activation 'rleu'. Did you mean 'relu'"):
        LaminaClassifier(activation="rleu").fit(*flowers)
    with pytest.raises(ValueError, match="unknown optimizer 'adma'. Did you mean .*'adam'"):
        LaminaClassifier(optimizer="adma").fit(*flowers)


def test_messages_of_scikit_learn(flowers):
    X, y = flowers
    classifier = LaminaClassifier(**SMALL)
    with pytest.raises(NotFittedError):
        classifier.predict(X)
    with pytest.raises(ValueError, match="contains NaN"):
        classifier.fit(np.where(X > 1, np.nan, X), y)
    with pytest.raises(ValueError, match="infinity or a value too large for dtype"):
        classifier.fit(X * 1e300, y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        classifier.fit(X, y[:-1])
    with pytest.raises(ValueError, match="Expected 2D array"):
        classifier.fit(X[0], y)
    with pytest.raises(TypeError, match="Sparse data was passed"):
        classifier.fit(sparse.csr_array(X), y)
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        classifier.fit(X, X[:, 0])
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        classifier.fit(X, y, -np.ones(len(y)))
    with pytest.raises(ValueError, match="expecting 4 features"):
        classifier.fit(X, y).predict(X[:, :3])
    with pytest.raises(ValueError, match="not in class_weight"):
        classifier.set_params(class_weight={"rose": 2.0}).fit(X, y)


def test_too_few_classes(flowers):
    X, y = flowers
    with pytest.raises(ValueError, match=r"(?s)only one class here.*'setosa'"):
        LaminaClassifier(**SMALL).fit(X[:20], y[:20])
    with pytest.raises(ValueError, match=r"(?s)only one class here.*weight 0"):
        LaminaClassifier(**SMALL).fit(X, y, (y == "setosa").astype(float))
    with pytest.raises(ValueError, match="at least one non-zero"):
        LaminaClassifier(**SMALL).fit(X, y, np.zeros(len(y)))


def run(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_scikit_learn_is_loaded_when_it_is_used_and_missed_by_name():
    assert run("import lamina.estimators, sys; print('sklearn' in sys.modules)") == "False"
    text = run(
        "import sys\nsys.modules['sklearn'] = None\n"
        "sys.modules['sklearn.base'] = None\nimport lamina\n"
        "try:\n    lamina.LaminaClassifier\nexcept ImportError as e:\n    print(e)\n"
        "try:\n    from lamina import LaminaRegressor\nexcept ImportError as e:\n    print(e)"
    )
    assert text.count('pip install "lamina[tables]"') == 2
    assert "lamina.LaminaClassifier needs the package 'scikit-learn'" in text
