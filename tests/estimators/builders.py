"""Builders that tests, and the worker processes that they start, can import."""

import lamina
from lamina import layers


def two_layers(meta, units=8, rate=0.0):
    """A network that is left to the estimator to compile."""
    last = "softmax" if meta.task == "classification" else None
    return lamina.Sequential(
        [
            layers.Input((meta.n_features,), dtype=meta.dtype),
            layers.Dense(units, "relu", dtype=meta.dtype),
            layers.Dropout(rate, dtype=meta.dtype),
            layers.Dense(meta.n_outputs, last, dtype=meta.dtype),
        ]
    )


def compiled(meta, loss="categorical_crossentropy", last="softmax"):
    """A network with a loss of its own, whose layers wait for data to know their width."""
    model = lamina.Sequential(
        [layers.Dense(16, "tanh"), layers.Dense(meta.n_outputs, activation=last)]
    )
    model.compile(lamina.optimizers.Adam(0.03), loss)
    return model


def logits(meta):
    """A network whose outputs come before the softmax."""
    loss = lamina.losses.CategoricalCrossentropy(from_logits=True)
    return compiled(meta, loss, last=None)


def too_wide(meta):
    return lamina.Sequential([layers.Input((meta.n_features,)), layers.Dense(meta.n_outputs + 1)])


def no_model(meta):
    return "a model"


class Noted:
    """A builder that is an object, and says what it was told."""

    def __init__(self):
        self.metas = []

    def __call__(self, meta, units=4):
        self.metas.append(meta)
        return two_layers(meta, units)
