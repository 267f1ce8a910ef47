"""Epilogues of contractions: what becomes of sums while they are in registers, or just after.

A short tail (bias, activation) is written wherever a vector is finished. A long one (the update of
an optimizer) would be written out for each vector of each kind of tile, which is most of the time
that compiling takes; so the sums of a tile go to a list on the stack instead, and a function with a
loop over the list runs the tail. The list is in the first-level cache when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lamina.executors.native.writer import Affine, Function, Value

INLINE_STATEMENTS = 5  # a tail with more computations goes through a list
LONGEST = 64  # vectors in a tile, at most
ARGUMENTS = [
    ("table", "pointer"),
    ("sums", "pointer"),
    ("places", "pointer"),
    ("count", "index"),
    ("turn", "index"),
]
_WORDS = 3  # of a place: offset, column, which lanes count

TOGETHER = 4  # vectors in a turn of the loop over the list, so that they do not wait for each other


class Finished(NamedTuple):
    """A vector of the result, its sums finished.

    Attributes:
        offset: of its first element, in elements.
        column: the index of its first lane along the columns.
        mask: the lanes that count, or None for all.
        value: the sums.
    """

    offset: Affine
    column: Affine
    mask: Value | None
    value: Value


Tail = Callable[[Sequence[Finished]], None]  # writes the code for some vectors side by side


class Inline:
    """Runs a short tail for every vector as it is finished."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail

    def finish(
        self,
        offset: Affine,
        point: tuple[Affine, ...],
        column: Affine,
        mask: Value | None,
        value: Value,
    ) -> None:
        """Run the tail."""
        self._tail([Finished(offset, column, mask, value)])

    def end_tile(self) -> None:
        """Nothing is left to do."""


class Deferred:
    """Collects the finished vectors of a tile and calls the tail's function for them.

    Args:
        f: the contraction's function.
        name: of the tail's function.
        dtype: of the sums.
    """

    def __init__(self, f: Function, name: str, dtype: str) -> None:
        self.f, self.name, self.dtype = f, name, dtype
        self.lanes = f.module.lanes(dtype)
        kind = Value("", dtype, self.lanes).type
        self._sums = f.here("pointer", 1, f"alloca {kind}, i32 {LONGEST}, align 64")
        self._places = f.here("pointer", 1, f"alloca i64, i32 {LONGEST * _WORDS}, align 64")
        self._count = 0

    def finish(
        self,
        offset: Affine,
        point: tuple[Affine, ...],
        column: Affine,
        mask: Value | None,
        value: Value,
    ) -> None:
        """Put a vector into the list."""
        f, place = self.f, self._count * _WORDS
        f.store(f.splat(value, self.lanes), self._at(self._count))
        bits = f.index(-1) if mask is None else self._bits(mask)
        for i, word in enumerate((f.index(offset), f.index(column), bits)):
            f.store(word, f.address(self._places, place + i, "index"))
        self._count += 1

    def _at(self, number: int) -> Value:
        return self.f.address(self._sums, number * self.lanes, self.dtype)

    def _bits(self, mask: Value) -> Value:
        f = self.f
        packed = f.pure("index", 1, f"bitcast {mask.type} {{}} to i{mask.lanes}", mask)
        return f.pure("index", 1, f"zext i{mask.lanes} {{}} to i64", packed)

    def end_tile(self) -> None:
        """Run the tail for what is in the list."""
        f = self.f
        assert 0 < self._count <= LONGEST
        f.effect(
            f"call void @{self.name}(ptr {{}}, ptr {{}}, ptr {{}}, i64 {self._count}, i64 {{}})",
            f.argument("table"),
            self._sums,
            self._places,
            f.argument("turn"),
        )
        self._count = 0


def write_tail(f: Function, dtype: str, lanes: int, tail: Tail, longest: int) -> None:
    """The loop over the list, which has at most `longest` vectors.

    A tail is a long chain of operations, each waiting for the one before; the processor looks
    ahead by no more than about two chains. So some vectors go through it side by side.
    """
    masks_are_free = f.module.vector_bytes >= 64

    def entry(number: Value, of_turn: int) -> tuple[Finished, Value]:
        at = Affine.of(number) + of_turn
        value = f.load(f.address(f.argument("sums"), at.scaled(lanes), dtype), dtype, lanes)
        words = [
            f.load(f.address(f.argument("places"), at.scaled(_WORDS) + i, "index"), "index")
            for i in range(_WORDS)
        ]
        offset, column, bits = words
        narrow = f.pure("index", 1, f"trunc i64 {{}} to i{lanes}", bits)
        mask = f.pure("bool", lanes, f"bitcast i{lanes} {{}} to <{lanes} x i1>", narrow)
        return Finished(Affine.of(offset), Affine.of(column), mask, value), bits

    def some(number: Value, count: int) -> None:
        entries = [entry(number, i) for i in range(count)]
        if masks_are_free:
            tail([one for one, _ in entries])
            return
        every = entries[0][1]
        for _, bits in entries[1:]:
            every = f.binary("and", every, bits)
        full = f.compare("eq", every, f.index(-1))
        with f.when(full):
            tail([one._replace(mask=None) for one, _ in entries])
        with f.when(f.binary("xor", full, f.constant(True, "bool"))):
            for one, _ in entries:
                tail([one])

    count = f.argument("count")
    if longest < TOGETHER:
        f.loop(count, lambda i: some(i, 1))
        return
    whole = f.binary("and", count, f.index(-TOGETHER))
    f.loop(whole, lambda i: some(i, TOGETHER), step=TOGETHER)
    f.loop(count, lambda i: some(i, 1), start=whole)
