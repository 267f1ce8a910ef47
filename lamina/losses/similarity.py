"""The circle loss: embeddings of one class close together, those of different classes apart."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.ir import dims
from lamina.losses.wrapper import BuiltInLoss
from lamina.ops.masking import set_keras_mask


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """The circle loss of each embedding against reference embeddings.

    Args:
        y_true: class numbers, (batch,).
        y_pred: embeddings of length 1, (batch, n).
        ref_labels: class numbers of the references; default `y_true`.
        ref_embeddings: the references, (references, n); default `y_pred`.
        remove_diagonal: whether an embedding is not compared with itself.
        gamma: scale of the similarities.
        margin: how far from the ideal similarity a pair may be without loss.
    Returns:
        Tensor (batch,). Places with loss 0 are masked, so means are over the others.
    Source: Sun et al. (2020), arXiv:2002.10857.
    Example:
        >>> circle([0, 1], [[1.0, 0.0], [0.0, 1.0]]).tolist()
        [0.0, 0.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, "int32")
    references = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings)
    ref_labels = y_true if ref_labels is None else ops.cast(ref_labels, "int32")
    positive, negative = _pairs(y_true, ref_labels, remove_diagonal)
    cosine = ops.matmul(y_pred, ops.transpose(references))
    distance = ops.maximum(ops.subtract(1.0, cosine), 0.0)
    pull = ops.multiply(ops.add(distance, margin), ops.subtract(distance, margin))
    weight = ops.maximum(ops.subtract(1.0 + margin, distance), 0.0)
    push = ops.multiply(weight, ops.subtract(1.0 - margin, distance))
    total = ops.add(_soft_maximum(pull, positive, gamma), _soft_maximum(push, negative, gamma))
    loss = ops.softplus(total)
    set_keras_mask(loss, ops.greater(loss, 0))
    return loss


def _pairs(labels: Any, references: Any, remove_diagonal: bool) -> tuple[Any, Any]:
    """Which (sample, reference) pairs are of one class, and which of two."""
    rows, columns = (dims.product(tuple(x.shape)) for x in (labels, references))
    same = ops.equal(ops.reshape(labels, (rows, 1)), ops.reshape(references, (1, columns)))
    different = ops.logical_not(same)
    if remove_diagonal:
        same = ops.logical_and(same, ops.logical_not(ops.eye(rows, columns, dtype="bool")))
    return same, different


def _soft_maximum(values: Any, chosen: Any, gamma: float) -> Any:
    """logsumexp of the chosen values in each row, times gamma; far below zero if none is chosen."""
    low = -3e4 if values.dtype == "float16" else -1e30  # finite, so that slopes are not NaN
    return ops.logsumexp(ops.where(chosen, ops.multiply(values, gamma), low), axis=1)


class Circle(BuiltInLoss):
    """The circle loss of embeddings: classes drawn together, and apart from each other.

    Targets are class numbers (batch,), predictions embeddings of length 1, (batch, n).

    Args:
        gamma: scale of the similarities.
        margin: how far from the ideal similarity a pair may be without loss.
        remove_diagonal: whether an embedding is not compared with itself.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Source: Sun et al. (2020), arXiv:2002.10857.
    Example:
        >>> float(Circle()([0, 1], [[1.0, 0.0], [0.0, 1.0]]))
        0.0
    """

    function = staticmethod(circle)
    _integer_targets = True

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            name, reduction, dtype, gamma=gamma, margin=margin, remove_diagonal=remove_diagonal
        )
