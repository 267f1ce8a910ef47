"""Training the network of pictures: when the rate falls, when to stop, which epoch is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lamina import callbacks, losses, optimizers, utils
from lamina.base.errors import message
from lamina.images.augmenting import AugmentedPictures, reach
from lamina.images.model import ImageSchema
from lamina.images.network import build_network, choose_filters
from lamina.images.preparing import Pictures
from lamina.images.settings import ImageSettings
from lamina.tables.errors import TrainingFailed
from lamina.tables.keeping import fit_keeping_best
from lamina.tables.splits import TRAIN, VALIDATION
from lamina.tables.times import TimeLimit

MANY_PICTURES = 10_000  # to learn from, whose passes are long


@dataclass
class Fitted:
    """What came of it.

    Attributes:
        network: with the best epoch's weights; its outputs are scores.
        history: one row per epoch: epoch, loss, accuracy, val_loss, val_accuracy.
        best_epoch: the one whose weights it has, from 1.
        interrupted: whether Ctrl-C ended training; the best weights so far were kept.
        earlier: seconds that it took before it was resumed.
    """

    network: Any
    history: list[dict[str, float]]
    best_epoch: int
    interrupted: bool = False
    earlier: float = 0.0


def resolved_for(found: Pictures, settings: ImageSettings) -> tuple[ImageSettings, ImageSchema]:
    """The settings with everything chosen that goes by the pictures, and how these are taken."""
    height, width = found.pixels.shape[1:3]
    learned = int((found.split.part == TRAIN).sum())
    filters = settings.layers or choose_filters((height, width), learned)
    chosen = {"size": max(height, width), "colour": found.colour, "layers": filters}
    many = learned >= MANY_PICTURES
    if settings.patience is None:
        chosen["patience"] = 3 if many else 8
    if settings.batch_size is None:
        chosen["batch_size"] = 128 if many else 32
    schema = ImageSchema(height, width, found.colour, found.target.classes, settings.threshold)
    return settings.model_copy(update=chosen), schema


def fit(
    found: Pictures, schema: ImageSchema, settings: ImageSettings, more: Sequence[Any] = ()
) -> Fitted:
    """Train.

    Args:
        found: pictures and their split.
        schema: how the network takes them.
        settings: of the run, the network's filters among them.
        more: further callbacks.
    Raises:
        TrainingFailed: the loss became NaN or infinite.
    """
    assert settings.patience and settings.batch_size
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
    slowing = callbacks.ReduceLROnPlateau(
        monitor=watched, factor=0.4, patience=max(1, settings.patience // 3)
    )
    clock = TimeLimit(math.inf if settings.time_limit is None else settings.time_limit)
    given: dict[str, Any] = {"x": x, "y": y, "batch_size": settings.batch_size}
    if settings.flip or any(reach((schema.height, schema.width), settings.shift)):
        changed = AugmentedPictures(
            x, y, settings.batch_size, settings.shift, settings.flip, settings.seed
        )
        given = {"x": changed, "shuffle": False}  # it draws the order itself
    rows, best, interrupted = fit_keeping_best(
        network,
        watched,
        settings.patience,
        [slowing, clock, *more],
        **given,
        validation_data=held if len(held[1]) else None,
        epochs=settings.epochs,
    )
    if not rows or not all(math.isfinite(row[n]) for row in rows for n in ("loss", watched)):
        raise TrainingFailed(
            message(
                f"The loss became NaN or infinite, with learning rate {settings.learning_rate:g}.",
                fix="give a smaller learning rate",
            )
        )
    return Fitted(network, rows, best, interrupted, clock.earlier)
