"""Datasets that training takes by name, as tables or as pictures: `lamina train iris`.

A name is what the dataset's module is called. The test rows of a dataset stay test rows.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.datasets.bundled import column_names

TABLES = {"iris": "species", "wine": "cultivar", "breast_cancer": "diagnosis"}
"""Name -> what is predicted."""

PICTURES: dict[str, dict[str, Any]] = {
    "digits": {"epochs": 200},  # of a fiftieth of a second
    "mnist": {"layers": (16, 32, 64)},  # as good here as twice the filters, in a third of the time
    "fashion_mnist": {},
}
"""Name -> settings that suit it better than those that go by size and number."""

NAMES = (*TABLES, *PICTURES)
_DIGITS_BRIGHTEST = 16


def is_named(data: Any) -> bool:
    """Whether something is the name of such a dataset.

    Args:
        data: what was given to train on.
    Example:
        >>> is_named("iris"), is_named("iris.csv")
        (True, False)
    """
    return isinstance(data, str) and data in NAMES


def usual(data: Any, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Choices for pictures, and where these are of a dataset what suits it and was not chosen.

    Args:
        data: a folder, or the name of a dataset.
        choices: settings by name.
    Example:
        >>> usual("mnist", {"epochs": 2})
        {'layers': (16, 32, 64), 'epochs': 2}
    """
    return {**PICTURES.get(str(data), {}), **choices}


def load_table(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The training and the test rows of a table.

    Args:
        name: one of `TABLES`.
    Returns:
        Column -> cells, the target's the names of classes, for either.
    """
    train, test, classes = _loaded(name)
    columns = column_names(name)
    words = np.array(classes)

    def rows(x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
        return {**dict(zip(columns, x.T, strict=True)), TABLES[name]: words[y]}

    return rows(*train), rows(*test)


@dataclass(frozen=True)
class NamedPictures:
    """All pictures of a dataset.

    Attributes:
        pixels: (pictures, height, width, 3) uint8.
        y: (pictures,) class numbers.
        tests: (pictures,) whether it is one of the dataset's test pictures; these are the last.
        classes: names by number.
    """

    pixels: np.ndarray
    y: np.ndarray
    tests: np.ndarray
    classes: tuple[str, ...]

    def digests(self) -> list[str]:
        """What each picture is known by."""
        return [hashlib.sha256(each.tobytes()).hexdigest() for each in self.pixels[..., 0]]


def load_pictures(name: str) -> NamedPictures:
    """The pictures of a dataset.

    Args:
        name: one of `PICTURES`.
    """
    (x, y), (x_test, y_test), classes = _loaded(name)
    pixels = np.concatenate([x, x_test])
    if name == "digits":
        pixels = np.rint(pixels * (255 / _DIGITS_BRIGHTEST)).astype(np.uint8)
    return NamedPictures(
        np.repeat(pixels[..., None], 3, axis=-1),
        np.concatenate([y, y_test]).astype(np.int64),
        np.arange(len(pixels)) >= len(x),
        classes,
    )


def _loaded(name: str) -> tuple[Any, Any, tuple[str, ...]]:
    module = importlib.import_module(f"lamina.datasets.{name}")
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        train, test = module.load_data()
    for note in notes:
        print(f"lamina: {note.message}", file=sys.stderr)
    return train, test, module.CLASS_NAMES
