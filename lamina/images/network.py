"""The network for pictures: blocks of convolution, each half as wide as the one before, and a sum.

It takes raw pixels from 0 to 255, so that its file needs nothing beside it, and it is as large as
the pictures are many: few pictures cannot fill many weights.
"""

from __future__ import annotations

import math
from typing import Any

from lamina import initializers, layers, models

_FEW = 5_000  # pictures below which the first block has 16 filters, else 32
_MOST_FILTERS = 128
_FLAT = 64  # cells up to which the last block's places are told apart


def choose_filters(size: tuple[int, int], pictures: int) -> tuple[int, ...]:
    """Filters of each block, so that about four cells a side are left.

    Args:
        size: height and width of the pictures.
        pictures: that are learned from.
    Example:
        >>> choose_filters((28, 28), 2000), choose_filters((64, 48), 20000)
        ((16, 32, 64), (32, 64, 128, 128))
    """
    blocks = min(4, max(2, round(math.log2(max(size) / 4))))
    return filters_of(blocks, 16 if pictures < _FEW else 32)


def filters_of(blocks: int, first: int) -> tuple[int, ...]:
    """Filters that double from block to block, up to 128.

    Args:
        blocks: how many.
        first: filters of the first one.
    Example:
        >>> filters_of(4, 32)
        (32, 64, 128, 128)
    """
    return tuple(min(_MOST_FILTERS, first << block) for block in range(blocks))


def build_network(
    shape: tuple[int, int, int], classes: int, filters: tuple[int, ...], dropout: float, seed: int
) -> Any:
    """The network that is trained.

    Args:
        shape: height, width, channels.
        classes: how many.
        filters: of each block.
        dropout: share of the last features dropped in training.
        seed: of weights and dropout.
    Returns:
        A `Model` from pixels to (pictures, classes) scores before the softmax.
    """
    inputs = layers.Input(shape, name="pixels")
    x = layers.Rescaling(1 / 255, name="to_one")(inputs)
    for number, count in enumerate(filters, 1):
        x = layers.Conv2D(
            count,
            3,
            padding="same",
            use_bias=False,
            kernel_initializer=initializers.HeNormal(seed=seed + number),
            name=f"convolution_{number}",
        )(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"normalization_{number}")(x)
        x = layers.Activation("relu", name=f"relu_{number}")(x)
        if min(x.shape[1], x.shape[2]) >= 4:
            x = layers.MaxPooling2D(2, name=f"pooling_{number}")(x)
    if x.shape[1] * x.shape[2] <= _FLAT:
        x = layers.Flatten(name="features")(x)
    else:
        x = layers.GlobalAveragePooling2D(name="features")(x)
    if dropout:
        x = layers.Dropout(dropout, seed=seed, name="dropout")(x)
    x = layers.Dense(
        classes, kernel_initializer=initializers.GlorotUniform(seed=seed), name="scores"
    )(x)
    return models.Model(inputs, x, name="pictures")


def finished_network(trained: Any, temperature: float) -> Any:
    """The network that predicts: scores divided by the temperature, then probabilities.

    Args:
        trained: what `build_network` gave, trained.
        temperature: what scores are divided by.
    """
    x = trained.output
    if temperature != 1.0:
        x = layers.Rescaling(1 / temperature, name="temperature")(x)
    x = layers.Activation("softmax", name="probabilities")(x)
    return models.Model(trained.input, x, name="pictures")
