"""Class weights as row weights: each row gets the weight of its class.

A class that the dictionary leaves out keeps weight 1, as in Keras; where Keras says nothing, one
warning names these classes, because a forgotten class is trained on at a weight nobody chose.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.base import config, dtypes, tree
from lamina.base.errors import ArgumentError, ArgumentTypeError, message


def check_class_weight(class_weight: Any) -> dict[int, float] | None:
    """A class-weight dictionary with int keys and float values.

    Args:
        class_weight: None, or a mapping from class number to weight.
    Returns:
        The dictionary, or None for None and for an empty mapping.
    Raises:
        ArgumentTypeError: not a mapping, or a key or weight is not a number.
        ArgumentError: a weight is negative, infinite or NaN.
    """
    if class_weight is None:
        return None
    if not isinstance(class_weight, Mapping):
        raise ArgumentTypeError(
            message(
                "`class_weight` must be a dict.",
                received=type(class_weight).__name__,
                required="class number -> weight, for example {0: 1.0, 1: 5.0}",
            )
        )
    checked = {}
    for key, weight in class_weight.items():
        if isinstance(key, str) or not hasattr(key, "__int__") or int(key) != key:
            raise ArgumentTypeError(
                message(
                    "A key of `class_weight` is not a class number.",
                    received=repr(key),
                    required="ints, the labels as they stand in y",
                )
            )
        if not isinstance(weight, (int, float, np.number)):
            raise ArgumentTypeError(
                message(
                    f"`class_weight`: weight of class {key} is not a number.", repr(weight)[:80]
                )
            )
        if not np.isfinite(weight) or weight < 0:
            raise ArgumentError(
                message(
                    f"`class_weight`: the weight of class {key} cannot be used.",
                    weight,
                    "a number >= 0",
                )
            )
        checked[int(key)] = float(weight)
    return checked or None


def class_weight_to_sample_weights(
    y: Any, class_weight: Mapping[int, float], warned: set[int] | None = None
) -> np.ndarray:
    """The weight of each row's class.

    Args:
        y: labels (rows,) or (rows, 1), rounded to whole numbers, or one-hot rows (rows, classes).
        class_weight: class number -> weight; a class it lacks has weight 1.
        warned: classes already warned about; new ones are added. None: warn about all.
    Returns:
        Array (rows,) of the default float type.
    Raises:
        ArgumentError: several targets, or targets with more than two axes.
    Example:
        >>> class_weight_to_sample_weights(np.array([0, 1, 1]), {0: 1.0, 1: 5.0}).tolist()
        [1.0, 5.0, 5.0]
    """
    if y is None or tree.is_nested(y):
        raise ArgumentError(
            message(
                "`class_weight` is only supported for models with a single output.",
                received="no y" if y is None else f"y as a {type(y).__name__} of {len(y)}",
                fix="pass `sample_weight`, one array for each output",
            )
        )
    if y.ndim > 2:
        raise ArgumentError(
            message(
                "`class_weight` needs one class for each row.",
                received=f"y of shape {y.shape}",
                required="shape (rows,), (rows, 1) or (rows, classes)",
                fix="pass `sample_weight` with a weight for each position",
            )
        )
    if y.ndim == 2:
        y = y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
    labels, positions = np.unique(np.round(y), return_inverse=True)
    weights = [class_weight.get(int(label), 1.0) for label in labels if label == label]
    weights += [1.0] * (len(labels) - len(weights))  # a NaN label sorts last
    _warn_missing({int(v) for v in labels if v == v} - set(class_weight), warned)
    return np.asarray(weights, dtypes.to_numpy(config.floatx()))[positions.reshape(-1)]


def _warn_missing(missing: set[int], warned: set[int] | None) -> None:
    new = sorted(missing - (warned or set()))
    if not new:
        return
    if warned is not None:
        warned.update(new)
    shown = ", ".join(map(str, new[:8])) + (", ..." if len(new) > 8 else "")
    warnings.warn(
        f"`class_weight` has no entry for {'class' if len(new) == 1 else 'classes'} {shown} found "
        "in y; weight 1.0 is used. Add the missing entries to choose their weight.",
        UserWarning,
        stacklevel=4,
    )
