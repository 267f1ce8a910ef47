"""The pictures of a well-known dataset, as if they were files: `lamina.images.train("mnist")`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from lamina.datasets.named import NamedPictures, load_pictures
from lamina.images import pictures
from lamina.images.pictures import Header
from lamina.images.settings import ImageSettings
from lamina.tables.schema import Target
from lamina.tables.splits import TEST, Split, split_rows


def split_named(
    found: NamedPictures, target: Target, digests: list[str], settings: ImageSettings
) -> Split:
    """The split: the dataset's test pictures test, the others are divided.

    Args:
        found: all pictures.
        target: the classes.
        digests: what each picture is known by.
        settings: of the run.
    """
    import polars as pl

    own = ~found.tests
    shares = (*settings.split[:2], 0.0)
    frame = pl.DataFrame({"digest": digests}).filter(own)
    inner = split_rows(frame, found.y[own], target, shares=shares, seed=settings.seed, folds=0)
    part = np.full(len(own), TEST, np.int8)
    part[own] = inner.part
    return Split(part, None, [*inner.notes, "the test rows were given apart"])


def read_named(
    name: str, settings: ImageSettings
) -> tuple[NamedPictures, list[Path], list[str], np.ndarray]:
    """The pictures of a dataset in the size that was asked for.

    Args:
        name: of the dataset.
        settings: of the run.
    Returns:
        The dataset, names as of files, what each picture is known by, and (pictures, height, width,
        3) uint8.
    """
    found = load_pictures(name)
    height, width = found.pixels.shape[1:3]
    size = pictures.choose_size([Header("", height, width)], settings.size)
    parts = np.where(found.tests, "test", "train")
    files = [Path(name) / part / f"{i:05}" for i, part in enumerate(parts)]
    return found, files, found.digests(), pictures.fit_arrays(found.pixels, size)


def digest_of(digests: list[str]) -> str:
    """What all pictures together are known by.

    Args:
        digests: of each.
    """
    return hashlib.sha256("".join(digests).encode()).hexdigest()
