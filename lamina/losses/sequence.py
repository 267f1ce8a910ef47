"""The CTC loss: a sequence of labels against longer sequences of scores, without an alignment."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ShapeError, message
from lamina.losses.wrapper import BuiltInLoss

BLANK = 0  # the class that stands for "no label"; also the padding of targets


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Minus the log-probability of the labels, summed over all alignments.

    Args:
        y_true: class numbers, (batch, labels), 0 where a row is over.
        y_pred: logits, (batch, time, classes); class 0 is the blank.
    Returns:
        Tensor (batch,).
    Raises:
        ShapeError: the shapes are not such.
    Source: Graves et al. (2006), ICML, "Connectionist temporal classification".
    Example:
        >>> round(float(ctc([[1]], [[[0.0, 1.0]]])[0]), 4)
        0.3133
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2:
        raise ShapeError(
            message(
                "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` "
                "in integer format.",
                received=f"y_true.shape={tuple(y_true.shape)}",
            )
        )
    if len(y_pred.shape) != 3:
        raise ShapeError(
            message(
                "Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, "
                "num_classes)`.",
                received=f"y_pred.shape={tuple(y_pred.shape)}",
            )
        )
    batch, time = y_pred.shape[:2]
    input_length = ops.full((batch,), time, dtype="int32")
    label_length = ops.sum(ops.cast(ops.not_equal(y_true, BLANK), "int32"), axis=-1)
    return ops.ctc_loss(y_true, y_pred, label_length, input_length, mask_index=BLANK)


class CTC(BuiltInLoss):
    """The loss of label sequences shorter than the scores, whose alignment is unknown.

    Targets are class numbers (batch, labels), 0 where a row is over; predictions are logits
    (batch, time, classes), class 0 being the blank.

    Args:
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
    Source: Graves et al. (2006), ICML, "Connectionist temporal classification".
    Example:
        >>> round(float(CTC()([[1]], [[[0.0, 1.0]]])), 4)
        0.3133
    """

    function = staticmethod(ctc)
    _integer_targets = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "ctc",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
