"""Sequences of different lengths made one array."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message, near

_SIDES = ("pre", "post")


def pad_sequences(
    sequences: Sequence,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float | str = 0.0,
) -> np.ndarray:
    """Sequences brought to one length by filling up and cutting off.

    Args:
        sequences: list of sequences; entries are numbers, texts, or arrays of one shape.
        maxlen: the common length. None: that of the longest sequence.
        dtype: dtype of the result; `object` or "<U…" for text.
        padding: "pre" fills before a short sequence, "post" after it.
        truncating: "pre" drops the beginning of a long sequence, "post" its end.
        value: what is filled in.
    Returns:
        Array (len(sequences), maxlen, ...).
    Raises:
        ArgumentError: no sequences, entries of different shapes, or an unknown side.
    Example:
        >>> pad_sequences([[1], [2, 3, 4]], maxlen=2).tolist()
        [[0, 1], [3, 4]]
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in _SIDES:
            raise ArgumentError(
                message(f"Unknown `{name}`.", repr(side), "'pre' or 'post'", near(side, _SIDES))
            )
    _check_value(value, dtype)
    rows = _rows(sequences)
    if maxlen is None:
        maxlen = max(map(len, rows), default=0)
    entry_shape = next((np.asarray(row).shape[1:] for row in rows if len(row)), ())
    padded = np.full((len(rows), maxlen, *entry_shape), value, dtype=dtype)
    for position, row in enumerate(rows):
        if truncating == "pre":
            row = row[max(0, len(row) - maxlen) :]
        kept = np.asarray(row[:maxlen], dtype=dtype)
        if not len(kept):
            continue
        if kept.shape[1:] != entry_shape:
            raise ArgumentError(
                message(
                    f"Sequence {position} has entries of another shape.",
                    received=f"entries of shape {kept.shape[1:]}",
                    required=f"entries of shape {entry_shape}, as in the first sequence",
                )
            )
        start = maxlen - len(kept) if padding == "pre" else 0
        padded[position, start : start + len(kept)] = kept
    return padded


def _rows(sequences: Sequence) -> list:
    if not hasattr(sequences, "__len__"):
        raise ArgumentError(
            message("`sequences` must be iterable.", type(sequences).__name__, "a list of lists")
        )
    rows = list(sequences)
    for position, row in enumerate(rows):
        if not hasattr(row, "__len__"):
            raise ArgumentError(
                message(
                    "`sequences` must be a list of iterables.",
                    received=f"{str(row)[:40]} at position {position}",
                    required="a list or array for each sequence",
                )
            )
    return rows


def _check_value(value: float | str, dtype: Any) -> None:
    is_text = dtype is object or np.dtype(dtype).kind in "OUS"
    if isinstance(value, str) and not is_text:
        raise ArgumentError(
            message(
                f"`dtype` {dtype} is not compatible with `value`'s type: {type(value).__name__}.",
                received=f"value={value!r}",
                fix="set dtype=object for text of any length",
            )
        )
