"""Checks of constructor arguments that several layers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.base import config
from lamina.base.errors import ArgumentError, message, near


def is_integer(value: Any) -> bool:
    """Whether a value is an integer, NumPy's included, and not a bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def positive_int(value: Any, name: str) -> int:
    """An argument that must be an int >= 1.

    Args:
        value: what the user gave.
        name: the argument's name.
    Raises:
        ArgumentError: it is something else.
    """
    if not is_integer(value) or value <= 0:
        raise ArgumentError(
            message(
                f"Received an invalid value for `{name}`, expected a positive integer. "
                f"`{name}` must be a positive integer.",
                received=f"{name}={value!r} (of type {type(value).__name__})",
            )
        )
    return int(value)


def int_tuple(value: Any, length: int, name: str, allow_zero: bool = False) -> tuple[int, ...]:
    """An argument that is one int for all axes, or one int for each.

    Args:
        value: int, or iterable of ints.
        length: how many axes there are.
        name: the argument's name.
        allow_zero: whether 0 may stand in it.
    Returns:
        tuple of `length` ints.
    Raises:
        ArgumentError: another length, no integers, or too small ones.
    """
    start = f"The `{name}` argument must be a tuple of {length} integers."
    received = f"{name}={value!r}"
    if is_integer(value):
        value = (value,) * length
    try:
        values = tuple(value)
    except TypeError:
        values = ()
    if isinstance(value, str) or len(values) != length:
        raise ArgumentError(message(f"{start} Received {received}"))
    for v in values:
        if not is_integer(v):
            raise ArgumentError(
                message(f"{start} Received {received}, including element {v!r} of type {type(v)}")
            )
    least = 0 if allow_zero else 1
    wrong = {int(v) for v in values if v < least}
    if wrong:
        sign = ">= 0" if allow_zero else "> 0"
        raise ArgumentError(
            message(
                f"{start} Received {received}, including values {wrong} that do not satisfy "
                f"`value {sign}`"
            )
        )
    return tuple(map(int, values))


def pairs(value: Any, rank: int, name: str) -> tuple[tuple[int, int], ...]:
    """An argument that says how much to add or cut before and after each spatial axis.

    Args:
        value: int for all, or for each axis an int or a pair (before, after).
        rank: how many spatial axes there are.
        name: the argument's name.
    Returns:
        One pair for each axis.
    Raises:
        ArgumentError: another form, or negative numbers.
    """
    if is_integer(value):
        value = (value,) * rank
    elif not hasattr(value, "__len__") or isinstance(value, str):
        raise ArgumentError(
            message(
                f"`{name}` should be either an int, a tuple of {rank} ints, or a tuple of {rank} "
                f"tuples of 2 ints.",
                received=f"{name}={value!r}",
            )
        )
    if len(value) != rank:
        count = "two" if rank == 2 else rank
        raise ArgumentError(
            message(f"`{name}` should have {count} elements. Received: {name}={value!r}.")
        )
    ordinals = ("1st", "2nd", "3rd")
    found = []
    for part, ordinal in zip(value, ordinals, strict=False):
        if is_integer(part) and part < 0:
            raise ArgumentError(message(f"`{name}` cannot be negative.", f"{name}={value!r}"))
        found.append(int_tuple(part, 2, f"{ordinal} entry of {name}", allow_zero=True))
    return tuple(found)  # type: ignore[arg-type]


def one_of(value: Any, choices: Sequence[Any], name: str, owner: str) -> Any:
    """An argument that must be one of several words.

    Args:
        value: what the user gave.
        choices: the words allowed.
        name: the argument's name.
        owner: the layer's class name.
    Raises:
        ArgumentError: it is none of them.
    """
    if value in choices:
        return value
    raise ArgumentError(
        message(
            f"Unknown value for `{name}` argument of {owner}. "
            f"{near(value, [str(c) for c in choices])}".rstrip(),
            received=f"{name}={value!r}",
            required=f"one of {tuple(choices)}",
        )
    )


def data_format(value: Any) -> str:
    """Where the channels stand: "channels_last", "channels_first", or None for the default.

    Raises:
        ArgumentError: another word.
    """
    if value is None:
        return config.image_data_format()
    word = str(value).lower()
    return one_of(word, ("channels_first", "channels_last"), "data_format", "layers")


def rate(value: Any, name: str = "rate") -> Any:
    """An argument that must lie between 0 and 1.

    Raises:
        ArgumentError: it does not.
    """
    if isinstance(value, (int, float, np.number)) and 0 <= value <= 1:
        return value
    raise ArgumentError(
        message(
            f"Invalid value received for argument `{name}`. Expected a float value between 0 and "
            "1.",
            received=f"{name}={value!r}",
        )
    )


def axes_within(axis: Any, shape: Sequence[Any]) -> tuple[int, ...]:
    """Axes given as int or list, each checked against a shape.

    Raises:
        ArgumentError: an axis lies outside the shape.
    """
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    for a in axes:
        if not -len(shape) <= a < len(shape):
            raise ArgumentError(
                message(
                    f"Axis {a} is out of bounds for input shape {tuple(shape)}.",
                    received=f"axis={axis}",
                    required=f"an axis from {-len(shape)} to {len(shape) - 1}",
                )
            )
    return axes
