"""From a folder of class folders to arrays: find files, split them, decide size and colour, read.

The same bytes are on one side of the split, and size and colour follow training pictures only. What
cannot be read is left out and told.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lamina.datasets.named import PICTURES, load_pictures
from lamina.images import folders, pictures
from lamina.images.pictures import Header
from lamina.images.settings import ImageSettings
from lamina.tables.errors import TableError
from lamina.tables.fingerprint import Fingerprint, fingerprint
from lamina.tables.schema import Target
from lamina.tables.splits import TRAIN, Split, split_rows


@dataclass
class Pictures:
    """Pictures that can be read, where each belongs, and how they are read.

    Attributes:
        folder: where they are; the name of a dataset.
        files: their paths.
        y: (pictures,) class numbers.
        target: the classes.
        split: where each belongs.
        pixels: (pictures, height, width, 3) uint8.
        colour: whether the network reads colours.
        damaged: (path, why) of the files that cannot be read.
        digest: of all files' bytes together.
    """

    folder: Path
    files: list[Path]
    y: np.ndarray
    target: Target
    split: Split
    pixels: np.ndarray
    colour: bool
    damaged: list[tuple[Path, str]] = field(default_factory=list)
    digest: str = ""

    @property
    def notes(self) -> list[str]:
        """What was decided about reading, for people."""
        height, width = self.pixels.shape[1:3]
        return [
            f"pictures fitted into {height} × {width} pixels, "
            + ("in colour" if self.colour else "in shades of gray")
        ]

    def fingerprint(self) -> Fingerprint:
        """By what a run that is resumed knows them again."""
        seen = json.dumps([*self.pixels.shape[1:3], self.colour]).encode()
        decisions = (seen, self.y.tobytes(), self.split.part.tobytes())
        return fingerprint("pictures", len(self.files), self.target.classes, self.digest, decisions)


def prepare(folder: str | Path, settings: ImageSettings) -> Pictures:
    """Find, split and read the pictures of a folder.

    Args:
        folder: that holds a folder per class; or the name of a dataset of pictures.
        settings: of the run.
    Raises:
        TableError: the folder cannot be read or learned from.
    """
    import polars as pl

    if folder in PICTURES:
        return _prepare_named(str(folder), settings)
    folder = Path(folder)
    files, labels = folders.find_classes(folder)
    headers = [pictures.read_header(path) for path in files]
    damaged = [(p, h) for p, h in zip(files, headers, strict=True) if isinstance(h, str)]
    kept = [i for i, header in enumerate(headers) if not isinstance(header, str)]
    sound = [h for h in headers if not isinstance(h, str)]
    files, labels = [files[i] for i in kept], [labels[i] for i in kept]
    target = _target(labels)
    y = np.array([target.classes.index(label) for label in labels])
    frame = pl.DataFrame({"digest": [h.digest for h in sound]})
    split = split_rows(frame, y, target, shares=settings.split, seed=settings.seed, folds=0)
    learned = [h for h, part in zip(sound, split.part, strict=True) if part == TRAIN]
    pixels, broken = pictures.read_pictures(files, pictures.choose_size(learned, settings.size))
    damaged += [(files[place], why) for place, why in broken.items()]
    if damaged and settings.strict:
        raise TableError(
            f"{_counted(len(damaged))} cannot be read: {_shown(damaged)}.",
            "replace or remove them, or leave out --strict",
        )
    if broken:  # sound at the beginning only; those that are left keep their part
        good = np.ones(len(files), bool)
        good[list(broken)] = False
        files = [path for path, is_good in zip(files, good, strict=True) if is_good]
        y, pixels = y[good], pixels[good]
        folders.class_names([target.classes[number] for number in y])
        split = Split(split.part[good], None, split.notes)
    colour = settings.colour
    if colour is None:
        colour = not pictures.are_gray(pixels[split.part == TRAIN])
    both = _digest([h.digest for h in sound])
    return Pictures(folder, files, y, target, split, pixels, colour, damaged, both)


def _prepare_named(name: str, settings: ImageSettings) -> Pictures:
    """The pictures of a dataset; its test pictures test, the others are divided."""
    import polars as pl

    found = load_pictures(name)
    target = Target(
        ("class",), "multiclass", f"{len(found.classes)} classes of {name}", found.classes
    )
    digests = found.digests()
    frame = pl.DataFrame({"digest": digests})
    split = split_rows(
        frame, found.y, target, shares=settings.split, seed=settings.seed, folds=0,
        given=found.tests,
    )  # fmt: skip
    size = pictures.choose_size([Header("", *found.pixels.shape[1:3])], settings.size)
    names = np.where(found.tests, "test", "train")
    return Pictures(
        Path(name),
        [Path(name) / part_name / f"{i:05}" for i, part_name in enumerate(names)],
        found.y,
        target,
        split,
        pictures.fit_arrays(found.pixels, size),
        bool(settings.colour),
        digest=_digest(digests),
    )


def _digest(digests: list[str]) -> str:
    """What all pictures together are known by."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _target(labels: list[str]) -> Target:
    classes = folders.class_names(labels)
    task = "binary" if len(classes) == 2 else "multiclass"
    reason = f"a folder for each of {len(classes)} classes"
    if task == "binary":
        reason += f"; {classes[1]!r} is the positive class"
    return Target(("class",), task, reason, classes)


def _counted(files: int) -> str:
    return "1 file" if files == 1 else f"{files:,} files"


def _shown(damaged: list[tuple[Path, str]]) -> str:
    more = f" and {len(damaged) - 5:,} more" if len(damaged) > 5 else ""
    return ", ".join(f"{str(path)!r} ({why})" for path, why in damaged[:5]) + more
