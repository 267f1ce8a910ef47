"""Which block of C is kept in registers: so many rows times so many vectors of columns.

A tile of `rows` x `vectors` holds rows * vectors sums, loads `vectors` vectors of B and `rows`
numbers of A for each turn of the depth loop, and does rows * vectors multiply-adds with them. All
of it must fit in the registers, and arithmetic must outweigh loads. Along each axis tiles of at
most two sizes cover the extent exactly; where it is known only at run time, tiles of one size, and
smaller ones for the rows that are left.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Protocol

from lamina.executors.native.large import is_large
from lamina.executors.native.product import Product
from lamina.executors.native.writer import BYTES
from lamina.ir import dims
from lamina.ir.dims import Dim, Size

USUAL_BATCHES = (32, 64, 128, 256)  # what tiles for a size known at run time are chosen for
TYPICAL_BATCH = 32
POINTERS = 6  # rows in a tile whose distance in A is known only at run time
SHRINK = 3  # by how much tiles get smaller for rows that fill no tile
LATENCY = 4  # cycles of a multiply-add; two start in each
FIRST_CACHE = 24 << 10  # bytes of B that stay in the first-level cache
COMPILE_COST = 20  # cycles in every run, for what it takes to compile an instruction of a tile
COPY_COST = 0.05  # of all time, for each further copy of the code
LOAD_COST = 0.08  # cycles by which a load slows down a turn that is bound by arithmetic
FAR_LOAD_COST = 0.22  # and more for a number of A that lies far from that of the turn before
LARGE_LOAD_COST = 0.2  # the same in a product of which copies are read
LARGE_VECTOR_COST = 0.5  # and more for 64 bytes of B there
SECOND_CACHE_COST = 0.1  # the same for a vector that comes from the second-level cache


class Registers(Protocol):
    """What the choice knows of the processor; `machine.Machine` has it."""

    @property
    def registers(self) -> int:
        """How many vector registers."""

    @property
    def vector_bytes(self) -> int:
        """Bytes in a register."""

    @property
    def has_fma(self) -> bool:
        """Whether a multiply-add is one instruction."""

    @property
    def batch(self) -> int:
        """How many rows a batch has, about."""

    def lanes(self, dtype: str) -> int:
        """How many numbers in a register."""


@dataclass(frozen=True)
class Split:
    """A number cut into parts of at most two sizes.

    Attributes:
        parts: (size, how many) in order, the larger size first.
    """

    parts: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """How many parts."""
        return sum(count for _, count in self.parts)


def balanced(total: int, most: int) -> Split:
    """Parts of at most `most`, as equal as they can be."""
    if total == 0:
        return Split(())
    count = -(-total // most)
    small, larger = divmod(total, count)
    parts = ((small + 1, larger), (small, count - larger))
    return Split(tuple(part for part in parts if part[1]))


@dataclass(frozen=True)
class Tiles:
    """The tiles of a contraction.

    Attributes:
        axis: the number of the row axis that is cut, None without one.
        rows: how it is cut; None where that is known only at run time.
        most_rows: turns of that axis in the largest tile.
        whole: the number of a further row axis that is within every tile as a whole, or None.
        vectors: how the columns, counted in vectors, are cut; None as above.
        most_vectors: of the largest tile.
        panel_bytes: bytes of B that the largest tile reads in a turn of the depth.
    """

    axis: int | None
    rows: Split | None
    most_rows: int
    whole: int | None
    vectors: Split | None
    most_vectors: int
    panel_bytes: int


def choose(product: Product, machine: Registers) -> Tiles:
    """The tiles for which the processor should need the fewest cycles."""
    lanes, columns = machine.lanes(product.dtype), product.columns.extent
    if product.is_empty or product.form == "inner":
        split = None if isinstance(columns, Dim) else balanced(-(-columns // lanes), 1)
        return Tiles(None, None, 1, None, split, 1, machine.vector_bytes)
    axis, whole = _tiled_axes(product)
    extent = 1 if axis is None else product.rows[axis].extent
    inside = 1 if whole is None else _static(product.rows[whole].extent)
    wide = 2 if isinstance(columns, Dim) else -(-columns // lanes)
    most = machine.registers
    if axis is not None and isinstance(product.rows[axis].a, Dim):
        most = POINTERS
    cost = _Cost(product, machine, extent, inside)
    candidates = [
        (rows, vectors)
        for rows in range(1, min(cost.longest, most) + 1)
        for vectors in range(1, min(wide, machine.registers) + 1)
        if fits(rows * inside, vectors, machine)
        and balanced(wide, vectors).parts[0][0] == vectors
        and (isinstance(extent, Dim) or balanced(extent, rows).parts[0][0] == rows)
    ]
    rows, vectors = min(candidates, key=lambda tile: cost(tile[0], balanced(wide, tile[1])))
    known = axis is not None and not isinstance(extent, Dim)
    return Tiles(
        axis,
        balanced(_static(extent), rows) if known else None,
        rows,
        whole,
        None if isinstance(columns, Dim) else balanced(wide, vectors),
        vectors,
        vectors * machine.vector_bytes,
    )


def shrinking(extent: int, most: int) -> Split:
    """How rows are covered whose number is known only at run time."""
    parts = []
    while extent:
        parts.append((most, extent // most))
        extent, most = extent % most, max(1, most // SHRINK)
    return Split(tuple(parts))


def fits(rows: int, vectors: int, machine: Registers) -> bool:
    """Whether a tile's sums, the vectors of B and a number of A fit in the registers."""
    spare = 1 if machine.has_fma else 2  # a product before it is added
    return rows * vectors + vectors + spare <= machine.registers


def _tiled_axes(product: Product) -> tuple[int | None, int | None]:
    """The row axis to cut, and one inside it that is too short to be cut by itself."""
    free = [i for i, axis in enumerate(product.rows) if not axis.has_b()]
    if not free:
        return None, None
    last = free[-1]
    extent = product.rows[last].extent
    if len(free) > 1 and not isinstance(extent, Dim) and extent <= 3:
        before = product.rows[free[-2]]
        if not isinstance(before.extent, Dim):
            return free[-2], last
    return last, None


def _static(extent: Size) -> int:
    assert not isinstance(extent, Dim)
    return extent


class _Cost:
    """About how long a choice of tiles takes.

    Args:
        product, machine: what runs where.
        extent: of the axis that is cut.
        inside: rows in a tile for each index of that axis.
    """

    def __init__(self, product: Product, machine: Registers, extent: Size, inside: int) -> None:
        batches = USUAL_BATCHES if isinstance(extent, Dim) else (1,)
        self._extents = [max(1, dims.at(extent, batch)) for batch in batches]
        self._is_known, self._inside = not isinstance(extent, Dim), inside
        large = is_large(product)  # then copies of the operands are read
        apart = bool(product.depth) and not dims.same(product.depth[-1].a, 1)
        self._is_apart, self._is_large = apart and not large, large
        self._vector_cost = LARGE_VECTOR_COST * machine.vector_bytes / 64
        self._paired, self._has_fma = product.form == "paired", machine.has_fma
        self._length = max(1, dims.at(product.length, TYPICAL_BATCH))
        elements = self._length * dims.at(product.columns.extent, TYPICAL_BATCH)
        self._is_far = elements * BYTES[product.dtype] > FIRST_CACHE
        self._cycles = functools.cache(self._uncached_cycles)
        self.longest = max(self._extents)

    def __call__(self, most: int, panels: Split) -> float:
        """Cycles for each row and turn of the depth, with at most `most` rows in a tile."""
        total = 0.0
        for extent in self._extents:
            rows = balanced(extent, most) if self._is_known else shrinking(extent, most)
            total += sum(
                count * number * self._cycles(size, vectors)
                for size, count in rows.parts
                for vectors, number in panels.parts
            ) / (extent * len(self._extents))
        all_sizes = rows if self._is_known else shrinking(2 * most - 1, most)
        written = sum(
            size * self._inside * vectors + size * self._inside + vectors
            for size, _ in all_sizes.parts
            for vectors, _ in panels.parts
        )
        compiling = COMPILE_COST * written / (self._extents[0] * self._length)
        if self._is_large:  # and takes far longer than compiling it
            compiling = 0.0
        return compiling + total * (1 + COPY_COST * len(all_sizes.parts) * len(panels.parts))

    def _uncached_cycles(self, size: int, vectors: int) -> float:
        """Cycles of a tile for each turn of the depth."""
        rows = size * self._inside
        sums = rows * vectors
        loads = sums + vectors if self._paired else rows + vectors
        instructions = sums if self._has_fma else 2 * sums
        if self._is_large:  # all turns are alike, so more sums than needed gain little
            arithmetic = instructions / 2 * (1 + (2 * LATENCY / sums) ** 4)
            turn = max(arithmetic, loads / 2, (instructions + loads + 2) / 4, 2 * vectors)
            return turn + LARGE_LOAD_COST * loads + self._vector_cost * vectors
        arithmetic = instructions / 2 * (1 + (2 * LATENCY / sums) ** 3)
        turn = max(arithmetic, loads / 2, (instructions + loads + 2) / 4) + LOAD_COST * loads
        if self._is_apart:
            turn += FAR_LOAD_COST * rows
        if self._is_far:
            turn = max(turn, 2 * vectors) + SECOND_CACHE_COST * vectors
        return turn + (2 * LATENCY + 2 * sums) / self._length
