"""Small models and changed copies of their files, for the tests of loading."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import lamina


def small_model(units: int = 4, compiled: bool = True) -> Any:
    """Dense, Dropout, Dense; with an optimizer that has been used."""
    lamina.utils.set_random_seed(units)
    model = lamina.Sequential(
        [
            lamina.Input((3,)),
            lamina.layers.Dense(units, activation="relu", name="first"),
            lamina.layers.Dropout(0.1, name="drop"),
            lamina.layers.Dense(2, name="second"),
        ],
        name="net",
    )
    if compiled:
        model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        model.fit(np.ones((8, 3), "float32"), np.ones((8, 2), "float32"), verbose=0)
    return model


class Parts:
    """The members of a good file, to be changed and written again."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.members = {name: archive.read(name) for name in archive.namelist()}
        self.config: dict[str, Any] = json.loads(self.members["config.json"])

    def layer(self, number: int) -> dict[str, Any]:
        """The config of a layer, 1 being the first Dense."""
        return self.config["config"]["layers"][number]

    def change_weights(self, change: Callable[[h5py.File], None]) -> None:
        """Apply a function to the HDF5 file."""
        buffer = io.BytesIO(self.members["model.weights.h5"])
        with h5py.File(buffer, "r+") as file:
            change(file)
        self.members["model.weights.h5"] = buffer.getvalue()

    def write(self, path: Path, checksums: bool = False, config: bytes | None = None) -> Path:
        """Write the archive; without checksums unless asked, as real Keras does."""
        if not checksums:
            self.members["metadata.json"] = b'{"keras_version": "3.15.1"}'
        if config is None:
            config = json.dumps(self.config).encode()
        self.members["config.json"] = config
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in self.members.items():
                archive.writestr(name, data)
        return path
