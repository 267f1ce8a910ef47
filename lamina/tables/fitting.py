"""Training the network of a table: which rows each member learns from, when to stop.

With folds (small tables) member i validates on fold i modulo their number and learns from the
others, so that every row is used for both, and the validation loss is that of cross-validation.
Without, all members learn from the training rows and validate on the validation rows. Either way
this is one `fit`: weights of 0 take rows away from members, and the weights of the epoch with the
least validation loss are kept. Targets are one per row; the loss repeats them for the members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina import losses, ops, optimizers, utils
from lamina.data.source import Source
from lamina.tables.keeping import fit_keeping_best
from lamina.tables.members_accuracy import accuracies
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
        history: one row per epoch: epoch, loss, val_loss; with classes accuracy, val_accuracy.
        best_epoch: the one whose weights it has, from 1.
        held_out: (rows, outputs) for the rows given: the mean of those members that did not learn
            from the row; NaN for rows that all learned from.
        interrupted: whether Ctrl-C ended training; the best weights so far were kept.
        earlier: seconds that it took before it was resumed.
    """

    network: Any
    history: list[dict[str, float]]
    best_epoch: int
    held_out: np.ndarray
    interrupted: bool = False
    earlier: float = 0.0


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
    source: Source | None = None,
) -> Fitted:
    """Train.

    Args:
        arrays: of `encode`, training and validation rows together.
        y: of `encode_target`, or of `compact_target`.
        validates: (rows, members) bool: whether the row is for validation of that member; (rows,)
            if it is for all or none.
        columns: what was learned of the table's columns.
        target: what is predicted.
        design: sizes.
        training: how.
        seed: of everything random.
        row_weights: (rows,) weights of the loss.
        more: further callbacks.
        source: batches to learn from, instead of the rows that are not for validation.
    """
    utils.set_random_seed(seed)
    network = build_network(columns, target, design, seed)
    network.compile(
        optimizer=optimizers.AdamW(
            training.learning_rate, weight_decay=training.weight_decay, clipnorm=1.0
        ),
        loss=MembersLoss(target, training.smoothing, apart=validates.ndim == 2),
        weighted_metrics=accuracies(target),
    )
    y = compact_target(y, target)
    to_learn, learns = _weighted(~validates, row_weights)
    to_check, checks = _weighted(validates, row_weights)
    learned: tuple[Any, ...] = (source, None, None)
    if source is None:
        learned = (_rows(arrays, to_learn), y[to_learn], learns)
    rows, best, interrupted = fit_keeping_best(
        network,
        "val_loss",
        training.patience,
        more,
        x=learned[0],
        y=learned[1],
        sample_weight=learned[2],
        validation_data=(_rows(arrays, to_check), y[to_check], checks),
        batch_size=training.batch_size,
        epochs=training.epochs,
    )
    return Fitted(network, rows, best, _held_out(network, arrays, validates), interrupted)


class MembersLoss(losses.Loss):
    """The mean loss of a network's members, which all have the same target.

    Args:
        target: what is predicted.
        smoothing: share of a class label spread over all classes.
        apart: whether rows weigh differently for each member: weights are (rows, members) then,
            else (rows,).
    Call arguments:
        y_true: of `compact_target`.
        y_pred: (rows, members, outputs).
    """

    def __init__(self, target: Target, smoothing: float = 0.0, apart: bool = False) -> None:
        super().__init__(name="loss_of_members", reduction="mean_with_sample_weight")
        self.target = target
        self.smoothing = smoothing
        self.apart = apart

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(rows, members), or the members' mean (rows,)."""
        y_true = ops.expand_dims(self._outputs(y_true), 1) + ops.zeros_like(y_pred)
        options = {"from_logits": True, "label_smoothing": self.smoothing}
        if self.target.task == "regression":
            loss = losses.mean_squared_error(y_true, y_pred)
        elif self.target.task == "multiclass":
            loss = losses.categorical_crossentropy(y_true, y_pred, **options)
        else:
            loss = losses.binary_crossentropy(y_true, y_pred, **options)
        return loss if self.apart else ops.mean(loss, axis=1)

    def _outputs(self, y: Any) -> Any:
        """(rows, outputs)"""
        if self.target.task == "multiclass":
            return ops.one_hot(ops.cast(y, "int32"), len(self.target.classes))
        return y if self.target.task == "multilabel" else ops.expand_dims(y, 1)


def compact_target(y: np.ndarray, target: Target) -> np.ndarray:
    """A target as the loss wants it.

    Args:
        y: of `encode_target`; what this function returned comes back as it is.
        target: what is predicted.
    Returns:
        (rows,) int32 class numbers, (rows,) float32 standardised values, or (rows, labels) float32.
    """
    if y.dtype in (np.int32, np.float32):
        return y
    if target.task == "regression":
        return target.standardised(y).astype("float32")
    return y.astype("float32" if target.task == "multilabel" else "int32")


def _weighted(
    mask: np.ndarray, row_weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """(rows,) which rows count, and the weights of those that do; None if all weigh the same."""
    if mask.ndim == 1:
        return mask, None if row_weights is None else row_weights[mask]
    counts = np.asarray(mask.any(axis=1))
    weights = mask[counts].astype("float32")
    return counts, weights if row_weights is None else weights * row_weights[counts, None]


def _rows(arrays: Arrays, mask: np.ndarray) -> Arrays:
    return arrays if mask.all() else {name: a[mask] for name, a in arrays.items()}


def _held_out(network: Any, arrays: Arrays, validates: np.ndarray) -> np.ndarray:
    used = validates if validates.ndim == 1 else np.asarray(validates.any(axis=1))
    outputs = network.predict(_rows(arrays, used), batch_size=1024, verbose=0)
    share = np.ones((1, 1, 1)) if validates.ndim == 1 else validates[used][:, :, None]
    result = np.full((len(used), outputs.shape[-1]), np.nan, "float64")
    share = np.broadcast_to(share, (*outputs.shape[:2], 1))
    result[used] = (outputs * share).sum(axis=1) / share.sum(axis=1)
    return result
