"""The last part of in-memory data set aside for validation, as `validation_split` asks."""

import math

from lamina.base import tree
from lamina.base.errors import ArgumentError, ArgumentTypeError, DTypeError, message
from lamina.data.checks import check_rows
from lamina.data.source import Batch
from lamina.data.structures import as_arrays


def split_validation(arrays: tuple, validation_split: float) -> tuple[Batch, Batch]:
    """Cut data in two: the first part to train on, the last to validate on; nothing is shuffled.

    Args:
        arrays: (x, y, sample_weight) as the user passed them; arrays, frames, lists, structures.
        validation_split: float between 0 and 1, the share of rows for validation.
    Returns:
        ((x, y, sample_weight), (x, y, sample_weight)) as arrays: views, not copies.
    Raises:
        ArgumentError: the share is not between 0 and 1, one part would be empty, or the data are
            not arrays.
    Example:
        >>> train, validation = split_validation(([0, 1, 2, 3], None, None), 0.25)
        >>> train[0].tolist(), validation[0].tolist()
        ([0, 1, 2], [3])
    """
    if isinstance(validation_split, bool) or not isinstance(validation_split, (int, float)):
        raise ArgumentTypeError(
            message("`validation_split` must be a number.", repr(validation_split)[:80])
        )
    if not 0 < validation_split < 1:
        raise ArgumentError(
            message(
                "`validation_split` must lie between 0 and 1.",
                received=validation_split,
                required="a share of the rows, for example 0.2",
            )
        )
    names = ("x", "y", "sample_weight")
    try:
        parts = tuple(as_arrays(a, n) for a, n in zip(arrays, names, strict=True))
    except DTypeError:
        raise
    except (ArgumentError, ArgumentTypeError) as error:
        error.add_note("`validation_split` is only supported for tensors or NumPy arrays.")
        raise
    rows = check_rows(parts)
    split_at = math.floor(rows * (1.0 - validation_split))
    if split_at in (0, rows):
        raise ArgumentError(
            message(
                f"Training data contains {rows} samples, which is not sufficient to split it.",
                received=f"validation_split={validation_split}",
                required="at least one row in each part",
                fix="provide more data or a different validation_split",
            )
        )
    return tuple(
        tree.map_structure(lambda a, part=part: a[part], parts, none_is_leaf=False)
        for part in (slice(0, split_at), slice(split_at, rows))
    )


train_validation_split = split_validation
