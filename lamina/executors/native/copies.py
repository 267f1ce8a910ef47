"""Copies of parts of A and B without gaps, as tiles of a large product read them.

The copies lie on the stack: a block of the depth by the columns of a group, panel by panel, and a
block of the depth by the rows of a tile. The columns of B end up side by side; where they lie apart
in memory, squares of them are transposed in registers. Rows of A keep the order that they have in
memory: where a row's elements are neighbours they stay so, otherwise those of one turn of the depth
do.
"""

from __future__ import annotations

from dataclasses import replace

from lamina.executors.native.blocking import Groups
from lamina.executors.native.large import goes_down, has_columns_apart
from lamina.executors.native.panels import Panels, Vectors
from lamina.executors.native.places import Copies, Steps, Tile
from lamina.executors.native.tiles import Tiles
from lamina.executors.native.transposition import transposed
from lamina.executors.native.writer import Affine, Index, Value
from lamina.ir.dims import Dim


class OperandCopies:
    """Writes the copying.

    Args:
        steps: between places.
        a, b: pointers to the operands.
        tiles, groups: what was chosen.
    """

    def __init__(self, steps: Steps, a: Value, b: Value, tiles: Tiles, groups: Groups) -> None:
        self.f, self.steps, self.groups = steps.f, steps, groups
        self.dtype, self.lanes = steps.product.dtype, steps.f.module.lanes(steps.product.dtype)
        self._a, self._b = a, b
        self._width = tiles.most_vectors * self.lanes
        self._down = goes_down(steps.product)
        self._row_step = -(-groups.turns // self.lanes) * self.lanes + self.lanes
        self._b_memory = self.memory(groups.turns * groups.panels * self._width)
        a_elements = groups.turns * tiles.most_rows if self._down else 0
        self._a_memory = self.memory(max(a_elements, self._row_step * tiles.most_rows) + self.lanes)

    def memory(self, elements: int) -> Value:
        """A place on the stack."""
        element = "float" if self.dtype == "float32" else "double"
        name = f"alloca [{elements} x {element}], align 64"
        return self.f.here("pointer", 1, name)

    # --- B ---

    def copy_b(self, tile: Tile, first: Index, last: Index, panels: Panels) -> Tile:
        """Copy the panels from `first` to `last`; the copies of the first one are the tile's."""
        if has_columns_apart(self.steps.product):
            self._copy_b_transposed(tile, first, last, panels)
        else:
            self._copy_b(tile, first, last, panels)
        return replace(tile, copies=Copies(self._b_memory, self._width))

    def _copy_b(self, tile: Tile, first: Index, last: Index, panels: Panels) -> None:
        f, block, axis = self.f, tile.block, self.steps.product.depth[0]

        def turn(k: Value) -> None:
            inside = f.mul(f.add(k, f.mul(block.start, -1)), self._width)
            source = tile.place.b + self.steps.times(Affine.of(k), axis.b)

            def panel(p: Index, column: Affine, vectors: Vectors) -> None:
                to = Affine.of(self.panel(tile, first, p)) + inside
                for j, vector in enumerate(vectors):
                    address = f.address(self._b, source + column + vector.offset, self.dtype)
                    value = f.load(address, self.dtype, self.lanes)
                    f.store(value, f.address(self._b_memory, to + j * self.lanes, self.dtype))

            panels.each(first, last, panel)

        f.loop(block.stop, turn, start=block.start)

    def _copy_b_transposed(self, tile: Tile, first: Index, last: Index, panels: Panels) -> None:
        """Vector by vector of columns, whose turns of the depth are neighbours in memory."""
        f, steps, step = self.f, self.steps, self.steps.product.columns.b

        def panel(p: Index, column: Affine, vectors: Vectors) -> None:
            to = Affine.of(self.panel(tile, first, p))
            start = tile.place.b + tile.block.start

            def vector(j: Index) -> None:
                moved = Affine.of(j).scaled(self.lanes)
                self._turn_over(tile, start + steps.times(column + moved, step), to + moved)

            # The last vector may lie over the one before it.
            *_, end = vectors
            f.loop(len(vectors) - 1, vector)
            at = to + (len(vectors) - 1) * self.lanes
            self._turn_over(tile, start + steps.times(column + end.offset, step), at)

        panels.each(first, last, panel)

    def _turn_over(self, tile: Tile, source: Affine, to: Affine) -> None:
        """A block of the depth of one vector of columns, the first of which is at `source`."""
        f, dtype, lanes, block = self.f, self.dtype, self.lanes, tile.block
        turns = f.add(block.stop, f.mul(block.start, -1))
        number, rest = self.steps.divided(turns, lanes)
        full = f.mul(number, lanes)

        def column(i: Index) -> Affine:
            return source + self.steps.times(Affine.of(i), self.steps.product.columns.b)

        def place(k: Affine) -> Value:
            return f.address(self._b_memory, to + k.scaled(self._width), dtype)

        def square(k: Index) -> None:
            rows = [
                f.load(f.address(self._b, column(i) + k, dtype), dtype, lanes) for i in range(lanes)
            ]
            for i, row in enumerate(transposed(f, rows)):
                f.store(row, place(Affine.of(k) + i))

        def single(k: Index) -> None:
            def element(i: Index) -> None:
                value = f.load(f.address(self._b, column(i) + k, dtype), dtype)
                f.store(value, f.address(place(Affine.of(k)), i, dtype))

            f.loop(lanes, element)

        f.loop(full, square, step=lanes)
        if rest != 0:
            f.loop(turns, single, start=full)

    def panel(self, tile: Tile, first: Index, number: Index) -> Index:
        """Where the copy of a panel begins, in elements."""
        f, block = self.f, tile.block
        turns = f.add(block.stop, f.mul(block.start, -1))
        return f.mul(f.mul(f.add(number, f.mul(first, -1)), turns), self._width)

    def with_panel(self, tile: Tile, first: Index, number: Index) -> Tile:
        """A tile with the copy of a panel."""
        assert tile.copies is not None
        b = self.f.address(self._b_memory, self.panel(tile, first, number), self.dtype)
        return replace(tile, copies=replace(tile.copies, b=b))

    # --- A ---

    def copy_a(self, tile: Tile) -> Tile:
        """Copy the rows of a tile."""
        assert tile.copies is not None
        count = len(tile.rows)
        if self._down:
            self._copy_down(tile, count)
            row, turn = 1, count
        else:
            self._copy_along(tile, count)
            row, turn = self._row_step, 1
        return replace(tile, copies=replace(tile.copies, a=self._a_memory, row=row, a_turn=turn))

    def _copy_along(self, tile: Tile, count: int) -> None:
        """Row by row."""
        f, block = self.f, tile.block
        (rows,), (depth,) = self.steps.product.rows, self.steps.product.depth
        turns = f.add(block.stop, f.mul(block.start, -1))
        blocks, rest = self.steps.divided(turns, self.lanes)
        assert not isinstance(depth.extent, Dim)

        def row(r: Index) -> None:
            source = tile.place.a + self.steps.times(Affine.of(r), rows.a) + block.start
            to = Affine.of(f.mul(r, self._row_step))

            def some(k: Index, lanes: int) -> None:
                value = f.load(f.address(self._a, source + k, self.dtype), self.dtype, lanes)
                f.store(value, f.address(self._a_memory, to + k, self.dtype))

            full = f.mul(blocks, self.lanes)
            f.loop(full, lambda k: some(k, self.lanes), step=self.lanes)
            if rest != 0:
                f.loop(turns, lambda k: some(k, 1), start=full)

        f.loop(count, row)

    def _copy_down(self, tile: Tile, count: int) -> None:
        """Turn by turn of the depth; vectors overlap, the next turn is put over the rest of one."""
        f, block, (depth,) = self.f, tile.block, self.steps.product.depth

        def turn(k: Index) -> None:
            source = tile.place.a + self.steps.times(Affine.of(k), depth.a)
            to = Affine.of(f.mul(f.add(k, f.mul(block.start, -1)), count))
            for i in range(0, count, self.lanes):
                left = min(self.lanes, count - i)
                mask = None
                if left < self.lanes:
                    mask = f.vector([lane < left for lane in range(self.lanes)], "bool")
                address = f.address(self._a, source + i, self.dtype)
                value = f.load(address, self.dtype, self.lanes, mask)
                f.store(value, f.address(self._a_memory, to + i, self.dtype))

        f.loop(block.stop, turn, start=block.start)
