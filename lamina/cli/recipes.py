"""For each dataset of `lamina train`: how its numbers are scaled, which network, how long to train.

Scaling is part of the network, so the saved file takes raw rows.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina import layers, models


@dataclass(frozen=True)
class Recipe:
    """What `train` does with one dataset.

    Attributes:
        epochs: the most passes over the training rows.
        patience: stop after so many passes without a better validation loss.
        units: of each hidden layer.
        dropout: share of the first hidden layer's outputs dropped in training.
        brightest: value of the brightest pixel, for pictures; None for tables.
    """

    epochs: int
    patience: int
    units: tuple[int, ...]
    dropout: float
    brightest: int | None = None


RECIPES = {
    "digits": Recipe(epochs=60, patience=8, units=(128, 64), dropout=0.2, brightest=16),
    "iris": Recipe(epochs=300, patience=30, units=(32, 16), dropout=0.0),
    "wine": Recipe(epochs=200, patience=20, units=(32, 16), dropout=0.2),
    "breast_cancer": Recipe(epochs=100, patience=15, units=(64, 32), dropout=0.3),
    "mnist": Recipe(epochs=20, patience=3, units=(256, 128), dropout=0.2, brightest=255),
    "fashion_mnist": Recipe(epochs=30, patience=4, units=(256, 128), dropout=0.2, brightest=255),
}


def is_dataset(name: str) -> bool:
    """Whether a word names a dataset, or at least no file.

    Args:
        name: what was given to `lamina train`.
    """
    return name in RECIPES or not (name == "-" or "." in name or Path(name).exists())


def build_network(recipe: Recipe, x_train: np.ndarray, classes: int) -> Any:
    """The network for a dataset, not compiled.

    Args:
        recipe: what to build.
        x_train: (rows, ...); tables are normalised by the statistics of these rows.
        classes: how many; two give one sigmoid output, more a softmax.
    Returns:
        A `Sequential` model that takes raw rows.
    """
    network = models.Sequential([layers.Input(shape=x_train.shape[1:])])
    if recipe.brightest is None:
        normalization = layers.Normalization()
        normalization.adapt(x_train)
        network.add(normalization)
    else:
        network.add(layers.Rescaling(1 / recipe.brightest))
        network.add(layers.Flatten())
    for number, units in enumerate(recipe.units):
        network.add(layers.Dense(units, activation="relu"))
        if number == 0 and recipe.dropout:
            network.add(layers.Dropout(recipe.dropout))
    if classes == 2:
        network.add(layers.Dense(1, activation="sigmoid"))
    else:
        network.add(layers.Dense(classes, activation="softmax"))
    return network
