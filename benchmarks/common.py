"""What the benchmark scripts share: the lecture's models in any framework, and their timing."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any


def mnist_rows(onehot: bool = True) -> tuple[Any, Any, Any, Any]:
    """x_train, y_train, x_test, y_test of the lecture: 784 floats in [0, 1], one-hot targets."""
    from lamina.datasets import mnist
    from lamina.utils import to_categorical

    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    x_train = (x_train.reshape(-1, 784) / 255.0).astype("float32")
    x_test = (x_test.reshape(-1, 784) / 255.0).astype("float32")
    if onehot:
        y_train, y_test = to_categorical(y_train, 10), to_categorical(y_test, 10)
    return x_train, y_train, x_test, y_test


def lecture_mlp(keras: Any) -> Any:
    """The lecture's MNIST network, compiled, from `lamina` or `keras`."""
    model = keras.Sequential(
        [
            keras.layers.Input((784,)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def lecture_binary(keras: Any) -> Any:
    """The lecture's network for two classes, compiled."""
    model = keras.Sequential(
        [
            keras.layers.Input((20,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def interleaved(runs: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The best time of each run, taken in turns so that a busy machine slows all alike."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(run())
    return {name: min(seen) for name, seen in times.items()}


def spread(values: Sequence[float]) -> str:
    """Median and range in one line."""
    return f"median {statistics.median(values):.4f} ({min(values):.4f} to {max(values):.4f})"
