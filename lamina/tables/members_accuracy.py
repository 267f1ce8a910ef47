"""How many rows a network's members answer right, epoch by epoch, for the curve in the report.

It is only shown: the loss decides which epoch is kept, and no gradient passes through here.
"""

from __future__ import annotations

from typing import Any

from lamina import metrics, ops
from lamina.tables.schema import Target


class MembersAccuracy(metrics.Mean):
    """The share of right answers, over rows and those members that a row counts for.

    Weights of classes do not enter: a row counts or does not. Of two classes the second is
    predicted from one half on, since a threshold is chosen only after training.

    Args:
        target: what is predicted, "binary" or "multiclass".
    Example:
        >>> accuracy = MembersAccuracy(Target(("y",), "binary", "", ("no", "yes")))
        >>> scores = ops.array([[[2.0], [-1.0]], [[-1.0], [-3.0]]])     # two rows, two members
        >>> float(accuracy(ops.array([1, 0]), scores))
        0.75
    """

    def __init__(self, target: Target) -> None:
        super().__init__(name="accuracy")
        self.target = target

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Args:
            y_true: (rows,) class numbers.
            y_pred: (rows, members, outputs) scores.
            sample_weight: (rows, members) or (rows,), 0 where a row does not count.
        """
        if self.target.task == "binary":
            answers = ops.cast(y_pred[:, :, 0] >= 0, "int32")
        else:
            answers = ops.argmax(y_pred, axis=-1)
        truth = ops.expand_dims(ops.cast(y_true, "int32"), 1)
        right = ops.cast(ops.equal(answers, truth), "float32")
        if sample_weight is not None:
            sample_weight = ops.cast(ops.convert_to_tensor(sample_weight) > 0, "float32")
        super().update_state(right, sample_weight)


def accuracies(target: Target) -> list[Any]:
    """The metrics that a table's network is compiled with: none where answers are no classes.

    Args:
        target: what is predicted.
    """
    return [MembersAccuracy(target)] if target.task in ("binary", "multiclass") else []
