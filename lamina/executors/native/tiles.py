"""Which block of C is kept in registers: so many rows times so many vectors of columns.

A tile of `rows` x `vectors` holds rows * vectors sums, loads `vectors` vectors of B and `rows`
numbers of A for each turn of the depth loop, and does rows * vectors multiply-adds with them. All
of it must fit in the registers, and arithmetic must outweigh loads. Along each axis tiles of at
most two sizes cover the extent exactly; where it is known only at run time, tiles of one size and
a last one that repeats its last row.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Protocol

from lamina.executors.native.affine import Product
from lamina.ir import dims
from lamina.ir.dims import Dim, Size

USUAL_BATCHES = (32, 64, 128, 256)  # what tiles for a size known at run time are chosen for
TYPICAL_BATCH = 32
LATENCY = 4  # cycles of a multiply-add; two start in each
FIRST_CACHE = 24 << 10  # bytes of B that stay in the first-level cache
COPY_COST = 0.01  # of all time, for each further copy of the code


class Registers(Protocol):
    """What the choice depends on; `machine.Machine` has it."""

    @property
    def registers(self) -> int:
        """How many vector registers."""

    @property
    def vector_bytes(self) -> int:
        """Bytes in a register."""

    @property
    def has_fma(self) -> bool:
        """Whether a multiply-add is one instruction."""

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
    lanes = machine.lanes(product.dtype)
    columns = product.columns.extent
    if product.is_empty:
        return Tiles(None, None, 1, None, Split(()), 1, machine.vector_bytes)
    if product.form == "inner":
        vectors = None if isinstance(columns, Dim) else balanced(-(-columns // lanes), 1)
        return Tiles(None, None, 1, None, vectors, 1, machine.vector_bytes)
    axis, whole = _tiled_axes(product)
    inside = _static(product.rows[whole].extent) if whole is not None else 1
    vectors = None if isinstance(columns, Dim) else -(-columns // lanes)
    extents = [1] if axis is None else _likely(product.rows[axis].extent)
    known_rows = axis is None or not isinstance(product.rows[axis].extent, Dim)
    best: tuple[float, Tiles] | None = None
    top = machine.registers
    for most_rows, most_vectors in itertools.product(range(1, max(extents) + 1), range(1, top)):
        if most_rows * inside > top:
            break
        if most_vectors > (vectors or 2) or not fits(most_rows * inside, most_vectors, machine):
            continue
        panels = balanced(vectors or 2, most_vectors)
        if panels.parts[0][0] != most_vectors:
            continue
        cost = 0.0
        for extent in extents:
            if known_rows:
                rows = balanced(extent, most_rows)
                if extent and rows.parts[0][0] != most_rows:
                    break
            else:
                rows = Split(((most_rows, -(-extent // most_rows)),))
            copies = max(1, len(rows.parts) * len(panels.parts))
            cost += (
                (1 + COPY_COST * copies)
                * sum(
                    n * m * _cycles(r * inside, v, product, machine)
                    for (r, n), (v, m) in itertools.product(rows.parts, panels.parts)
                )
                / max(1, extent)
            )
        else:
            tiles = Tiles(
                axis,
                rows if known_rows and axis is not None else None,
                most_rows,
                whole,
                panels if vectors is not None else None,
                most_vectors,
                most_vectors * machine.vector_bytes,
            )
            if best is None or cost <= best[0] * 0.999:
                best = cost, tiles
    assert best is not None, "one row and one vector always fit"
    return best[1]


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


def _likely(extent: Size) -> list[int]:
    """The extents to choose tiles for."""
    batches = USUAL_BATCHES if isinstance(extent, Dim) else (1,)
    return [max(1, dims.at(extent, batch)) for batch in batches]


def _static(extent: Size) -> int:
    assert not isinstance(extent, Dim)
    return extent


def _cycles(rows: int, vectors: int, product: Product, machine: Registers) -> float:
    """About how long one tile takes, for each number along the depth."""
    length = max(1, dims.at(product.length, TYPICAL_BATCH))
    sums = rows * vectors
    loads = rows + vectors if product.form == "outer" else sums + vectors
    arithmetic = (sums / 2 if machine.has_fma else sums) * (1 + (2 * LATENCY / sums) ** 3)
    issue = (sums * (1 if machine.has_fma else 2) + loads + 2) / 4
    turn = max(arithmetic, loads / 2, issue, LATENCY)
    bytes_of_b = length * dims.at(product.columns.extent, TYPICAL_BATCH) * 4
    if bytes_of_b > FIRST_CACHE:
        turn = max(turn, 2 * vectors)  # from the second-level cache, half a vector a cycle
    return turn + (LATENCY * 2 + 2 * sums) / length
