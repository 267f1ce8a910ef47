"""A small model and its data, the same every time."""

import numpy as np
import pytest

import lamina
from lamina import layers


@pytest.fixture
def data():
    draw = np.random.default_rng(0)
    return draw.normal(size=(40, 3)).astype("float32"), draw.normal(size=(40, 1)).astype("float32")


@pytest.fixture
def make_model():
    def make(optimizer="adam", **arguments):
        lamina.utils.set_random_seed(7)
        model = lamina.Sequential(
            [
                layers.Input((3,)),
                layers.Dense(4, activation="relu"),
                layers.Dense(1),
            ]
        )
        model.compile(optimizer, "mse", metrics=["mae"], **arguments)
        return model

    return make


class StandIn:
    """What callbacks need of a model, without layers."""

    def __init__(self, optimizer=None):
        self.optimizer = optimizer
        self.stop_training = False
        self.metrics = []
        self.weights = [np.zeros(2)]
        self.saved = []
        self.built = True

    def get_weights(self):
        return [w.copy() for w in self.weights]

    def set_weights(self, weights):
        self.weights = [w.copy() for w in weights]

    def save(self, path, overwrite=True):
        self.saved.append(path)

    def save_weights(self, path, overwrite=True):
        self.saved.append(path)


@pytest.fixture
def stand_in():
    return StandIn
