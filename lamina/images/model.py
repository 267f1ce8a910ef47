"""A trained model of pictures: files in, classes out; a `.keras` file with one more member.

Keras ignores that member and opens the network by itself; Lamina reads from it how pictures are
made ready and what the classes are called.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina.base.errors import FileFormatError
from lamina.images import pictures
from lamina.tables.matching import mismatch
from lamina.tables.schema import check_format
from lamina.tables.schema_file import read_network, read_schema, write_network

MEMBER = "lamina_images.json"
FORMAT = 1
_TOGETHER = 512  # pictures read and predicted at once


@dataclass(frozen=True)
class ImageSchema:
    """How pictures reach the network and what its outputs mean.

    Attributes:
        height, width: that pictures are fitted into.
        colour: whether it reads three channels, or one of brightness.
        classes: by output; of two, the second is the positive one.
        threshold: probability from which the positive one of two classes is predicted.
    """

    height: int
    width: int
    colour: bool
    classes: tuple[str, ...]
    threshold: float = 0.5

    def to_json(self) -> bytes:
        """As it travels in a file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False).encode()

    @staticmethod
    def from_json(content: Any, name: str) -> ImageSchema:
        """A schema read back, every field checked.

        Raises:
            FileFormatError: it is not a schema, or one of a newer version.
        """
        try:
            check_format(content, FORMAT)
            classes = tuple(content["classes"])
            sides = content["height"], content["width"]
            threshold = content["threshold"]
            if not all(type(side) is int and 1 <= side <= 4096 for side in sides):
                raise ValueError(f"pictures of {sides!r:.60} pixels")
            if len(classes) < 2 or len(set(classes)) < len(classes):
                raise ValueError(f"classes {classes!r:.100}")
            if not all(isinstance(name, str) for name in classes):
                raise TypeError("a class that is no text")
            if type(threshold) is not float or not 0 < threshold < 1:
                raise ValueError(f"threshold {threshold!r:.60}")
            return ImageSchema(*sides, bool(content["colour"]), classes, threshold)
        except (KeyError, TypeError, ValueError) as error:
            raise FileFormatError(f"{name}: the schema cannot be used: {error}") from None

    def prepare(self, pixels: np.ndarray) -> np.ndarray:
        """(pictures, height, width, 3) uint8 as the network takes them."""
        return pixels if self.colour else pictures.gray(pixels)


class ImageModel:
    """A network and how pictures reach it.

    Args:
        network: a `Model` from pixels to probabilities.
        schema: what is known of pictures and classes.
    Example:
        >>> model = load("runs/pets-001/model.keras")              # doctest: +SKIP
        >>> model.predict([Path("cat.jpg")])                        # doctest: +SKIP
    """

    def __init__(self, network: Any, schema: ImageSchema) -> None:
        self.network = network
        self.schema = schema

    def outputs(self, pixels: np.ndarray) -> np.ndarray:
        """(pictures, classes) probabilities for (pictures, height, width, 3) uint8."""
        ready = self.schema.prepare(pixels)
        return np.asarray(self.network.predict(ready, batch_size=256, verbose=0))

    def predict(self, paths: Sequence[str | os.PathLike[str]]) -> list[dict[str, Any]]:
        """What is in some pictures.

        Args:
            paths: of the files.
        Returns:
            For each file {"file", "prediction", "p_CLASS" for every class, "warnings"}; of one that
            cannot be read, prediction and probabilities are None and the warning says why.
        """
        schema, rows = self.schema, []
        for start in range(0, len(paths), _TOGETHER):
            some = [Path(path) for path in paths[start : start + _TOGETHER]]
            pixels, damaged = pictures.read_pictures(some, (schema.height, schema.width))
            chances = self.outputs(pixels)
            answers = decide(chances, schema.threshold)
            for place, path in enumerate(some):
                known = place not in damaged
                row: dict[str, Any] = {"file": str(path)}
                row["prediction"] = schema.classes[answers[place]] if known else None
                for name, chance in zip(schema.classes, chances[place], strict=True):
                    row[f"p_{name}"] = float(chance) if known else None
                row["warnings"] = "" if known else f"cannot be read: {damaged[place]}"
                rows.append(row)
        return rows

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as one `.keras` file, whole or not at all."""
        write_network(self.network, path, MEMBER, self.schema.to_json())


def decide(chances: np.ndarray, threshold: float) -> np.ndarray:
    """Class numbers of probabilities; of two classes the second from the threshold on."""
    if chances.shape[1] == 2:
        return (chances[:, 1] >= threshold).astype(int)
    return chances.argmax(axis=1)


def is_image_model(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a model of pictures; False for whatever cannot be read."""
    try:
        with zipfile.ZipFile(path) as members:
            return MEMBER in members.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


def load(path: str | os.PathLike[str]) -> ImageModel:
    """Read a model of pictures.

    Args:
        path: of a file that `lamina train` or `ImageModel.save` wrote.
    Raises:
        FileFormatError: there is no such file, it is damaged, it is another kind of model, or
            schema and network do not fit each other.
    """
    plain, content = read_schema(path, MEMBER, "is not a model of pictures that Lamina trained")
    name = Path(path).name
    schema = ImageSchema.from_json(plain, name)
    network = read_network(content, name)
    pixels = (schema.height, schema.width, 3 if schema.colour else 1)
    for what, wanted in (("input", pixels), ("output", (len(schema.classes),))):
        tensor = getattr(network, what, None)
        seen = tuple(getattr(tensor, "shape", ()))[1:]
        if seen != wanted:
            raise mismatch(name, f"{what} {wanted}", f"{what} {seen}")
    return ImageModel(network, schema)
