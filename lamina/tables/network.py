"""The network of a table: several small networks side by side in one, whose outputs are averaged.

Members. An ensemble is what lets neural networks stand beside boosted trees on tables (Gorishniy et
al. 2025, "TabM"). Here members share nothing but the vectors of texts: each weight has a first axis
for the member, so all train in one pass (`EinsumDense`), and each may see other rows: in
cross-validation, member i learns from all folds but fold i.

A member is a linear function of the features plus a deep one that begins at zero, so that what is
linear is learned first. Numbers also pass through periodic functions on their way into the deep
part (Gorishniy et al. 2022; the form is RealMLP's, Holzmüller et al. 2024). Texts enter the linear
part only, as the sum of vectors of their pieces (Joulin et al. 2016, "fastText"): a deep one learns
few texts by heart. Of a series, the answers are added to the latest value (see `series`). Only
layers and functions of Keras are used, so real Keras opens the file too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina import initializers, layers, models, ops
from lamina.tables.encoding import number_features, places_of
from lamina.tables.schema import Column, Target
from lamina.tables.texts import LONGEST

FEW_LEVELS = 20  # up to here a level is an input of its own, beyond a vector is learned for it
MOST_DIMENSIONS = 16
_PIECES_DROPPED = 0.3  # of a text in training, so that no single piece decides


@dataclass(frozen=True)
class Design:
    """The sizes of a network.

    Attributes:
        members: how many networks side by side.
        units: of each hidden layer; () for a linear function of the features.
        dropout: share of a hidden layer's outputs dropped in training.
        waves: periodic functions for each number, for hidden layers; 0 for the number alone.
        wave_size: how many features are made of a number's waves.
        frequency: spread of the waves' frequencies.
        text_size: features of a text.
    """

    members: int = 10
    units: tuple[int, ...] = (128, 128)
    dropout: float = 0.2
    waves: int = 16
    wave_size: int = 4
    frequency: float = 0.1
    text_size: int = 8


def outputs_of(target: Target) -> int:
    """How many outputs a member has."""
    return {"regression": 1, "binary": 1}.get(target.task, len(target.classes))


def build_network(columns: Sequence[Column], target: Target, design: Design, seed: int) -> Any:
    """The network that is trained.

    Args:
        columns: what was learned of the table's columns.
        target: what is predicted.
        design: sizes.
        seed: of weights and dropout.
    Returns:
        A `Model` from the arrays of `encode` by name to (rows, members, outputs): scores before
        softmax or sigmoid, or standardised values.
    """
    inputs: dict[str, Any] = {}
    count = outputs_of(target)
    plain, waves = _number_parts(inputs, columns, design, seed)
    plain += _category_parts(inputs, columns, design, seed)
    texts = _text_parts(inputs, columns, design, seed)
    sums = []
    if plain and design.units:
        sums.append(_deep(_joined([*plain, *waves], "deep_features"), design, count, seed))
    features = _joined([*plain, *texts], "features")
    sums.append(_dense(features, design, count, "linear", seed + 77, None))
    x = sums[0] if len(sums) == 1 else layers.Add(name="deep_and_linear")(sums)
    for column in columns:
        if column.naive:
            x = _added(x, inputs, column, target, design)
    return models.Model(inputs, x, name="table")


def _added(x: Any, inputs: dict[str, Any], column: Column, target: Target, design: Design) -> Any:
    """The answers added to the naive forecast, which is brought to the scale of the target."""
    latest = inputs["naive"] = layers.Input((1,), name="naive")
    center = np.log(column.center) if target.log else column.center
    scaled = layers.Rescaling(1 / target.scale, -center / target.scale, name="naive_forecast")(
        ops.log(latest) if target.log else latest
    )
    return layers.Add(name="naive_and_change")([x, _repeated(scaled, design, "naive_for_all")])


def finished_network(trained: Any, target: Target, temperature: float) -> Any:
    """The network that predicts: the members' mean, then probabilities or values.

    Args:
        trained: what `build_network` gave, trained.
        target: what is predicted.
        temperature: what scores are divided by.
    Returns:
        A `Model` with the trained one's inputs and weights.
    """
    x = layers.GlobalAveragePooling1D(name="mean_of_members")(trained.output)
    if target.task == "regression":
        x = layers.Rescaling(target.scale, target.center, name="in_units_of_target")(x)
        if target.log:
            x = layers.Activation("exponential", name="of_logarithm")(x)
        return models.Model(trained.input, x, name="table")
    if temperature != 1.0:
        x = layers.Rescaling(1 / temperature, name="temperature")(x)
    activation = "softmax" if target.task == "multiclass" else "sigmoid"
    x = layers.Activation(activation, name="probabilities")(x)
    return models.Model(trained.input, x, name="table")


def _deep(x: Any, design: Design, count: int, seed: int) -> Any:
    for number, units in enumerate(design.units):
        x = _dense(x, design, units, f"hidden_{number + 1}", seed + 2 * number, "relu")
        if design.dropout:
            x = layers.Dropout(design.dropout, seed=seed + number, name=f"dropout_{number + 1}")(x)
    return _dense(x, design, count, "outputs", seed + 99, None)


def _number_parts(
    inputs: dict[str, Any], columns: Sequence[Column], design: Design, seed: int
) -> tuple[list[Any], list[Any]]:
    count = number_features(columns)
    if not count:
        return [], []
    numbers = inputs["numbers"] = layers.Input((count,), name="numbers")
    wavy = design.waves and design.units
    waves = [_waves(numbers, count, design, seed)] if wavy else []
    return [_repeated(numbers, design, "numbers_for_all")], waves


def _category_parts(
    inputs: dict[str, Any], columns: Sequence[Column], design: Design, seed: int
) -> list[Any]:
    categories = [c for c in columns if c.kind == "category"]
    if not categories:
        return []
    levels = layers.Input((len(categories),), dtype="int32", name="categories")
    inputs["categories"] = levels
    return [
        _levels(levels[:, i], places_of(c), design, f"column_{i + 1}", seed + i)
        for i, c in enumerate(categories)
    ]


def _text_parts(
    inputs: dict[str, Any], columns: Sequence[Column], design: Design, seed: int
) -> list[Any]:
    """(rows, members, features) of each text: the sum of its pieces' vectors, some left out."""
    parts = []
    for i, column in enumerate([c for c in columns if c.kind == "text"]):
        pieces = layers.Input((LONGEST,), dtype="int32", name=f"pieces_{i}")
        weights = layers.Input((LONGEST,), name=f"weights_{i}")
        inputs[f"pieces_{i}"], inputs[f"weights_{i}"] = pieces, weights
        vectors = layers.Embedding(
            column.places + 1,
            design.text_size,
            embeddings_initializer=initializers.RandomNormal(0.0, 0.01, seed=seed + i),
            name=f"text_{i + 1}",
        )(pieces)
        kept = layers.Dropout(_PIECES_DROPPED, seed=seed + i, name=f"pieces_dropout_{i + 1}")
        total = ops.sum(vectors * ops.expand_dims(kept(weights), -1), axis=1)
        parts.append(_repeated(total, design, f"text_{i + 1}_for_all"))
    return parts


def _joined(parts: list[Any], name: str) -> Any:
    return parts[0] if len(parts) == 1 else layers.Concatenate(name=name)(parts)


def _repeated(x: Any, design: Design, name: str) -> Any:
    return layers.RepeatVector(design.members, name=name)(x)


def _waves(numbers: Any, count: int, design: Design, seed: int) -> Any:
    """(rows, members, count * wave_size): each number's waves, mixed per number and member."""
    shape = (design.members, count, design.waves)
    turned = layers.EinsumDense(
        "bf,kfw->bkfw",
        shape,
        bias_axes="kfw",
        kernel_initializer=initializers.RandomNormal(
            0.0, 2 * np.pi * design.frequency, seed=seed + 31
        ),
        bias_initializer=initializers.RandomUniform(-np.pi, np.pi, seed=seed + 32),
        name="waves",
    )(numbers)
    mixed = layers.EinsumDense(
        "bkfw,kfwe->bkfe",
        (design.members, count, design.wave_size),
        bias_axes="kfe",
        activation="relu",
        kernel_initializer=_uniform(design.waves, seed + 33),
        bias_initializer=_uniform(design.waves, seed + 34),
        name="mixed_waves",
    )(ops.cos(turned))
    return layers.Reshape((design.members, count * design.wave_size), name="waves_flat")(mixed)


def _levels(levels: Any, places: int, design: Design, name: str, seed: int) -> Any:
    """(rows, members, features) of one column of levels."""
    if places <= FEW_LEVELS:
        one = layers.CategoryEncoding(places, output_mode="one_hot", name=name)(levels)
        return _repeated(one, design, f"{name}_for_all")
    size = min(MOST_DIMENSIONS, 2 + int(places**0.4))
    vectors = layers.Embedding(
        places,
        design.members * size,
        embeddings_initializer=initializers.RandomNormal(0.0, 0.3, seed=seed),
        name=name,
    )(levels)
    return layers.Reshape((design.members, size), name=f"{name}_by_member")(vectors)


def _dense(x: Any, design: Design, units: int, name: str, seed: int, activation: str | None) -> Any:
    fan_in = x.shape[-1]
    return layers.EinsumDense(
        "bki,kio->bko",
        (design.members, units),
        bias_axes="ko",
        activation=activation,
        kernel_initializer=_uniform(fan_in, seed, gain=np.sqrt(6.0) if activation else 0.01),
        bias_initializer=_uniform(fan_in, seed + 1) if activation else "zeros",
        name=name,
    )(x)


def _uniform(fan_in: int, seed: int, gain: float = 1.0) -> Any:
    bound = gain / np.sqrt(fan_in)
    return initializers.RandomUniform(-bound, bound, seed=seed)
