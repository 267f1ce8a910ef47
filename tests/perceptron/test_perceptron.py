"""The perceptron of the lecture: the coffee example, the gates, the log, and honest endings."""

import numpy as np
import pytest

from lamina.base.errors import ArgumentError, NotBuiltError, ShapeError
from lamina.perceptron import Perceptron

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "nand": [1, 1, 1, 0]}
XOR = [0, 1, 1, 0]


def test_coffee_example() -> None:
    coffee = Perceptron(weights=(0.5, 0.7, 0.6), bias=2, threshold=6)
    assert coffee.weighted_sum((2, 3, 1)) == pytest.approx(5.7)
    assert coffee.predict((2, 3, 1)) == 0  # does not like coffee
    assert coffee.predict((8, 7, 6)) == 1
    assert coffee.explain((2, 3, 1)) == (
        "S = 2*0.5 + 3*0.7 + 1*0.6 + 2 = 5.7\n5.7 <= 6 (threshold), so the output is 0"
    )


def test_output_is_zero_at_the_threshold_itself() -> None:
    assert Perceptron(weights=(1,), threshold=1).predict([[1], [1.0001]]).tolist() == [0, 1]


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("threshold", [0.0, 1.5])
def test_gates_are_learned(gate: str, threshold: float) -> None:
    perceptron = Perceptron(threshold=threshold)
    learning = perceptron.fit(INPUTS, GATES[gate])
    assert learning.converged and learning.separable is True
    assert perceptron.predict(INPUTS).tolist() == GATES[gate]
    assert learning.wrong_rows[-1] == 0 and 0 not in learning.wrong_rows[:-1]
    assert sum(learning.wrong_rows) == len(learning.updates)


def test_every_update_follows_from_the_one_before() -> None:
    learning = Perceptron(weights=(0.3, -0.2), bias=0.1, learning_rate=0.5).fit(
        INPUTS, GATES["and"]
    )
    weights, bias = np.array([0.3, -0.2]), 0.1
    for update in learning.updates:
        assert np.array_equal(update.weights_before, weights) and update.bias_before == bias
        assert update.output == int(update.inputs @ weights + bias > 0)
        assert update.target == GATES["and"][update.row] == update.output + update.error
        weights = weights + 0.5 * update.error * INPUTS[update.row]
        bias = bias + 0.5 * update.error
        assert np.array_equal(update.weights, weights) and update.bias == bias
    assert np.array_equal(learning.weights, weights) and learning.bias == bias


def test_log_as_text() -> None:
    learning = Perceptron().fit(INPUTS, GATES["or"])
    assert str(learning).splitlines()[0] == (
        "epoch 1, row 1 (0, 1): output 0, wanted 1, error +1: w (0, 0) -> (0, 1), b 0 -> 1"
    )
    assert str(learning).splitlines()[-1].startswith("learned: every row is right after")


def test_xor_says_that_it_is_not_separable_and_why() -> None:
    learning = Perceptron().fit(INPUTS, XOR, epochs=10_000)
    assert not learning.converged and learning.separable is False
    assert learning.epochs < 10  # it noticed that the weights repeat
    assert learning.reason == (
        "not linearly separable: 1/2*row 1 + 1/2*row 2 (class 1) = 1/2*row 0 + 1/2*row 3 (class 0) "
        "= (0.5, 0.5), a point that cannot lie on both sides of a line. Stopped because the "
        "weights after pass 3 have occurred before, so the rule would go round for ever."
    )


def test_limit_reached_on_separable_data_is_not_called_inseparable() -> None:
    learning = Perceptron().fit(INPUTS, GATES["and"], epochs=2)
    assert not learning.converged and learning.separable is True
    assert "the limit of 2 passes was reached" in learning.reason
    assert "linearly separable" in learning.reason and "more epochs" in learning.reason


def test_fit_goes_on_from_the_weights_it_has() -> None:
    perceptron = Perceptron()
    first = perceptron.fit(INPUTS, GATES["nand"], epochs=2)
    second = perceptron.fit(INPUTS, GATES["nand"])
    assert second.converged
    whole = Perceptron().fit(INPUTS, GATES["nand"])
    assert len(first.updates) + len(second.updates) == len(whole.updates)


def test_iris_one_species_against_the_others() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from lamina.datasets import iris

    (x, y), (x_test, y_test) = iris.load_data()
    setosa = Perceptron()
    assert setosa.fit(x, y == 0).converged
    assert np.array_equal(setosa.predict(x_test), (y_test == 0).astype(int))
    versicolor = Perceptron().fit(x, y == 1, epochs=50)
    assert versicolor.separable is False


@pytest.mark.parametrize(
    "arguments,text",
    [
        ({"weights": [[1, 2]]}, "`weights` must be a row of numbers"),
        ({"weights": ["a"]}, "`weights` must be numbers"),
        ({"bias": float("nan")}, "`bias` must be finite"),
        ({"learning_rate": 0}, "`learning_rate` must be positive"),
    ],
)
def test_bad_settings(arguments: dict, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        Perceptron(**arguments)


@pytest.mark.parametrize(
    "x,y,text",
    [
        ([[1, 2]], [0, 1], "do not fit together"),
        ([], [], "do not fit together"),
        ([[1, 2]], [2], "0 and 1 only"),
        ([[1, float("inf")]], [1], "`x` must be finite"),
        ([["a", "b"]], [1], "`x` must be numbers"),
    ],
)
def test_bad_data(x: list, y: list, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        Perceptron().fit(x, y)


def test_other_misuse() -> None:
    with pytest.raises(NotBuiltError, match="no weights yet"):
        Perceptron().predict((1, 2))
    with pytest.raises(ShapeError, match=r"Perceptron with 2 weights"):
        Perceptron(weights=(1, 2)).predict((1, 2, 3))
    with pytest.raises(ShapeError, match="one row"):
        Perceptron(weights=(1, 2)).explain([[1, 2]])
    with pytest.raises(ArgumentError, match="`epochs`"):
        Perceptron().fit(INPUTS, XOR, epochs=0)
