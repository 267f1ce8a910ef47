"""Several inputs or targets at once: lists, tuples and dicts of data, made of arrays.

A list whose first entry is a number (or a list of numbers, and so on down) is one array; a list of
arrays or frames is several inputs, as in Keras.
"""

from typing import Any

from lamina.base import tree
from lamina.data.arrays import as_array


def is_plain_list(value: Any) -> bool:
    """Whether a list or tuple holds numbers, at any depth, rather than several arrays."""
    if not isinstance(value, (list, tuple)):
        return False
    if any(getattr(entry, "shape", ()) or isinstance(entry, dict) for entry in value):
        return False
    if value and all(entry is None for entry in value):
        return False  # several inputs, all of them left out
    entry = value
    while isinstance(entry, (list, tuple)):
        if not entry:
            return True
        entry = entry[0]
    if getattr(entry, "shape", None) == ():
        return True
    return entry is None or isinstance(entry, (bool, int, float, complex, str, bytes))


def as_arrays(value: Any, name: str, allow_strings: bool = False) -> Any:
    """Every piece of data in a structure as an array.

    Args:
        value: data as `as_array` takes it, or lists, tuples and dicts of such data, or None.
        name: the argument's name; messages extend it, as in "x['left']".
        allow_strings: let arrays of text pass.
    Returns:
        The same structure of arrays; None stays None.
    Raises:
        DTypeError, ShapeError, ArgumentError: as `as_array`.
    Example:
        >>> as_arrays({"a": [1, 2], "b": None}, "x")
        {'a': array([1, 2]), 'b': None}
    """
    if value is None:
        return None
    if not tree.is_nested(value) or is_plain_list(value):
        return as_array(value, name, allow_strings)
    if isinstance(value, dict):
        return {k: as_arrays(v, f"{name}[{k!r}]", allow_strings) for k, v in value.items()}
    parts = [as_arrays(v, f"{name}[{i}]", allow_strings) for i, v in enumerate(value)]
    if hasattr(value, "_fields"):
        return type(value)(*parts)
    return parts if isinstance(value, list) else tuple(parts)
