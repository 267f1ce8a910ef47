"""The loops around the tiles of a contraction: over the batch or the numbers of tiles, over rows,
panels of columns and blocks of the depth. What a tile itself computes is in `tile_sums`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from lamina.executors.native.blocking import Blocking
from lamina.executors.native.places import Block, Row, Steps, Tile, Vector
from lamina.executors.native.product import Product
from lamina.executors.native.tiles import SHRINK, Tiles
from lamina.executors.native.writer import Affine, Index, Value
from lamina.ir.dims import Dim, Size

Body = Callable[[Tile], None]
Level = Callable[[Tile, Body], None]


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
        steps: between places.
        tiles, blocking: what was chosen for it.
        copy_b: a level that copies what the tiles inside it read of B.
        write_tile: writes the code of a tile.
    """

    def __init__(
        self, steps: Steps, tiles: Tiles, blocking: Blocking, copy_b: Level, write_tile: Body
    ) -> None:
        self.f, self.product, self.steps = steps.f, steps.product, steps
        self.lanes = steps.f.module.lanes(steps.product.dtype)
        self.tiles, self.blocking = tiles, blocking
        self._copy_b, self._write_tile = copy_b, write_tile

    def by_batch(self, low: Index, high: Index) -> None:
        """The first axis of C runs from `low` to `high`, all others from end to end."""
        f = self.f
        nothing_copied = self.blocking.copy_elements == 0
        some = f.compare("slt", f.index(low), f.index(high))
        with nullcontext() if nothing_copied else f.when(some):
            self.in_blocks(self._whole_nest(low, high))

    def by_number(self, begin: Index, end: Index) -> None:
        """The tiles with numbers from `begin` to `end`."""

        def tiles(tile: Tile) -> None:
            self.f.loop(end, lambda i: self._numbered(tile, i), start=begin)

        rows, vectors = self.tiles.rows, self.tiles.vectors
        by_panel = self.blocking.large and rows is not None and vectors is not None
        if by_panel and not outer_axes(self.product, self.tiles):
            self.in_blocks(lambda tile: self._panels_of_numbers(tile, begin, end))
        else:
            self.in_blocks(tiles)

    # --- nests ---

    def in_blocks(self, body: Body) -> None:
        """The blocks of the depth; a body gets the first place of all."""
        f, depth, turns = self.f, self.product.depth, self.blocking.turns
        extent = self.steps.sizes(depth[0].extent) if depth else 1
        if turns is None:
            body(self.steps.start(Block(0, extent)))
            return

        def block(start: Value) -> None:
            first = f.compare("eq", f.index(start), f.index(0))
            stop = f.minimum(f.add(start, turns), extent)
            last = f.compare("sge", f.index(stop), f.index(extent))
            body(self.steps.start(Block(start, stop, first, last)))

        # At least one block, so that a depth of nothing still gives zeros.
        stop = extent if isinstance(extent, int) else f.intrinsic("smax", extent, f.index(1))
        f.loop(stop, block, step=turns)

    def _whole_nest(self, low: Index, high: Index) -> Body:
        rows, tiles = self.product.rows, self.tiles

        def ends(number: int) -> tuple[Index, Index]:
            return (low, high) if number == 0 else (0, self.steps.sizes(rows[number].extent))

        def along(number: int) -> Level:
            return lambda tile, body: self._along(tile, number, *ends(number), body)

        def panels(tile: Tile, body: Body) -> None:
            columns = (0, self.steps.sizes(self.product.columns.extent)) if rows else (low, high)
            self._panels(tile, *columns, body)

        def row_tiles(tile: Tile, body: Body) -> None:
            if tiles.axis is None:
                body(tile)
            else:
                self.row_tiles(tile, *ends(tiles.axis), body)

        outer = outer_axes(self.product, tiles)
        with_b = [along(i) for i in outer if rows[i].has_b()]
        without = [along(i) for i in outer if not rows[i].has_b()]
        levels: list[Level]
        if self.blocking.large:  # a panel of B serves all rows
            levels = [*with_b, panels, self._copy_b, *without, row_tiles]
        elif tiles.axis == 0:  # a tile of A serves all panels
            levels = [*with_b, *without, row_tiles, panels]
        else:
            batch = without[:1] if 0 in outer and not rows[0].has_b() else []
            levels = [*batch, *with_b, panels, *without[len(batch) :], row_tiles]
        return nest(levels, self._write_tile)

    def _panels_of_numbers(self, tile: Tile, begin: Index, end: Index) -> None:
        """The tiles with numbers from `begin` to `end`, if a number's digits are panel and row."""
        f = self.f
        assert self.tiles.rows is not None

        def panel(number: Index, low: Index, high: Index) -> None:
            def row_tiles(tile: Tile) -> None:
                f.loop(high, lambda i: self.row_tile(tile, i, self._write_tile), start=low)

            self._panel(tile, number, lambda tile: self._copy_b(tile, row_tiles))

        self.steps.by_digits(begin, end, self.tiles.rows.count, panel)

    def _numbered(self, tile: Tile, number: Value) -> None:
        """The tile whose number's digits are outer indices, row tile and panel."""
        tiles, sizes = self.tiles, self.steps.sizes
        counts = [sizes(size) for size in digits(self.product, tiles)]
        found: list[Index] = []
        rest: Index = number
        for position in range(len(counts) - 1, -1, -1):
            digit = rest
            if position:
                rest, digit = self.steps.divided(rest, counts[position])
            found.insert(0, digit)
        for axis in outer_axes(self.product, tiles):
            place = self.steps.moved(tile.place, axis, Affine.of(found.pop(0)))
            tile = replace(tile, place=place)
        row_number = found.pop(0) if tiles.rows is not None else None
        panel_number = found.pop(0) if tiles.vectors is not None else None

        def row_tiles(tile: Tile, body: Body) -> None:
            if row_number is not None:
                self.row_tile(tile, row_number, body)
            elif tiles.axis is None:
                body(tile)
            else:
                self.row_tiles(tile, 0, sizes(self.product.rows[tiles.axis].extent), body)

        def panels(tile: Tile, body: Body) -> None:
            if panel_number is not None:
                self._panel(tile, panel_number, body)
            else:
                self._panels(tile, 0, sizes(self.product.columns.extent), body)

        nest([row_tiles, panels], self._write_tile)(tile)

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
        def turn(i: Index) -> None:
            body(replace(tile, place=self.steps.moved(tile.place, number, Affine.of(i))))

        self.f.loop(high, turn, start=low)

    def row_tiles(self, tile: Tile, low: Index, high: Index, body: Body) -> None:
        """All row tiles between two indices of the axis that is cut."""
        f, tiles = self.f, self.tiles
        start = 0
        for size, count in tiles.rows.parts if tiles.rows is not None else ():
            self._tiles_between(tile, start, start + size * count, size, body)
            start += size * count
        if tiles.rows is not None:
            return
        size = tiles.most_rows
        while size > 1:
            number, _ = self.steps.divided(f.add(high, f.mul(low, -1)), size)
            stop = f.add(low, f.mul(number, size))
            self._tiles_between(tile, low, stop, size, body)
            low, size = stop, max(1, size // SHRINK)
        self._tiles_between(tile, low, high, 1, body)

    def _tiles_between(self, tile: Tile, low: Index, high: Index, size: int, body: Body) -> None:
        rows = self._rows(size)

        def turn(i: Index) -> None:
            body(self._with_rows(tile, Affine.of(i), rows))

        self.f.loop(high, turn, start=low, step=size)

    def row_tile(self, tile: Tile, number: Index, body: Body) -> None:
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
        return replace(tile, place=self.steps.moved(tile.place, self.tiles.axis, base), rows=rows)

    def _rows(self, size: int) -> tuple[Row, ...]:
        """`size` indices of the axis that is cut, each with all of the whole axis."""
        axis, whole = self.tiles.axis, self.tiles.whole
        assert axis is not None
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
            for _, count, start, vectors in self.kinds_of_panels():
                stop = start + count * len(vectors) * lanes
                self._panels_between(tile, start, stop, vectors, body)
            return
        most = self.tiles.most_vectors
        number, _ = self.steps.divided(f.add(high, f.mul(low, -1)), most * lanes)
        full = f.add(low, f.mul(number, most * lanes))
        vectors = tuple(Vector(j * lanes) for j in range(most))
        if self.product.form == "inner" and f.module.vector_bytes >= 64:
            full = low  # masks cost nothing, and code of this form is long: it is written once
        else:
            self._panels_between(tile, low, full, vectors, body)

        def last(i: Value) -> None:
            left = f.minimum(f.add(high, f.mul(i, -1)), lanes)
            count = f.convert("trunc", f.index(left), "int32")
            mask = f.compare("slt", f.vector(range(lanes), "int32"), f.splat(count, lanes))
            body(self.with_columns(tile, Affine.of(i), (Vector(0, mask, left),)))

        f.loop(high, last, start=full, step=lanes)

    def _panels_between(
        self, tile: Tile, low: Index, high: Index, vectors: tuple[Vector, ...], body: Body
    ) -> None:
        def turn(i: Index) -> None:
            body(self.with_columns(tile, Affine.of(i), vectors))

        self.f.loop(high, turn, start=low, step=len(vectors) * self.lanes)

    def _panel(self, tile: Tile, number: Index, body: Body) -> None:
        """The panel with a number."""
        assert self.tiles.vectors is not None
        for before, count, start, vectors in self.kinds_of_panels():
            width = len(vectors) * self.lanes
            base = Affine.of(number).scaled(width) + (start - before * width)
            with self._between(number, before, count, self.tiles.vectors.count):
                body(self.with_columns(tile, base, vectors))

    def with_columns(self, tile: Tile, base: Affine, vectors: tuple[Vector, ...]) -> Tile:
        """A tile moved along the columns, with vectors."""
        place = self.steps.columns_on(tile.place, base)
        return replace(tile, place=place, vectors=vectors)

    def kinds_of_panels(self) -> list[tuple[int, int, int, tuple[Vector, ...]]]:
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
