"""The code of one tile: sum up along the depth in registers, then hand over every vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lamina.executors.native.ahead import ask
from lamina.executors.native.places import Block, Copies, Place, Row, Steps, Tile, Vector
from lamina.executors.native.writer import Affine, Index, Value
from lamina.ir.dims import Dim

# offset, point, column, mask, total: see `contraction.emit`
Finish = Callable[[Affine, tuple[Affine, ...], Affine, Value | None, Value], None]

WRITTEN_OUT = 4  # an innermost depth axis up to this long needs no loop
UNROLL = 2  # turns of the innermost depth loop written out, where a turn is as short as here:
SHORT_TURN = 16  # multiply-adds
_TRUE = Value("true", "bool")
CHAINS = 8  # sums along the depth at a time, to keep the multiply-adds busy


class TileSums:
    """Writes tiles; the arguments are those of `contraction.emit`.

    Args:
        steps: between places.
        a, b: pointers to the operands.
        finish: gets the finished vectors.
        partial: memory for unfinished sums, None if there is one block only.
        copy_elements: of the largest part of B that is copied.
        end_tile: called when those of a tile are finished.
    """

    def __init__(
        self,
        steps: Steps,
        a: Value,
        b: Value,
        finish: Finish,
        partial: Value | None,
        copy_elements: int,
        end_tile: Callable[[], None],
    ) -> None:
        self.f, self.product, self.steps = steps.f, steps.product, steps
        self.dtype, self.lanes = steps.product.dtype, steps.f.module.lanes(steps.product.dtype)
        self._a, self._b, self._finish, self._partial = a, b, finish, partial
        self._copy_elements, self._end_tile = copy_elements, end_tile

    def write(self, tile: Tile) -> None:
        """The code of a tile."""
        if self.product.form == "inner":
            self._write_inner(tile)
            return
        f, block = self.f, tile.block
        places = [self._at(tile.place, row) for row in tile.rows]
        sums = [f.constant(0, self.dtype, self.lanes)] * (len(places) * len(tile.vectors))
        if block.first is not None:
            sums = self._unfinished(tile, places, block.first, sums)
        if tile.copies is not None:
            sums = self._sum_of_copies(tile.copies, tile, sums)
        else:
            b = tile.place.b if tile.packed is None else Affine()
            sums = self._sum(0, [place.a for place in places], b, sums, tile)
        if block.last is None:
            self._finish_all(tile, places, sums)
            return
        with f.when(block.last):
            self._finish_all(tile, places, sums)
        with f.when(f.binary("xor", block.last, _TRUE)):
            self._keep(tile, places, sums)

    def _at(self, place: Place, row: Row) -> Place:
        for number, index in row:
            place = self.steps.moved(place, number, Affine((), index))
        return place

    # --- along the depth ---

    def _sum(
        self, number: int, reads: list[Affine], b: Affine, sums: Sequence[Value], tile: Tile
    ) -> list[Value]:
        """The sums after the loops over depth axis `number` and those inside it."""
        f, depth = self.f, self.product.depth
        if number == len(depth):
            return self._turn(reads, b, sums, tile)
        axis = depth[number]
        start, stop = self._ends(number, tile.block)
        step_b = axis.b
        if tile.packed is not None:
            step_b = self._packed_step(number, tile)
            b = b + self.steps.times(Affine.of(start), step_b).scaled(-1)

        def turn(k: Affine, carried: Sequence[Value]) -> list[Value]:
            a = self.steps.times(k, axis.a)
            inner = [read + a for read in reads]
            return self._sum(number + 1, inner, b + self.steps.times(k, step_b), carried, tile)

        innermost = number == len(depth) - 1
        few = UNROLL if CHAINS < len(sums) <= SHORT_TURN and isinstance(stop, int) else 1
        if innermost and isinstance(stop, int) and isinstance(start, int) and stop <= WRITTEN_OUT:
            for k in range(start, stop):
                sums = turn(Affine((), k), sums)
            return list(sums)
        if not innermost or few == 1:
            return f.loop(stop, lambda k, *c: turn(Affine.of(k), c), carried=sums, start=start)
        return self._unrolled(start, stop, few, turn, sums)

    def _ends(self, number: int, block: Block) -> tuple[Index, Index]:
        """Where the loop over a depth axis begins and ends."""
        if number == 0:
            return block.start, block.stop
        return 0, self.steps.sizes(self.product.depth[number].extent)

    def _unrolled(
        self,
        start: Index,
        stop: Index,
        few: int,
        turn: Callable[[Affine, Sequence[Value]], list[Value]],
        sums: Sequence[Value],
    ) -> list[Value]:
        f = self.f
        turns, rest = self.steps.divided(f.add(stop, f.mul(start, -1)), few)
        full = f.add(start, f.mul(turns, few))

        def several(k: Value, *carried: Value) -> Sequence[Value]:
            now: Sequence[Value] = carried
            for i in range(few):
                now = turn(Affine.of(k) + i, now)
            return now

        sums = f.loop(full, several, carried=sums, start=start, step=few)
        if isinstance(rest, int):
            for i in range(rest):
                sums = turn(Affine.of(full) + i, sums)
            return list(sums)
        return f.loop(stop, lambda k, *c: turn(Affine.of(k), c), carried=sums, start=full)

    def _sum_of_copies(self, copies: Copies, tile: Tile, sums: Sequence[Value]) -> list[Value]:
        """The sums after a block of the depth, of operands that have been copied."""
        f, block = self.f, tile.block
        assert copies.a is not None
        a = copies.a

        def turn(k: Index, *sums: Value) -> list[Value]:
            if copies.ahead is not None:
                ask(f, copies.ahead, k)
            at = Affine.of(k).scaled(copies.b_turn)
            right = [
                f.load(f.address(copies.b, at + j * self.lanes, self.dtype), self.dtype, self.lanes)
                for j in range(len(tile.vectors))
            ]
            result = []
            for i in range(len(tile.rows)):
                at = Affine.of(k).scaled(copies.a_turn) + i * copies.row
                left = f.splat(f.load(f.address(a, at, self.dtype), self.dtype), self.lanes)
                for j, vector in enumerate(right):
                    result.append(f.fma(left, vector, sums[i * len(right) + j]))
            return result

        return f.loop(f.add(block.stop, f.mul(block.start, -1)), turn, carried=sums)

    def _turn(
        self, reads: list[Affine], b: Affine, sums: Sequence[Value], tile: Tile
    ) -> list[Value]:
        """One product more for every sum."""
        f, paired = self.f, self.product.form == "paired"
        if tile.packed is None:
            right = [self._load(self._b, b, v) for v in tile.vectors]
        else:
            places = [Vector(j * self.lanes) for j in range(len(tile.vectors))]
            right = [self._load(tile.packed, b, v) for v in places]
        result = []
        for i, read in enumerate(reads):
            if not paired:
                address = f.address(self._a, read, self.dtype)
                left = f.splat(f.load(address, self.dtype), self.lanes)
            for j, vector in enumerate(tile.vectors):
                if paired:
                    left = self._load(self._a, read, vector)
                result.append(f.fma(left, right[j], sums[i * len(right) + j]))
        return result

    def _load(self, pointer: Value, offset: Affine, vector: Vector) -> Value:
        f = self.f
        address = f.address(pointer, offset + vector.offset, self.dtype)
        mask = None if vector.valid is None else vector.mask
        return f.load(address, self.dtype, self.lanes, mask)

    # --- a copy of a part of B ---

    def copy_b(self, tile: Tile, body: Callable[[Tile], None]) -> None:
        """Copy what tiles with the columns of this one read of B, then write those tiles."""
        if not self._copy_elements:
            body(tile)
            return
        f = self.f
        element = "float" if self.dtype == "float32" else "double"
        memory = f.pure("pointer", 1, f"alloca [{self._copy_elements} x {element}], align 64")
        packed = replace(tile, packed=memory)

        def copy(number: int, b: Affine, to: Affine) -> None:
            if number == len(self.product.depth):
                for j, vector in enumerate(tile.vectors):
                    address = f.address(memory, to + j * self.lanes, self.dtype)
                    f.store(self._load(self._b, b, vector), address)
                return
            start, stop = self._ends(number, tile.block)
            step, packed_step = self.product.depth[number].b, self._packed_step(number, packed)
            first = self.steps.times(Affine.of(start), packed_step).scaled(-1)

            def turn(k: Index) -> None:
                at = Affine.of(k)
                inside = to + first + self.steps.times(at, packed_step)
                copy(number + 1, b + self.steps.times(at, step), inside)

            f.loop(stop, turn, start=start)

        copy(0, tile.place.b, Affine())
        body(packed)

    def _packed_step(self, number: int, tile: Tile) -> int:
        """Elements from one turn of a depth axis to the next in the copy."""
        step = len(tile.vectors) * self.lanes
        for axis in self.product.depth[number + 1 :]:
            assert not isinstance(axis.extent, Dim)
            step *= axis.extent
        return step

    # --- sums that wait for the next block ---

    def _unfinished(
        self, tile: Tile, places: list[Place], first: Value, zeros: list[Value]
    ) -> list[Value]:
        """What the blocks before summed up, zeros in the first one."""
        f = self.f
        later = f.pure("index", 1, "zext i1 {} to i64", f.binary("xor", first, _TRUE))

        def kept(_: Index, *__: Value) -> list[Value]:
            assert self._partial is not None
            sums = []
            for place in places:
                for vector in tile.vectors:
                    address = f.address(self._partial, place.c + vector.offset, self.dtype)
                    mask = None if vector.valid is None else vector.mask
                    if tile.copies is not None:  # fetch those of the next panel
                        ahead = len(tile.vectors) * self.lanes
                        f.prefetch(f.address(address, ahead, self.dtype))
                    sums.append(f.load(address, self.dtype, self.lanes, mask))
            return sums

        return f.loop(later, kept, carried=zeros)  # one turn or none

    def _keep(self, tile: Tile, places: list[Place], sums: Sequence[Value]) -> None:
        assert self._partial is not None
        f = self.f
        numbers = iter(sums)
        for place in places:
            for vector in tile.vectors:
                address = f.address(self._partial, place.c + vector.offset, self.dtype)
                f.store(next(numbers), address, vector.mask)

    def _finish_all(self, tile: Tile, places: list[Place], sums: Sequence[Value]) -> None:
        if tile.copies is not None and tile.copies.sums is not None:
            self._gather(tile.copies, tile, sums)
            return
        numbers = iter(sums)
        for place in places:
            for vector in tile.vectors:
                column = place.column + vector.offset
                offset = place.c + vector.offset
                self._finish(offset, place.point, column, vector.mask, next(numbers))
        self._end_tile()

    def _gather(self, copies: Copies, tile: Tile, sums: Sequence[Value]) -> None:
        """Put finished sums side by side with those of the other panels."""
        f = self.f
        assert copies.sums is not None
        for i in range(len(tile.rows)):
            for j, vector in enumerate(tile.vectors):
                at = i * copies.sums_row + vector.offset
                address = f.address(copies.sums, at, self.dtype)
                f.store(sums[i * len(tile.vectors) + j], address, vector.mask)

    # --- vectors along the depth ---

    def _write_inner(self, tile: Tile) -> None:
        """A sum for each lane, of two rows that are contiguous along the depth."""
        (vector,) = tile.vectors
        lanes, place = self.lanes, tile.place
        count = vector.valid if isinstance(vector.valid, int) else lanes
        sums: list[Value] = []
        for first in range(0, count, CHAINS):
            chain = range(first, min(first + CHAINS, count))
            sums += self._inner_chains(place, [self._lane(vector, i) for i in chain])
        sums += [self.f.constant(0, self.dtype, lanes)] * (lanes - count)
        while len(sums) > 1:
            sums = [self._add_pairs(*sums[i : i + 2]) for i in range(0, len(sums), 2)]
        self._finish(place.c, place.point, place.column, vector.mask, sums[0])
        self._end_tile()

    def _lane(self, vector: Vector, lane: int) -> Affine:
        """The column of a lane; lanes beyond the last column repeat it."""
        f = self.f
        if vector.valid is None or isinstance(vector.valid, int):
            return Affine((), lane)
        return Affine.of(f.minimum(lane, f.add(vector.valid, -1)))

    def _inner_chains(self, place: Place, columns: list[Affine]) -> list[Value]:
        f, lanes, steps, axis = self.f, self.lanes, self.steps, self.product.columns
        ends = [
            (place.a + steps.times(i, axis.a), place.b + steps.times(i, axis.b)) for i in columns
        ]
        extent = steps.sizes(self.product.depth[0].extent)
        turns, rest = steps.divided(extent, lanes)
        full = f.mul(turns, lanes)

        def turn(k: Index, mask: Value | None, sums: Sequence[Value]) -> list[Value]:
            vector = Vector(0, mask, None if mask is None else lanes)
            result = []
            for (a, b), so_far in zip(ends, sums, strict=True):
                left = self._load(self._a, a + k, vector)
                result.append(f.fma(left, self._load(self._b, b + k, vector), so_far))
            return result

        zero = f.constant(0, self.dtype, lanes)
        sums = f.loop(full, lambda k, *c: turn(k, None, c), carried=[zero] * len(ends), step=lanes)
        if isinstance(rest, int):
            if not rest:
                return sums
            return turn(full, f.vector([i < rest for i in range(lanes)], "bool"), sums)
        count = f.splat(f.convert("trunc", rest, "int32"), lanes)
        return turn(full, f.compare("slt", f.vector(range(lanes), "int32"), count), sums)

    def _add_pairs(self, x: Value, y: Value) -> Value:
        """x0+x1, x2+x3, …, y0+y1, …"""
        f, lanes = self.f, self.lanes
        halves = []
        for first in (0, 1):
            places = ", ".join(f"i32 {i}" for i in range(first, 2 * lanes, 2))
            text = f"shufflevector {x.type} {{}}, {x.type} {{}}, <{lanes} x i32> <{places}>"
            halves.append(f.pure(self.dtype, lanes, text, x, y))
        return f.binary("fadd", *halves)
