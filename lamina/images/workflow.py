"""One training run on pictures, from a folder of class folders to a folder with everything in it.

find files → split, the same bytes on one side → decide size and colour on training pictures → fit
→ choose the temperature on validation pictures → score the test pictures once → report.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lamina import callbacks, losses, optimizers, utils
from lamina.base.errors import message
from lamina.images import folders, pictures
from lamina.images.model import ImageModel, ImageSchema
from lamina.images.network import build_network, choose_filters, finished_network
from lamina.images.run import ImageRun, save_run
from lamina.images.settings import ImageSettings
from lamina.tables.decisions import choose_temperature
from lamina.tables.errors import TableError, TrainingFailed
from lamina.tables.schema import Target
from lamina.tables.settings import make_settings
from lamina.tables.splits import TRAIN, VALIDATION, Split, split_rows
from lamina.tables.times import TimeLimit


@dataclass
class Pictures:
    """Pictures that can be read, where each belongs, and how they are read.

    Attributes:
        folder: where they are.
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


def train(
    folder: str | Path,
    *,
    out: str | Path | None = "runs",
    name: str | None = None,
    report: bool = True,
    more: Sequence[Any] = (),
    settings: ImageSettings | None = None,
    **choices: Any,
) -> ImageRun:
    """Train a network on pictures and say how good it is.

    Args:
        folder: that holds a folder of pictures for each class.
        out: folder in which the run's folder is made; None writes nothing.
        name: of the run; by default that of the folder.
        report: whether baselines and the report are made.
        more: further callbacks of `fit`.
        settings: all choices at once, in place of `choices`.
        **choices: see `ImageSettings`: size=96, seed=1 ...
    Returns:
        The run: `.model` to predict with, `.metrics`, `.folder`.
    Raises:
        TableError: the folder cannot be read or learned from.
        ArgumentError: an unknown or impossible choice.
        TrainingFailed: the loss became NaN.
        MissingExtraError: Pillow is not installed.
    Example:
        >>> run = train("pets", size=96)                               # doctest: +SKIP
        >>> run.model.predict(["new/1.jpg"])                           # doctest: +SKIP
    """
    if settings is None:
        settings = make_settings(choices, ImageSettings)
    return train_prepared(prepare(folder, settings), settings, out, name, report, more)


def prepare(folder: str | Path, settings: ImageSettings) -> Pictures:
    """Find, split and read the pictures of a folder.

    Args:
        folder: that holds a folder per class.
        settings: of the run.
    Raises:
        TableError: as `train`.
    """
    import hashlib

    import polars as pl

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
    both = hashlib.sha256("".join(h.digest for h in sound).encode()).hexdigest()
    return Pictures(folder, files, y, target, split, pixels, colour, damaged, both)


def train_prepared(
    found: Pictures,
    settings: ImageSettings,
    out: str | Path | None,
    name: str | None = None,
    report: bool = True,
    more: Sequence[Any] = (),
) -> ImageRun:
    """The run after `prepare`; see `train`."""
    height, width = found.pixels.shape[1:3]
    learned = int((found.split.part == TRAIN).sum())
    filters = settings.layers or choose_filters((height, width), learned)
    settings = settings.model_copy(
        update={"size": max(height, width), "colour": found.colour, "layers": filters}
    )
    schema = ImageSchema(height, width, found.colour, found.target.classes, settings.threshold)
    started = time.perf_counter()
    network, history, best = _fit(found, schema, settings, more)
    seconds = time.perf_counter() - started
    chosen = found.split.part == VALIDATION
    temperature = 1.0
    if chosen.any():
        ready = schema.prepare(found.pixels[chosen])
        scores = np.asarray(network.predict(ready, batch_size=256, verbose=0))
        temperature = choose_temperature(found.y[chosen], scores)
    run = ImageRun(
        model=ImageModel(finished_network(network, temperature), schema),
        settings=settings,
        found=found,
        history=history,
        best_epoch=best,
        seconds=seconds,
        temperature=temperature,
        name=name or found.folder.resolve().name or "pictures",
    )
    run.measure(report)
    if out is not None:
        save_run(run, Path(out), report)
    return run


def _fit(
    found: Pictures, schema: ImageSchema, settings: ImageSettings, more: Sequence[Any]
) -> tuple[Any, list[dict[str, float]], int]:
    """The trained network, its history, and the epoch whose weights it has."""
    utils.set_random_seed(settings.seed)
    shape = (schema.height, schema.width, 3 if schema.colour else 1)
    network = build_network(
        shape, len(schema.classes), settings.layers, settings.dropout, settings.seed
    )
    network.compile(
        optimizer=optimizers.Adam(settings.learning_rate, clipnorm=1.0),
        loss=losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    parts = [found.split.part == part for part in (TRAIN, VALIDATION)]
    (x, y), held = ((schema.prepare(found.pixels[rows]), found.y[rows]) for rows in parts)
    watched = "val_loss" if len(held[1]) else "loss"
    history = network.fit(
        x,
        y,
        validation_data=held if len(held[1]) else None,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        verbose=0,
        callbacks=[
            callbacks.ReduceLROnPlateau(
                monitor=watched, factor=0.4, patience=max(1, settings.patience // 3)
            ),
            callbacks.EarlyStopping(
                monitor=watched, patience=settings.patience, restore_best_weights=True
            ),
            callbacks.TerminateOnNaN(),
            *([TimeLimit(settings.time_limit)] if settings.time_limit is not None else []),
            *more,
        ],
    ).history
    rows = [
        {"epoch": i + 1, **{name: float(values[i]) for name, values in history.items()}}
        for i in range(len(history["loss"]))
    ]
    if not all(math.isfinite(row[n]) for row in rows for n in ("loss", watched)):
        raise TrainingFailed(
            message("The loss became NaN or infinite.", fix="give a smaller learning rate")
        )
    best = min(rows, key=lambda row: row[watched])
    return network, rows, int(best["epoch"])


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
