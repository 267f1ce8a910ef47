"""A small training run with everything that random numbers decide; prints a hash of where it ends.

Arguments: seed, backup folder or "-", save_freq ("epoch" or a number of batches), and how many
epochs each of one or more calls of `fit` trains.
"""

import hashlib
import sys

import numpy as np

import lamina
from lamina import callbacks, layers


def make_model() -> lamina.Sequential:
    model = lamina.Sequential(
        [
            layers.Input((6,)),
            layers.Dense(16, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.GaussianNoise(0.1),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def data() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(5)
    return draw.normal(size=(1000, 6)).astype("float32"), draw.integers(0, 3, 1000)


def state_hash(model: lamina.Model, history: dict) -> str:
    """A hash of all variables of model and optimizer, and of the logs."""
    digest = hashlib.sha256()
    for variable in [*model.variables, *model.optimizer.variables]:
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    digest.update(repr(sorted(history.items())).encode())
    return digest.hexdigest()


def train(seed: int, folder: str, save_freq: str, epochs: list[int]) -> str:
    lamina.utils.set_random_seed(seed)
    model, (x, y) = make_model(), data()
    watching = []
    if folder != "-":
        frequency = save_freq if save_freq == "epoch" else int(save_freq)
        watching = [
            callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=0.1),
            callbacks.BackupAndRestore(folder, save_freq=frequency),
        ]
    history: dict = {}
    for number, count in enumerate(epochs):
        found = model.fit(x, y, batch_size=10, epochs=count, verbose=0, callbacks=watching)
        history |= {f"{number} {name}": values for name, values in found.history.items()}
    return state_hash(model, history)


if __name__ == "__main__":
    print(train(int(sys.argv[1]), sys.argv[2], sys.argv[3], [int(n) for n in sys.argv[4:]]))
