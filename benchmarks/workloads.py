"""The workloads: each is its data and a function that builds the network from a namespace.

Given `keras` or `lamina`, a workload builds the very same layers. All train with Adam, sparse
categorical cross-entropy and the accuracy metric, rows shuffled, on arrays already in memory. Data
are MNIST where its shape fits, otherwise seeded random numbers of the stated sizes: how long a step
takes does not depend on what the numbers mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

CLASSES = 10


@dataclass(frozen=True)
class Workload:
    """What is trained.

    Attributes:
        name: as in the tables.
        about: the network and the batch, in one line.
        batch: rows in a batch.
        data: returns x and y, all rows in memory.
        build: takes a namespace with `layers`, `Sequential` and `Model`; returns the network.
        sizes: for networks of dense relu layers only: the inputs and the units of each.
    """

    name: str
    about: str
    batch: int
    data: Callable[[], tuple[np.ndarray, np.ndarray]]
    build: Callable[[Any], Any]
    sizes: tuple[int, ...] = ()

    def compiled(self, keras: Any, **options: Any) -> Any:
        """The network, ready to train."""
        model = self.build(keras)
        loss = "sparse_categorical_crossentropy"
        model.compile(optimizer="adam", loss=loss, metrics=["accuracy"], **options)
        return model


@lru_cache(maxsize=1)
def mnist(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The first rows of MNIST's training set, as (rows, 784) float32 in [0, 1]."""
    from lamina.datasets import mnist

    (x, y), _ = mnist.load_data()
    return (x[:rows].reshape(rows, 784) / 255.0).astype("float32"), y[:rows].astype("int32")


@lru_cache(maxsize=1)
def numbers(rows: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Normal random numbers and random classes."""
    random = np.random.default_rng(0)
    x = random.standard_normal((rows, *shape), dtype="float32")
    return x, random.integers(0, CLASSES, rows, dtype="int32")


@lru_cache(maxsize=1)
def words(rows: int, length: int, vocabulary: int) -> tuple[np.ndarray, np.ndarray]:
    """Random sequences of word numbers and random classes."""
    random = np.random.default_rng(0)
    x = random.integers(0, vocabulary, (rows, length), dtype="int32")
    return x, random.integers(0, CLASSES, rows, dtype="int32")


def images(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The first rows of MNIST's training set, as (rows, 28, 28, 1) float32 in [0, 1]."""
    x, y = mnist(rows)
    return x.reshape(-1, 28, 28, 1), y


def dense(keras: Any, inputs: int, *units: int) -> Any:
    """Dense relu layers and a softmax over the classes."""
    layers = keras.layers
    hidden = [layers.Dense(n, activation="relu") for n in units]
    return keras.Sequential([layers.Input((inputs,)), *hidden, head(keras)])


def head(keras: Any) -> Any:
    """The last layer of every network."""
    return keras.layers.Dense(CLASSES, activation="softmax")


def mlpdrop(keras: Any) -> Any:
    layers = keras.layers
    first = [layers.Input((20,)), layers.Dense(64, activation="relu"), layers.Dropout(0.5)]
    return keras.Sequential([*first, layers.Dense(32, activation="relu"), head(keras)])


def bn(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential([layers.Input((100,))])
    for _ in range(2):
        for layer in (layers.Dense(256), layers.BatchNormalization(), layers.Activation("relu")):
            model.add(layer)
    model.add(head(keras))
    return model


def cnn(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential([layers.Input((28, 28, 1))])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D(2))
    for layer in (layers.Flatten(), layers.Dropout(0.5), head(keras)):
        model.add(layer)
    return model


def text(keras: Any) -> Any:
    layers = keras.layers
    first = [layers.Input((100,), dtype="int32"), layers.Embedding(10_000, 16)]
    rest = [layers.GlobalAveragePooling1D(), layers.Dense(16, activation="relu"), head(keras)]
    return keras.Sequential([*first, *rest])


def recurrent(keras: Any, cell: str) -> Any:
    layers = keras.layers
    first = [layers.Input((40,), dtype="int32"), layers.Embedding(5_000, 64)]
    return keras.Sequential([*first, getattr(layers, cell)(64), head(keras)])


def attention(keras: Any) -> Any:
    layers = keras.layers
    inputs = x = layers.Input((64, 64))
    for _ in range(2):
        seen = layers.MultiHeadAttention(num_heads=4, key_dim=16)(x, x)
        x = layers.LayerNormalization()(layers.Add()([x, seen]))
        inner = layers.Dense(64)(layers.Dense(128, activation="relu")(x))
        x = layers.LayerNormalization()(layers.Add()([x, inner]))
    return keras.Model(inputs, head(keras)(layers.GlobalAveragePooling1D()(x)))


def of_sizes(
    name: str,
    about: str,
    batch: int,
    data: Callable[[], tuple[np.ndarray, np.ndarray]],
    sizes: tuple[int, ...],
) -> Workload:
    """A workload of dense relu layers."""
    return Workload(name, about, batch, data, lambda keras: dense(keras, *sizes), sizes)


def stack(batch: int, width: int, depth: int, rows: int, features: int = 64) -> Workload:
    """Dense relu layers, `depth` of them, `width` wide: what growth.py varies."""
    about = f"{features} → {depth} × {width} relu → 10; batch {batch}; {rows} rows"
    sizes = (features, *[width] * depth)
    return of_sizes("stack", about, batch, lambda: numbers(rows, features), sizes)


_ALL = (
    Workload(
        "mlpdrop",
        "20 → 64 relu, dropout 0.5 → 32 relu → 10; batch 32",
        32,
        lambda: numbers(16_000, 20),
        mlpdrop,
    ),
    of_sizes(
        "mlp",
        "MNIST, 784 → 128 relu → 64 relu → 10; batch 32",
        32,
        lambda: mnist(48_000),
        (784, 128, 64),
    ),
    of_sizes(
        "wide",
        "MNIST, 784 → 1024 relu → 1024 relu → 10; batch 256",
        256,
        lambda: mnist(8_192),
        (784, 1024, 1024),
    ),
    Workload(
        "bn",
        "100 → 2 × (256, batch normalisation, relu) → 10; batch 64",
        64,
        lambda: numbers(16_000, 100),
        bn,
    ),
    Workload(
        "cnn",
        "MNIST, 2 × (3×3 convolution relu, pool 2) with 32, 64 filters, dropout → 10; batch 128",
        128,
        lambda: images(4_096),
        cnn,
    ),
    Workload(
        "text",
        "100 words of 10,000 → embedding 16 → mean → 16 relu → 10; batch 32",
        32,
        lambda: words(16_000, 100, 10_000),
        text,
    ),
    Workload(
        "lstm",
        "40 words of 5,000 → embedding 64 → LSTM 64 → 10; batch 32",
        32,
        lambda: words(2_048, 40, 5_000),
        lambda keras: recurrent(keras, "LSTM"),
    ),
    Workload(
        "gru",
        "40 words of 5,000 → embedding 64 → GRU 64 → 10; batch 32",
        32,
        lambda: words(2_048, 40, 5_000),
        lambda keras: recurrent(keras, "GRU"),
    ),
    Workload(
        "attention",
        "64 tokens of 64 features → 2 × (4 heads, 128 relu → 64) → mean → 10; batch 32",
        32,
        lambda: numbers(2_048, 64, 64),
        attention,
    ),
)
WORKLOADS = {workload.name: workload for workload in _ALL}


def find(name: str, **sizes: int) -> Workload:
    """A workload by its name; "stack" takes the arguments of `stack`."""
    return stack(**sizes) if name == "stack" else WORKLOADS[name]
