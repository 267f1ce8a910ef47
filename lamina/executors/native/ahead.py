"""Asking for memory while a tile is summed up, so that it is near when the sums are used.

The update of an optimizer reads weights and moments, which no cache near the core holds, at the
places where the sums of a tile belong. One line of them is asked for in each turn of the depth, or
one in several turns, as the processor can wait for only a few at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

from lamina.executors.native.places import SHARES, Ahead, Steps, Tile
from lamina.executors.native.writer import BYTES, Function, Index, Value


class Lines:
    """The lines of memory that lie beside the elements of a tile.

    Args:
        steps: between places.
        tensors: addresses of tensors that are read like C.
        rows, vectors: in the largest tile.
    """

    def __init__(self, steps: Steps, tensors: Sequence[Value], rows: int, vectors: int) -> None:
        self._steps, self._rows, self._vectors = steps, rows, vectors
        self._count = len(tensors) * rows * vectors
        self._table = steps.f.here("pointer", 1, f"alloca ptr, i32 {self._count}, align 64")
        for number, tensor in enumerate(tensors):
            self._note(tensor, number * rows * vectors)

    def _note(self, tensor: Value, first: int) -> None:
        """Put the lines of a tensor into the table, from a place on."""
        f, dtype = self._steps.f, self._steps.product.dtype
        step = self._steps.sizes(self._steps.product.rows[0].c)

        def row(r: Index) -> None:
            begin = f.address(tensor, f.mul(r, step), dtype)
            for j in range(self._vectors):
                place = f.add(f.mul(r, self._vectors), first + j)
                line = f.address(begin, j * f.module.lanes(dtype), dtype)
                f.store(line, f.address(self._table, place, "pointer"))

        f.loop(self._rows, row)

    def of(self, tile: Tile) -> Ahead:
        """Those of a tile; only the first if its sums will not be finished."""
        f, block = self._steps.f, tile.block
        shift = f.mul(f.index(tile.place.c), BYTES[self._steps.product.dtype])
        turns = f.index(f.add(block.stop, f.mul(block.start, -1)))
        rate = f.binary(
            "udiv", f.index(self._count << SHARES), f.intrinsic("smax", turns, f.index(1))
        )
        if block.last is not None:
            rate = f.select(block.last, rate, f.index(0))
        return Ahead(self._table, f.index(shift), rate)


def ask(f: Function, ahead: Ahead, turn: Index) -> None:
    """Ask for the line whose turn it is."""
    number = f.binary("lshr", f.index(f.mul(turn, ahead.rate)), f.index(SHARES))
    line = f.load(f.address(ahead.table, number, "pointer"), "pointer")
    f.prefetch(f.address(line, ahead.shift, "int8"))
