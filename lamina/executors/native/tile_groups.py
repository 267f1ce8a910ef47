"""The loops of a large product: groups of panels, blocks of the depth, row tiles, panels.

Both operands are copied on the way, B for a group and A for a row tile. The sums that a row tile
has with all panels of a group can be gathered in memory and handed over row by row, so that code
which uses them once walks along rows of C.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lamina.executors.native.ahead import Lines
from lamina.executors.native.blocking import Groups
from lamina.executors.native.copies import OperandCopies
from lamina.executors.native.panels import Panels, Vectors
from lamina.executors.native.places import Block, Tile
from lamina.executors.native.tile_loops import Body, TileLoops
from lamina.executors.native.tile_sums import Finish
from lamina.executors.native.tiles import Tiles
from lamina.executors.native.writer import Affine, Index, Value
from lamina.ir.dims import Dim


def units_of_groups(tiles: Tiles, groups: Groups) -> int:
    """How many units there are, if they are not rows of the batch."""
    assert tiles.vectors is not None
    columns = -(-tiles.vectors.count // groups.unit_panels)
    return columns * _units_of_rows(tiles, groups)


def _units_of_rows(tiles: Tiles, groups: Groups) -> int:
    if not groups.unit_tiles:
        return 1
    assert tiles.rows is not None
    return -(-tiles.rows.count // groups.unit_tiles)


class GroupLoops:
    """Writes the loops.

    Args:
        loops: of the contraction.
        groups: how it is cut.
        copies: of the operands.
        write_tile: writes the code of a tile.
        finish: gets the sums in a loop; None if tiles hand them over.
        beside: addresses of what `finish` reads at the places of the sums.
    """

    def __init__(
        self,
        loops: TileLoops,
        groups: Groups,
        copies: OperandCopies,
        write_tile: Body,
        finish: Finish | None,
        beside: Sequence[Value],
    ) -> None:
        self.f, self.loops, self.steps = loops.f, loops, loops.steps
        self.groups, self._copies, self._write_tile = groups, copies, write_tile
        self._finish, self.lanes, self.tiles = finish, loops.lanes, loops.tiles
        self._all = Panels(self.f, self.lanes, loops.kinds_of_panels())
        self._row = groups.panels * self.tiles.most_vectors * self.lanes
        self._sums: Value | None = None
        self._lines: Lines | None = None
        if finish is not None:
            rows, vectors = self.tiles.most_rows, self.tiles.most_vectors
            self._sums = copies.memory(self._row * rows)
            self._lines = Lines(self.steps, beside, rows, vectors) if beside else None

    def by_batch(self, low: Index, high: Index) -> None:
        """Rows from `low` to `high`, all columns."""
        f = self.f
        with f.when(f.compare("slt", f.index(low), f.index(high))):
            self._groups_between(0, self._panels, low, high)

    def by_number(self, begin: Index, end: Index) -> None:
        """The units with numbers from `begin` to `end`."""
        f, groups = self.f, self.groups
        if not groups.unit_tiles:
            low = f.mul(begin, groups.unit_panels)
            high = f.minimum(f.mul(end, groups.unit_panels), self._panels)
            rows = self.steps.sizes(self.loops.product.rows[0].extent)
            self._groups_between(low, high, 0, rows)
            return
        assert self.tiles.rows is not None
        tiles, of_rows = self.tiles.rows.count, _units_of_rows(self.tiles, groups)

        def group(number: Index, low: Index, high: Index) -> None:
            start = f.mul(number, groups.panels)
            self._group(
                start,
                f.minimum(f.add(start, groups.panels), self._panels),
                f.mul(low, groups.unit_tiles),
                f.minimum(f.mul(high, groups.unit_tiles), tiles),
            )

        self.steps.by_digits(begin, end, of_rows, group)

    @property
    def _panels(self) -> int:
        assert self.tiles.vectors is not None
        return self.tiles.vectors.count

    def _groups_between(self, first: Index, last: Index, low: Index, high: Index) -> None:
        def group(start: Index) -> None:
            stop = self.f.minimum(self.f.add(start, self.groups.panels), last)
            self._group(start, stop, low, high)

        self.f.loop(last, group, start=first, step=self.groups.panels)

    def _group(self, first: Index, last: Index, low: Index, high: Index) -> None:
        """Panels from `first` to `last`; row tiles, or rows if their number is not known."""
        self.loops.in_blocks(lambda tile: self._block(tile, first, last, low, high))

    def _block(self, tile: Tile, first: Index, last: Index, low: Index, high: Index) -> None:
        tile = self._copies.copy_b(tile, first, last, self._all)

        def row_tile(tile: Tile) -> None:
            self._row_of_tiles(self._copies.copy_a(tile), first, last)

        if self.tiles.rows is None:

            def with_end(tile: Tile) -> None:
                row_tile(tile)
                self._hand_over(tile.block, tile.place.point[0], len(tile.rows), first, last)

            self.loops.row_tiles(tile, low, high, with_end)
            return

        def numbered(number: Index) -> None:
            self.loops.row_tile(tile, number, row_tile)
            start, size = self._extent(number)
            self._hand_over(tile.block, Affine.of(start), size, first, last)

        self.f.loop(high, numbered, start=low)

    def _extent(self, number: Index) -> tuple[Index, Index]:
        """The first row of a row tile, and how many it has."""
        f = self.f
        assert self.tiles.rows is not None
        (size, count), *others = self.tiles.rows.parts
        if not others:
            return f.mul(number, size), size
        smaller = others[0][0]
        beyond = f.intrinsic("smax", f.index(f.add(number, -count)), f.index(0))
        start = f.add(f.mul(number, size), f.mul(beyond, smaller - size))
        is_first = f.compare("slt", f.index(number), f.index(count))
        return start, f.select(is_first, f.index(size), f.index(smaller))

    def _row_of_tiles(self, tile: Tile, first: Index, last: Index) -> None:
        """A row tile with all panels of a group."""
        f, begin = self.f, self._all.column(first)

        def panel(p: Index, column: Affine, vectors: Vectors) -> None:
            one = self.loops.with_columns(tile, column, vectors)
            one = self._copies.with_panel(one, first, p)
            if self._sums is not None:
                assert one.copies is not None
                at = column + Affine.of(begin).scaled(-1)
                sums = f.address(self._sums, at, self._copies.dtype)
                ahead = None if self._lines is None else self._lines.of(one)
                changed = replace(one.copies, sums=sums, sums_row=self._row, ahead=ahead)
                one = replace(one, copies=changed)
            self._write_tile(one)

        self._all.each(first, last, panel)

    # --- what was gathered ---

    def _hand_over(
        self, block: Block, start: Affine, size: Index, first: Index, last: Index
    ) -> None:
        """Finished rows of the columns of a group, if tiles did not hand over their own."""
        if self._finish is None:
            return
        if block.last is None:
            self._rows(start, size, first, last)
            return
        with self.f.when(block.last):
            self._rows(start, size, first, last)

    def _rows(self, start: Affine, size: Index, first: Index, last: Index) -> None:
        f, lanes, dtype = self.f, self.lanes, self._copies.dtype
        columns, axis = self.loops.product.columns.extent, self.loops.product.rows[0]
        assert self._finish is not None and self._sums is not None
        assert not isinstance(columns, Dim)
        finish, sums = self._finish, self._sums
        begin = self._all.column(first)
        end = f.minimum(self._all.column(last), columns)
        rest = columns % lanes
        numbers = f.vector(range(lanes), "int32") if rest else None

        def row(r: Index) -> None:
            at = start + r
            offset = self.steps.times(at, axis.c)
            here = Affine.of(f.mul(r, self._row)) + Affine.of(begin).scaled(-1)

            def vector(column: Index, mask: Value | None) -> None:
                total = f.load(f.address(sums, here + column, dtype), dtype, lanes)
                finish(offset + column, (at,), Affine.of(column), mask, total)

            def masked(column: Index) -> None:
                assert numbers is not None
                left = f.minimum(f.add(end, f.mul(column, -1)), lanes)
                count = f.splat(f.convert("trunc", f.index(left), "int32"), lanes)
                vector(column, f.compare("slt", numbers, count))

            if not rest:
                f.loop(end, lambda c: vector(c, None), start=begin, step=lanes)
            elif f.module.vector_bytes >= 64:  # masks cost nothing
                f.loop(end, masked, start=begin, step=lanes)
            else:
                length = f.index(f.add(end, f.mul(begin, -1)))
                full = f.add(begin, f.binary("and", length, f.index(-lanes)))
                f.loop(full, lambda c: vector(c, None), start=begin, step=lanes)
                f.loop(end, masked, start=full, step=lanes)

        f.loop(size, row)
