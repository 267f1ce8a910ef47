"""One training run on pictures, from a folder of class folders to a folder with everything in it.

find files → split, the same bytes on one side → decide size and colour on training pictures → begin
the folder → fit → choose the temperature on validation pictures → score the test pictures once →
report. A run that is resumed finds its pictures again and comes in at `finish`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lamina.datasets import named
from lamina.images.fitting import fit, resolved_for
from lamina.images.model import ImageModel
from lamina.images.network import finished_network
from lamina.images.preparing import Pictures, prepare
from lamina.images.run import ImageRun
from lamina.images.settings import ImageSettings
from lamina.tables.decisions import choose_temperature
from lamina.tables.settings import make_settings
from lamina.tables.splits import VALIDATION
from lamina.tables.unfinished import UnfinishedRun, begin


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
        folder: that holds a folder of pictures for each class; or "mnist", "fashion_mnist" or
            "digits" for the dataset, whose own test pictures test.
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
        settings = make_settings(named.usual(folder, choices), ImageSettings)
    found = prepare(folder, settings)
    return finish(found, begin_run(found, settings, out, name, report), more)


def begin_run(
    found: Pictures,
    settings: ImageSettings,
    out: str | Path | None,
    name: str | None = None,
    report: bool = True,
) -> UnfinishedRun:
    """Make the folder of a run, unless `out` is None; see `train`."""
    name = name or found.folder.resolve().name or "pictures"
    source = str(found.folder)
    if out is None:
        return UnfinishedRun(name=name, settings=settings, source=source, report=report)
    return begin(Path(out), "pictures", name, settings, source, report, found.fingerprint())


def finish(found: Pictures, begun: UnfinishedRun, more: Sequence[Any] = ()) -> ImageRun:
    """Train, measure and fill the folder.

    Args:
        found: the pictures.
        begun: the run; what its checkpoints hold is not trained again.
        more: further callbacks of `fit`.
    Raises:
        TrainingFailed: the loss became NaN.
        ArgumentError: another process is training the run.
    """
    with begun.held():
        return _finish(found, begun, more)


def _finish(found: Pictures, begun: UnfinishedRun, more: Sequence[Any]) -> ImageRun:
    settings, schema = resolved_for(found, begun.settings)
    started = time.perf_counter()
    fitted = fit(found, schema, settings, [*more, *begun.checkpoints.of("1-network")])
    seconds = time.perf_counter() - started + fitted.earlier
    chosen = found.split.part == VALIDATION
    temperature = 1.0
    if chosen.any():
        ready = schema.prepare(found.pixels[chosen])
        scores = np.asarray(fitted.network.predict(ready, batch_size=256, verbose=0))
        temperature = choose_temperature(found.y[chosen], scores)
    run = ImageRun(
        model=ImageModel(finished_network(fitted.network, temperature), schema),
        settings=settings,
        found=found,
        history=fitted.history,
        best_epoch=fitted.best_epoch,
        seconds=seconds,
        temperature=temperature,
        interrupted=fitted.interrupted,
        name=begun.name,
    )
    run.measure(begun.report)
    if begun.folder is not None:
        run.save(begun.folder, begun.report)
    return run
