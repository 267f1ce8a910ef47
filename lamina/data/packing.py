"""A batch as a tuple, `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`, and its three parts."""

from typing import Any

from lamina.base.errors import ArgumentError, message


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Split what a batch source gave into features, targets and weights.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`; a list counts as a tuple.
    Returns:
        The tuple `(x, y, sample_weight)`, with None for what is not there.
    Raises:
        ArgumentError: the tuple is empty or has more than three entries.
    Example:
        >>> unpack_x_y_sample_weight(("features", "labels"))
        ('features', 'labels', None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ArgumentError(
            message(
                "A batch has the wrong number of parts.",
                received=f"a {type(data).__name__} of {len(data)}",
                required="x, (x,), (x, y) or (x, y, sample_weight)",
                fix="put several inputs or several targets into one tuple or dict of their own",
            )
        )
    return tuple(data) + (None,) * (3 - len(data))


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Put features, targets and weights into the form that `fit` takes batches in.

    Args:
        x: features.
        y: targets, or None. Without targets `sample_weight` is left out.
        sample_weight: one weight for each row, or None.
    Returns:
        `x` alone (inside a tuple if it is a list or tuple itself), `(x, y)` or
        `(x, y, sample_weight)`.
    Example:
        >>> pack_x_y_sample_weight("features", "labels")
        ('features', 'labels')
    """
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    if sample_weight is None:
        return x, y
    return x, y, sample_weight
