"""The numbers of `explain.trace` are the engine's, and agree with finite differences."""

from __future__ import annotations

import json

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.base.errors import ArgumentError


@pytest.fixture
def model():
    lamina.utils.set_random_seed(0)
    net = lamina.Sequential(
        [
            layers.Input((3,)),
            layers.Dense(4, activation="tanh", name="hidden"),
            layers.Dropout(0.5),
            layers.Dense(2, activation="softmax", name="head"),
        ]
    )
    net.compile(lamina.optimizers.SGD(0.1), "categorical_crossentropy")
    return net


X, Y = np.array([0.5, -1.0, 2.0], "float32"), np.array([0.0, 1.0], "float32")


def loss_of(model) -> float:
    return float(model.evaluate(X[None], Y[None], verbose=0))


def test_values_are_those_of_the_model(model):
    row = lamina.explain.trace(model, X, Y)
    hidden = row.layer("hidden")
    kernel, bias = model.layers[0].get_weights()
    np.testing.assert_allclose(hidden.weighted_sum, X @ kernel + bias, rtol=1e-6)
    np.testing.assert_allclose(hidden.outputs, np.tanh(X @ kernel + bias), rtol=1e-6)
    np.testing.assert_allclose(row.prediction, model.predict(X[None], verbose=0)[0], rtol=1e-6)
    assert row.loss == pytest.approx(loss_of(model), rel=1e-6)


@pytest.mark.parametrize("where", [("hidden", 0, 1), ("hidden", 2, 3), ("head", 1, 0)])
def test_gradient_is_that_of_finite_differences(model, where):
    weight = lamina.explain.trace(model, X, Y).weight(*where)
    variable = model.get_layer(where[0]).kernel
    start, step = np.array(variable), 1e-2
    losses = []
    for sign in (1, -1):
        moved = start.copy()
        moved[where[1:]] += sign * step
        variable.assign(moved)
        losses.append(loss_of(model))
    variable.assign(start)
    assert weight.gradient == pytest.approx(
        (losses[0] - losses[1]) / (2 * step), rel=2e-2, abs=1e-4
    )


@pytest.mark.parametrize("name, index", [("hidden", (0, 1)), ("head", (3, 1))])
def test_factors_multiply_to_the_gradient(model, name, index):
    weight = lamina.explain.trace(model, X, Y).weight(name, *index)
    assert np.prod(list(weight.factors.values())) == pytest.approx(weight.gradient, rel=1e-4)
    assert weight.updated == pytest.approx(weight.value - 0.1 * weight.gradient, rel=1e-5)


def test_nothing_is_changed(model):
    before = model.get_weights()
    lamina.explain.trace(model, X, Y)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_reports(model):
    row = lamina.explain.trace(model, X, Y)
    text = row.to_text()
    assert "hidden (Dense)" in text and "dL/dz" in text
    json.dumps(row.to_dict())
    html = row.to_html()
    assert "<table" in html and "<script" not in html


def test_a_name_cannot_inject_html():
    net = lamina.Sequential([layers.Input((2,)), layers.Dense(1, name="<img onerror=x>")])
    net.compile("sgd", "mse")
    html = lamina.explain.trace(net, np.ones(2), np.ones(1)).to_html()
    assert "<img" not in html and "&lt;img" in html


def test_wrong_requests_teach(model):
    row = lamina.explain.trace(model, X, Y)
    with pytest.raises(ArgumentError, match="hiden.*Did you mean 'hidden'"):
        row.weight("hiden", 0, 0)
    with pytest.raises(ArgumentError, match="no element"):
        row.weight("hidden", 9, 0)
    with pytest.raises(ArgumentError, match="one row"):
        lamina.explain.trace(model, np.ones((5, 3)), Y)
