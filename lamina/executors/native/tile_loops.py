"""The loops around the tiles of a contraction: over the batch or the numbers of tiles, over rows,
panels of columns and blocks of the depth. What a tile itself computes is in `tile_sums`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from lamina.executors.native.affine import Axis, Product
from lamina.executors.native.tiles import Tiles
from lamina.executors.native.writer import BYTES, Affine, Function, Index, Value
from lamina.ir import dims
from lamina.ir.dims import Dim, Size

BLOCK = 256  # turns of the depth in a block
SHRINK = 3  # by how much tiles get smaller for rows that fill no tile
LONG_PER_ROW = 16  # a depth of so many turns for each row of the batch is long
CACHE = 512 << 10  # bytes of B that a nest may come back to before they are gone


Body = Callable[[Tile], None]
Level = Callable[[Tile, Body], None]


def block_turns(product: Product, tiles: Tiles) -> int | None:
    """Turns of the outermost depth axis in a block, None where blocks do not help."""
    if not product.depth or product.form == "inner":
        return None
    first = product.depth[0].extent
    inside = 1
    for axis in product.depth[1:]:
        if isinstance(axis.extent, Dim):
            return None
        inside *= axis.extent
    turns = max(1, BLOCK // max(1, inside))
    if isinstance(first, Dim):
        return turns if dims.at(product.length, 1) >= LONG_PER_ROW else None
    panel = first * inside * tiles.panel_bytes
    return turns if panel > CACHE and first > turns else None


def digits(product: Product, tiles: Tiles) -> list[Size]:
    """The counts that a tile's number is made of: outer indices, row tiles, panels of columns."""
    numbers: list[Size] = [product.rows[number].extent for number in outer_axes(product, tiles)]
    numbers += [split.count for split in (tiles.rows, tiles.vectors) if split is not None]
    return numbers


def outer_axes(product: Product, tiles: Tiles) -> list[int]:
    """The row axes that no tile reaches along."""
    return [i for i in range(len(product.rows)) if i not in (tiles.axis, tiles.whole)]


class TileLoops:
    """The loops of one contraction.

    Args:
        f: where to write.
        product, tiles: what to compute.
        sizes: gives a Size as an operand.
        blocks: turns of the outermost depth axis in a block, or None.
        write_tile: writes the code of a tile.
    """

    def __init__(
        self,
        f: Function,
        product: Product,
        tiles: Tiles,
        sizes: Callable[[Size], Index],
        blocks: int | None,
        write_tile: Callable[[Tile, Block | None], None],
    ) -> None:
        self.f, self.product, self.tiles, self.sizes = f, product, tiles, sizes
        self.lanes = f.module.lanes(product.dtype)
        self._blocks, self._write_tile = blocks, write_tile

    def by_batch(self, low: Index, high: Index) -> None:
        """The first axis of C runs from `low` to `high`, all others from end to end."""
        self._in_blocks(lambda block: self._whole_nest(low, high, block))

    def by_number(self, begin: Index, end: Index) -> None:
        """The tiles with numbers from `begin` to `end`."""

        def tiles(block: Block | None) -> None:
            self.f.loop(end, lambda i: self._numbered(i, block), start=begin)

        self._in_blocks(tiles)

    # --- nests ---

    def _start(self) -> Tile:
        zero = Affine()
        return Tile(Place(zero, zero, zero, (zero,) * len(self.product.rows), zero))

    def _in_blocks(self, body: Callable[[Block | None], None]) -> None:
        f = self.f
        if self._blocks is None:
            body(None)
            return
        turns, extent = self._blocks, self.sizes(self.product.depth[0].extent)

        def block(start: Value) -> None:
            first = f.compare("eq", f.index(start), f.index(0))
            stop = f.minimum(f.add(start, turns), extent)
            last = f.compare("sge", f.index(stop), f.index(extent))
            body(Block(start, stop, first, last))

        # At least one block, so that a depth of nothing still gives zeros.
        stop = extent if isinstance(extent, int) else f.intrinsic("smax", extent, f.index(1))
        f.loop(stop, block, step=turns)

    def _whole_nest(self, low: Index, high: Index, block: Block | None) -> None:
        product, tiles = self.product, self.tiles
        rows = product.rows

        def ends(number: int) -> tuple[Index, Index]:
            return (low, high) if number == 0 else (0, self.sizes(rows[number].extent))

        def along(number: int) -> Level:
            return lambda tile, body: self._along(tile, number, *ends(number), body)

        def panels(tile: Tile, body: Body) -> None:
            columns = (0, self.sizes(product.columns.extent)) if rows else (low, high)
            self._panels(tile, *columns, body)

        def row_tiles(tile: Tile, body: Body) -> None:
            if tiles.axis is None:
                body(tile)
            else:
                self._row_tiles(tile, *ends(tiles.axis), body)

        outer = outer_axes(product, tiles)
        first = [along(i) for i in outer if i == 0 or rows[i].has_b()]
        others = [along(i) for i in outer if not (i == 0 or rows[i].has_b())]
        inner: list[Level] = [panels, *others, row_tiles]
        if tiles.axis == 0 and self._blocks is None and self._bytes_of_b() < CACHE:
            inner = [*others, row_tiles, panels]
        nest([*first, *inner], lambda tile: self._write_tile(tile, block))(self._start())

    def _bytes_of_b(self) -> int:
        product = self.product
        elements = dims.at(product.length * product.columns.extent, 32)
        return elements * BYTES[product.dtype]

    def _numbered(self, number: Value, block: Block | None) -> None:
        """The tile whose number's digits, from the last, are: panel, row tile, outer indices."""
        product, tiles = self.product, self.tiles
        counts = [self.sizes(size) for size in digits(product, tiles)]
        found: list[Index] = []
        rest: Index = number
        for position in range(len(counts) - 1, -1, -1):
            digit = rest
            if position:
                rest, digit = self.divided(rest, counts[position])
            found.insert(0, digit)
        tile = self._start()
        for axis in outer_axes(product, tiles):
            tile = replace(tile, place=self.moved(tile.place, axis, Affine.of(found.pop(0))))
        row_number = found.pop(0) if tiles.rows is not None else None
        panel_number = found.pop(0) if tiles.vectors is not None else None

        def row_tiles(tile: Tile, body: Body) -> None:
            if row_number is not None:
                self._row_tile(tile, row_number, body)
            elif tiles.axis is None:
                body(tile)
            else:
                self._row_tiles(tile, 0, self.sizes(product.rows[tiles.axis].extent), body)

        def panels(tile: Tile, body: Body) -> None:
            if panel_number is not None:
                self._panel(tile, panel_number, body)
            else:
                self._panels(tile, 0, self.sizes(product.columns.extent), body)

        nest([row_tiles, panels], lambda tile: self._write_tile(tile, block))(tile)

    def _between(self, number: Index, first: int, count: int, of: int) -> AbstractContextManager:
        """A branch for the numbers from `first` on, `count` of them; none if those are all."""
        f = self.f
        conditions = []
        if first:
            conditions.append(f.compare("sge", f.index(number), f.index(first)))
        if first + count < of:
            conditions.append(f.compare("slt", f.index(number), f.index(first + count)))
        if not conditions:
            return nullcontext()
        return f.when(conditions[0] if len(conditions) == 1 else f.binary("and", *conditions))

    # --- rows ---

    def _along(self, tile: Tile, number: int, low: Index, high: Index, body: Body) -> None:
        self.f.loop(
            high,
            lambda i: body(replace(tile, place=self.moved(tile.place, number, Affine.of(i)))),
            start=low,
        )

    def _row_tiles(self, tile: Tile, low: Index, high: Index, body: Body) -> None:
        """All row tiles between two indices of the axis that is cut."""
        f, tiles = self.f, self.tiles
        assert tiles.axis is not None
        if tiles.rows is not None:
            start = 0
            for size, count in tiles.rows.parts:
                self._tiles_of_size(tile, start, size, count, body)
                start += size * count
            return
        size = tiles.most_rows
        while True:
            number, _ = self.divided(f.add(high, f.mul(low, -1)), size)
            stop = f.add(low, f.mul(number, size)) if size > 1 else high
            self._tiles_between(tile, low, stop, size, body)
            if size == 1:
                return
            low, size = stop, max(1, size // SHRINK)

    def _tiles_between(self, tile: Tile, low: Index, high: Index, size: int, body: Body) -> None:
        rows = self._rows(size)
        self.f.loop(
            high,
            lambda i: body(self._with_rows(tile, Affine.of(i), rows)),
            start=low,
            step=size,
        )

    def _tiles_of_size(self, tile: Tile, start: int, size: int, count: int, body: Body) -> None:
        self.f.loop(
            count,
            lambda i: body(
                self._with_rows(tile, Affine.of(i).scaled(size) + start, self._rows(size))
            ),
        )

    def _row_tile(self, tile: Tile, number: Index, body: Body) -> None:
        """The row tile with a number."""
        assert self.tiles.rows is not None
        start = before = 0
        for size, count in self.tiles.rows.parts:
            base = Affine.of(number).scaled(size) + (start - before * size)
            with self._between(number, before, count, self.tiles.rows.count):
                body(self._with_rows(tile, base, self._rows(size)))
            start, before = start + size * count, before + count

    def _with_rows(self, tile: Tile, base: Affine, rows: tuple[Row, ...]) -> Tile:
        assert self.tiles.axis is not None
        return replace(tile, place=self.moved(tile.place, self.tiles.axis, base), rows=rows)

    def _rows(self, size: int) -> tuple[Row, ...]:
        """`size` indices of the axis that is cut, each with all of the whole axis."""
        axis = self.tiles.axis
        assert axis is not None
        whole = self.tiles.whole
        if whole is None:
            return tuple(((axis, i),) for i in range(size))
        extent = self.product.rows[whole].extent
        assert not isinstance(extent, Dim)
        return tuple(((axis, i), (whole, j)) for i in range(size) for j in range(extent))

    # --- columns ---

    def _panels(self, tile: Tile, low: Index, high: Index, body: Body) -> None:
        """All panels between two columns."""
        f, lanes = self.f, self.lanes
        if self.tiles.vectors is not None:
            for _, count, start, vectors in self._kinds_of_panels():
                self._panels_of_kind(tile, count, start, vectors, body)
            return
        most = self.tiles.most_vectors
        number, _ = self.divided(f.add(high, f.mul(low, -1)), most * lanes)
        full = f.add(low, f.mul(number, most * lanes))
        vectors = tuple(Vector(j * lanes) for j in range(most))
        f.loop(
            full,
            lambda i: body(self._with_columns(tile, Affine.of(i), vectors)),
            start=low,
            step=most * lanes,
        )

        def last(i: Value) -> None:
            left = f.minimum(f.add(high, f.mul(i, -1)), lanes)
            count = f.convert("trunc", f.index(left), "int32")
            mask = f.compare("slt", f.vector(range(lanes), "int32"), f.splat(count, lanes))
            body(self._with_columns(tile, Affine.of(i), (Vector(0, mask, left),)))

        f.loop(high, last, start=full, step=lanes)

    def _panels_of_kind(
        self, tile: Tile, count: int, start: int, vectors: tuple[Vector, ...], body: Body
    ) -> None:
        width = len(vectors) * self.lanes
        self.f.loop(
            count,
            lambda i: body(self._with_columns(tile, Affine.of(i).scaled(width) + start, vectors)),
        )

    def _panel(self, tile: Tile, number: Index, body: Body) -> None:
        """The panel with a number."""
        assert self.tiles.vectors is not None
        for before, count, start, vectors in self._kinds_of_panels():
            width = len(vectors) * self.lanes
            base = Affine.of(number).scaled(width) + (start - before * width)
            with self._between(number, before, count, self.tiles.vectors.count):
                body(self._with_columns(tile, base, vectors))

    def _with_columns(self, tile: Tile, base: Affine, vectors: tuple[Vector, ...]) -> Tile:
        axis, place = self.product.columns, tile.place
        return replace(
            tile,
            place=replace(
                place,
                a=place.a + self.times(base, axis.a),
                b=place.b + self.times(base, axis.b),
                c=place.c + base,
                column=place.column + base,
            ),
            vectors=vectors,
        )

    def _kinds_of_panels(self) -> list[tuple[int, int, int, tuple[Vector, ...]]]:
        """Panels whose code differs: (number of the first, how many, first column, vectors)."""
        split, lanes = self.tiles.vectors, self.lanes
        columns = self.product.columns.extent
        assert split is not None and not isinstance(columns, Dim)
        parts = list(split.parts)
        if columns % lanes and parts[-1][1] > 1:  # the last one has a vector that is not full
            size, count = parts.pop()
            parts += [(size, count - 1), (size, 1)]
        kinds = []
        number = start = 0
        for size, count in parts:
            vectors = [Vector(j * lanes) for j in range(size)]
            stop = start + size * count * lanes
            if stop > columns:
                vectors[-1] = self._last_vector(columns, stop - lanes, start)
            kinds.append((number, count, start, tuple(vectors)))
            number, start = number + count, stop
        return kinds

    def _last_vector(self, columns: int, start: int, panel: int) -> Vector:
        """The vector from `start` on that would reach beyond the last column."""
        f, lanes = self.f, self.lanes
        if columns < lanes or self.product.form == "inner":
            valid = columns - start
            mask = f.vector([lane < valid for lane in range(lanes)], "bool")
            return Vector(start - panel, mask, valid)
        moved = columns - lanes  # overlaps the one before, so that no load needs a mask
        mask = f.vector([lane >= start - moved for lane in range(lanes)], "bool")
        return Vector(moved - panel, mask)


def nest(levels: Sequence[Level], body: Body) -> Body:
    """Loops inside each other, the first outermost."""
    for level in reversed(levels):
        body = _inside(level, body)
    return body


def _inside(level: Level, body: Body) -> Body:
    return lambda tile: level(tile, body)
