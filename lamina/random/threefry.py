"""The source of all random bits: Threefry-2x32 with 20 rounds, made of integer primitives.

A counter-based generator encrypts a counter under a key: the seed is the key, the place of an
element is the counter. Nothing is carried from one element to the next, so any part of a draw can
be made alone, in any order, by any number of threads.

Layout: a draw of shape (…, d) numbers the places of (…, ceil(d / 2)) in row-major order. Each gives
two words; all first words, then all second words, make up the last axis, cut to d. A row's bits
therefore do not depend on how many rows there are. (n,) is drawn as (n, 1).

Source: Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", section
3.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir import dims
from lamina.ir.dims import Dim, Shape
from lamina.runtime.dispatch import apply

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA  # the third key word is this, with both others mixed in by xor


def _word(value: int) -> np.ndarray:
    return np.asarray(value, "uint32")


def threefry(key: tuple[Any, Any], counter: tuple[Any, Any]) -> tuple[Any, Any]:
    """Two words for every counter.

    Args:
        key: two uint32 tensors.
        counter: two uint32 tensors; all four broadcast.
    Returns:
        Two uint32 tensors.
    """
    keys = (*key, apply("xor", apply("xor", *key), _word(_PARITY)))
    x, y = apply("add", counter[0], keys[0]), apply("add", counter[1], keys[1])
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            x = apply("add", x, y)
            turned = apply(
                "or",
                apply("shift_left", y, _word(rotation)),
                apply("shift_right", y, _word(32 - rotation)),
            )
            y = apply("xor", turned, x)
        x = apply("add", x, keys[(group + 1) % 3])
        injected = apply("add", keys[(group + 2) % 3], _word(group + 1))
        y = apply("add", y, injected)
    return x, y


def pairs(seed: Any, shape: Shape, stream: int = 0) -> tuple[Any, Any]:
    """Two independent words for every place of a shape.

    Args:
        seed: uint32 tensor (2,), from `draw_seed`.
        shape: of each result.
        stream: different numbers give independent words for the same places.
    Returns:
        Two uint32 tensors of `shape`.
    """
    key = (_element(seed, 0), _element(seed, 1))
    places = apply("iota", shape=(dims.product(shape),), axis=0, dtype="uint32")
    first, second = threefry(key, (places, _word(stream)))
    return apply("reshape", first, shape=shape), apply("reshape", second, shape=shape)


def halves(shape: Shape) -> Shape:
    """The places that fill a shape when each gives two elements along the last axis."""
    return (*shape[:-1], -(-shape[-1] // 2))


def joined(first: Any, second: Any, shape: Shape) -> Any:
    """Two tensors of `halves(shape)` side by side along the last axis, cut to `shape`."""
    if shape[-1] == 1:
        return first
    both = apply("concat", first, second, axis=len(shape) - 1)
    if shape[-1] % 2 == 0:
        return both
    zeros, ones = (0,) * len(shape), (1,) * len(shape)
    return apply("slice", both, start=zeros, stop=shape, step=ones)


def words(seed: Any, shape: Shape, stream: int = 0) -> Any:
    """One uint32 word for every place of a shape whose last axis is static; see `pairs`."""
    return joined(*pairs(seed, halves(shape), stream), shape)


def with_static_end(shape: Any) -> tuple[Shape, Shape]:
    """A shape as requested, and as drawn: with an axis of 1 at the end if that may be the batch."""
    wanted = tuple(s if isinstance(s, Dim) else int(s) for s in shape)
    if len(wanted) < 2 or isinstance(wanted[-1], Dim):
        return wanted, (*wanted, 1)
    return wanted, wanted


def _element(seed: Any, i: int) -> Any:
    return apply("reshape", apply("slice", seed, start=(i,), stop=(i + 1,), step=(1,)), shape=())
