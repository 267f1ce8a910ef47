"""Training the network of a table: which rows each member learns from, when to stop.

With folds (small tables) member i validates on fold i modulo their number and learns from the
others, so that every row is used for both, and the validation loss is that of cross-validation.
Without, all members learn from the training rows and validate on the validation rows. Either way
this is one `fit`: weights of 0 take rows away from members, and the weights of the epoch with the
least validation loss are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina import callbacks, losses, optimizers, utils
from lamina.tables.network import Design, build_network
from lamina.tables.schema import Column, Target

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Training:
    """How to train.

    Attributes:
        epochs: the most passes over the training rows.
        patience: stop after so many passes without a lower validation loss.
        batch_size: rows in a step.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        smoothing: share of a class label spread over all classes.
    """

    epochs: int = 200
    patience: int = 16
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 3e-4
    smoothing: float = 0.0


@dataclass
class Fitted:
    """What came of it.

    Attributes:
        network: with the best epoch's weights; (rows, members, outputs).
        history: one row per epoch: epoch, loss, val_loss.
        best_epoch: the one whose weights it has, from 1.
        held_out: (rows, outputs) for the rows given: the mean of those members that did not learn
            from the row; NaN for rows that all learned from.
    """

    network: Any
    history: list[dict[str, float]]
    best_epoch: int
    held_out: np.ndarray


def fit(
    arrays: Arrays,
    y: np.ndarray,
    validates: np.ndarray,
    columns: Sequence[Column],
    target: Target,
    design: Design,
    training: Training,
    seed: int,
    row_weights: np.ndarray | None = None,
    more: Sequence[Any] = (),
) -> Fitted:
    """Train.

    Args:
        arrays: of `encode`, training and validation rows together.
        y: class numbers, standardised values, or (rows, labels) of 0 and 1.
        validates: (rows, members) bool: whether the row is for validation of that member.
        columns: what was learned of the table's columns.
        target: what is predicted.
        design: sizes.
        training: how.
        seed: of everything random.
        row_weights: (rows,) weights of the loss.
        more: further callbacks.
    """
    utils.set_random_seed(seed)
    network = build_network(columns, target, design, seed)
    network.compile(
        optimizer=optimizers.AdamW(
            training.learning_rate, weight_decay=training.weight_decay, clipnorm=1.0
        ),
        loss=_loss(target, training.smoothing),
    )
    wanted = _wanted(y, target, design.members)
    weights = np.ones(len(y), "float32") if row_weights is None else row_weights
    learns = (~validates * weights[:, None]).astype("float32")
    checks = (validates * weights[:, None]).astype("float32")
    to_learn, to_check = learns.any(axis=1), checks.any(axis=1)
    history = network.fit(
        _rows(arrays, to_learn),
        wanted[to_learn],
        sample_weight=learns[to_learn],
        validation_data=(_rows(arrays, to_check), wanted[to_check], checks[to_check]),
        batch_size=training.batch_size,
        epochs=training.epochs,
        verbose=0,
        callbacks=[
            callbacks.EarlyStopping(
                monitor="val_loss", patience=training.patience, restore_best_weights=True
            ),
            callbacks.TerminateOnNaN(),
            *more,
        ],
    ).history
    rows = [
        {"epoch": i + 1, **{name: float(values[i]) for name, values in history.items()}}
        for i in range(len(history["loss"]))
    ]
    checked = np.array(history.get("val_loss", []))
    best = int(np.nanargmin(checked)) + 1 if np.isfinite(checked).any() else 0
    return Fitted(network, rows, best, _held_out(network, arrays, validates))


def _loss(target: Target, smoothing: float) -> Any:
    reduction = "mean_with_sample_weight"
    if target.task == "regression":
        return losses.MeanSquaredError(reduction=reduction)
    if target.task == "multiclass":
        return losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=smoothing, reduction=reduction
        )
    return losses.BinaryCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction=reduction
    )


def _wanted(y: np.ndarray, target: Target, members: int) -> np.ndarray:
    """(rows, members, outputs): the same for every member."""
    if target.task == "multiclass":
        y = np.eye(len(target.classes), dtype="float32")[y]
    outputs = np.asarray(y, "float32").reshape(len(y), 1, -1)
    return np.repeat(outputs, members, axis=1)


def _rows(arrays: Arrays, mask: np.ndarray) -> Arrays:
    return arrays if mask.all() else {name: a[mask] for name, a in arrays.items()}


def _held_out(network: Any, arrays: Arrays, validates: np.ndarray) -> np.ndarray:
    used = np.asarray(validates.any(axis=1))
    outputs = network.predict(_rows(arrays, used), batch_size=1024, verbose=0)
    share = validates[used][:, :, None]
    result = np.full((len(used), outputs.shape[-1]), np.nan, "float64")
    result[used] = (outputs * share).sum(axis=1) / share.sum(axis=1)
    return result
