"""Addresses of arrays, aligned arrays, and arrays that are used again once nobody holds them."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.executors.native.storage import ALIGNMENT

_SMALL_BYTES = 1024  # below this, an array's place in memory does not matter
_BYTE: Callable[[Any], Any] = ctypes.c_char.from_buffer
_ADDRESS = ctypes.addressof


def address(array: np.ndarray) -> int:
    """Where the elements of a contiguous array begin."""
    try:
        return _ADDRESS(_BYTE(array))  # the fastest way there is, for arrays that can be written
    except (TypeError, ValueError, BufferError):
        return array.__array_interface__["data"][0]


def aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array with any content that begins at a multiple of a cache line, unless it is small."""
    size = dtype.itemsize
    for length in shape:
        size *= length
    if size < _SMALL_BYTES:
        return np.empty(shape, dtype)
    memory = np.empty(size + ALIGNMENT, np.uint8)
    return np.ndarray(shape, dtype, memory, -address(memory) % ALIGNMENT)


class Pair:
    """Two arrays in turn, for a value that every call replaces by a new one.

    While the caller holds the last value, the next one is written to the memory of the one before,
    if nobody holds that any more. "Nobody" is told by the counts of references: of the array, and
    of the memory that it is a view of, which the views of others refer to.

    Args:
        shape, dtype: of the value.
    Attributes:
        array: the last value that `next` gave.
        place: its address.
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self._shape, self._dtype = shape, dtype
        self.array: np.ndarray | None = None
        self.place = 0
        self._before: np.ndarray | None = None
        self._place_before = 0

    def next(self) -> tuple[np.ndarray, int]:
        """An array to write the new value to, and its address."""
        is_free = _counts(self) in _FREE  # before there is a variable that counts too
        array, place = self._before, self._place_before
        if array is None or not is_free:
            array = aligned_empty(self._shape, self._dtype)
            place = address(array)
        self._before, self._place_before = self.array, self.place
        self.array, self.place = array, place
        return array, place


def _counts(pair: Pair) -> tuple[int, int]:
    """References to a pair's earlier array, and to the memory that it is a view of."""
    array = pair._before
    base = None if array is None else array.base
    return sys.getrefcount(array), 0 if base is None else sys.getrefcount(base)


def _counts_if_free() -> set[tuple[int, int]]:
    """What `_counts` gives where nobody else refers to the array; Pythons differ in it."""
    found = set()
    for length in (_SMALL_BYTES, 1):
        pair = Pair((length,), np.dtype("uint8"))
        pair._before = aligned_empty((length,), np.dtype("uint8"))
        found.add(_counts(pair))
    return found


_FREE: set[tuple[int, int]] = _counts_if_free()
