"""Checks that data pass before anything is compiled: row counts, emptiness, and finite values.

Different numbers of rows and empty data are errors. NaN and infinity are a warning, once for each
source: training on them is nearly always a mistake, but a model may be built to handle them.
"""

import math
import warnings
from typing import Any

import numpy as np

from lamina.base import dtypes, tree
from lamina.base.errors import ArgumentError, ArgumentTypeError, message

PARTS = ("x", "y", "sample_weight")


def check_rows(parts: tuple[Any, Any, Any], where: str = "") -> int:
    """The number of rows, which all arrays must have in common.

    Args:
        parts: structures of arrays for x, y and sample_weight; None for what is not there.
        where: a phrase for messages, for example " of batch 3".
    Returns:
        The number of rows, at least 1.
    Raises:
        ArgumentError: the numbers differ, or there are no rows.
    """
    sizes = {
        part: [len(a) for a in tree.flatten(arrays) if a is not None]
        for part, arrays in zip(PARTS, parts, strict=True)
    }
    distinct = {size for part_sizes in sizes.values() for size in part_sizes}
    if len(distinct) > 1:
        seen = (f"'{p}' sizes: {', '.join(map(str, s))}" for p, s in sizes.items() if s)
        raise ArgumentError(
            message(
                f"Data cardinality is ambiguous: the arrays{where} have different numbers of rows.",
                received=", ".join(seen),
                required="the same number of rows in all of them",
                fix="check how x and y were cut or filtered; row i of each must belong together",
            )
        )
    if not distinct or distinct == {0}:
        shapes = [a.shape for a in tree.flatten(parts) if a is not None]
        raise ArgumentError(
            message(
                f"The data{where} are empty: there is not one row.",
                received=f"shapes {shapes}" if shapes else "no array",
                required="at least 1 row",
                fix="check the file or filter that the data come from",
            )
        )
    return distinct.pop()


def non_finite_rows(array: np.ndarray) -> np.ndarray | None:
    """Which rows hold NaN or infinity, or None if none does.

    Args:
        array: (rows, ...) of any dtype.
    Returns:
        A boolean array (rows,), or None.
    Numerics: one sum over the array decides in the usual case; only if it is not finite are the
        entries looked at, so a sum that merely overflows reports nothing.
    """
    kind = array.dtype.kind
    if kind != "f" and (kind in "biuUST" or not dtypes.is_float(array.dtype)):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        if math.isfinite(array.sum()):
            return None
    bad = ~np.isfinite(array).reshape(len(array), -1).all(axis=1)
    return bad if bad.any() else None


def warn_non_finite(parts: tuple[Any, Any, Any], where: str = "") -> bool:
    """Warn about NaN and infinity, in one warning that counts them.

    Args:
        parts: structures of arrays for x, y and sample_weight.
        where: a phrase for the message, for example " of batch 3".
    Returns:
        Whether there was something to warn about.
    """
    found = []
    for part, arrays in zip(PARTS, parts, strict=True):
        for path, array in tree.flatten_with_path(arrays):
            bad = None if array is None else non_finite_rows(array)
            if bad is not None:
                name = part + "".join(f"[{key!r}]" for key in path)
                found.append(
                    f"`{name}`{where} in {int(bad.sum())} of {len(bad)} rows, "
                    f"first in row {int(bad.argmax())}"
                )
    if found:
        warnings.warn(
            f"NaN or infinity in the data: {'; '.join(found)}. Fill in or drop these rows "
            "(np.nan_to_num, dropna); one NaN turns loss and weights into NaN.",
            UserWarning,
            stacklevel=3,
        )
    return bool(found)


def check_count(value: Any, name: str) -> int | None:
    """A batch size or number of steps: None or a whole number of at least 1.

    Args:
        value: what the user passed.
        name: the argument's name, for messages.
    Returns:
        The number as an int, or None.
    Raises:
        ArgumentTypeError: it is not a whole number.
        ArgumentError: it is below 1.
    """
    if value is None:
        return None
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise ArgumentTypeError(
            message(f"`{name}` must be a whole number.", f"{value!r}"[:80], "an int >= 1, or None")
        )
    if value < 1:
        raise ArgumentError(message(f"`{name}` must be at least 1.", value, "an int >= 1, or None"))
    return int(value)
