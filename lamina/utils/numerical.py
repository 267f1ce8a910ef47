"""Label and vector utilities: class numbers to one-hot rows, vectors to unit length."""

from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """One-hot rows from class numbers.

    Args:
        x: integers of any shape, (...) or (..., 1), from 0 to num_classes - 1.
        num_classes: number of classes. None: the largest number in `x` plus one.
    Returns:
        float64 array (..., num_classes), 1 at the class and 0 elsewhere. A tensor inside a traced
        function gives a tensor, and needs `num_classes`.
    Raises:
        ArgumentError: a number lies outside the classes, or is not whole.
    Example:
        >>> to_categorical([0, 2], num_classes=3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if _is_traced(x):
        from lamina import ops  # a light module; the engine's ops load when first used

        if len(x.shape) > 1 and x.shape[-1] == 1:
            x = ops.squeeze(x, -1)
        return ops.one_hot(x, num_classes)
    given = np.asarray(x)
    labels = _whole_numbers(given)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is not None and num_classes < 1:
        raise ArgumentError(
            message("to_categorical: `num_classes` is too small.", num_classes, "an int >= 1")
        )
    if num_classes is None:
        num_classes = int(labels.max()) + 1 if labels.size else 0
    outside = (labels < 0) | (labels >= num_classes)
    if outside.any():
        raise ArgumentError(
            message(
                "`x` holds a class number that does not exist.",
                received=f"{labels[outside][0]} with num_classes={num_classes}",
                required=f"0 to {num_classes - 1}",
                fix="count classes from 0, or give a larger num_classes",
            )
        )
    return (labels[..., None] == np.arange(num_classes)).astype("float64")


def _whole_numbers(given: np.ndarray) -> np.ndarray:
    try:
        labels = given.astype("int64")
    except (TypeError, ValueError):
        labels = None
    if labels is None or (given.dtype.kind == "f" and (labels != given).any()):
        raise ArgumentError(
            message(
                "`x` must hold class numbers.",
                received=f"dtype {given.dtype}, for example {str(given.flat[0])[:40]!r}",
                required="whole numbers",
                fix="np.unique(x, return_inverse=True)[1] numbers the classes of any labels",
            )
        )
    return labels


def normalize(x: Any, axis: int = -1, order: float = 2) -> Any:
    """Vectors divided by their norm; a vector of zeros stays as it is.

    Args:
        x: array of any shape.
        axis: the axis along which the vectors lie.
        order: the norm's order, 2 for Euclidean length.
    Returns:
        Array of the shape of `x`. A tensor inside a traced function gives a tensor.
    Example:
        >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """
    if _is_traced(x):
        from lamina import ops  # as above

        return ops.normalize(x, axis=axis, order=order)
    array = np.asarray(x)
    norm = np.linalg.norm(array, ord=order, axis=axis, keepdims=True)
    return array / np.where(norm == 0, 1, norm).astype(norm.dtype)


def _is_traced(x: Any) -> bool:
    """Whether a value is a tensor that holds no numbers yet."""
    return not isinstance(x, (np.ndarray, list, tuple, int)) and (
        hasattr(x, "shape") and not hasattr(x, "__array__")
    )
