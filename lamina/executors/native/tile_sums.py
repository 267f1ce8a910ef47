"""The code of one tile: sum up along the depth in registers, then hand over every vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.executors.native.affine import Product
from lamina.executors.native.tile_loops import Block, Place, Row, Tile, TileLoops, Vector
from lamina.executors.native.writer import Affine, Function, Index, Value
from lamina.ir.dims import Size

Finish = Callable[[Affine, tuple[Affine, ...], Affine, Value | None, Value], None]

WRITTEN_OUT = 4  # a depth axis up to this long needs no loop
UNROLL = 2  # turns of the innermost depth loop written out, where a turn is as short as here:
SHORT_TURN = 16  # multiply-adds
CHAINS = 8  # sums along the depth at a time, to keep the multiply-adds busy


class TileSums:
    """Writes tiles; the arguments are those of `contraction.emit`."""

    def __init__(
        self,
        f: Function,
        product: Product,
        a: Value,
        b: Value,
        sizes: Callable[[Size], Index],
        finish: Finish,
        partial: Value | None,
    ) -> None:
        self.f, self.product, self.sizes = f, product, sizes
        self.dtype, self.lanes = product.dtype, f.module.lanes(product.dtype)
        self._a, self._b, self._finish, self._partial = a, b, finish, partial
        self.loops: TileLoops | None = None

    def write(self, tile: Tile, block: Block | None) -> None:
        """The code of a tile."""
        if self.product.form == "inner":
            self._write_inner(tile)
            return
        f = self.f
        places = [self._at(tile.place, row) for row in tile.rows]
        sums = [f.constant(0, self.dtype, self.lanes)] * (len(places) * len(tile.vectors))
        if block is not None:
            sums = self._unfinished(tile, places, block)
        sums = self._sum(0, [place.a for place in places], tile.place.b, sums, tile, block)
        if block is None:
            self._finish_all(tile, places, sums)
            return
        assert block.last is not None
        with f.when(block.last):
            self._finish_all(tile, places, sums)
        with f.when(f.binary("xor", block.last, f.constant(True, "bool"))):
            self._keep(tile, places, sums)

    def _at(self, place: Place, row: Row) -> Place:
        assert self.loops is not None
        for number, index in row:
            place = self.loops.moved(place, number, Affine((), index))
        return place

    def _times(self, index: Affine, stride: Size) -> Affine:
        assert self.loops is not None
        return self.loops.times(index, stride)

    # --- along the depth ---

    def _sum(
        self,
        number: int,
        reads: list[Affine],
        b: Affine,
        sums: Sequence[Value],
        tile: Tile,
        block: Block | None,
    ) -> list[Value]:
        """The sums after the loops over depth axis `number` and those inside it."""
        f, depth = self.f, self.product.depth
        if number == len(depth):
            return self._turn(reads, b, sums, tile)
        axis = depth[number]
        start, stop = 0, self.sizes(axis.extent)
        if number == 0 and block is not None:
            start, stop = block.start, block.stop

        def turn(k: Affine, carried: Sequence[Value]) -> list[Value]:
            a = self._times(k, axis.a)
            inner = [read + a for read in reads]
            return self._sum(number + 1, inner, b + self._times(k, axis.b), carried, tile, block)

        if isinstance(start, int) and isinstance(stop, int) and stop - start <= WRITTEN_OUT:
            for k in range(start, stop):
                sums = turn(Affine((), k), sums)
            return list(sums)
        if number < len(depth) - 1:
            return f.loop(stop, lambda k, *c: turn(Affine.of(k), c), carried=sums, start=start)
        few = UNROLL if CHAINS < len(sums) <= SHORT_TURN and isinstance(stop, int) else 1
        return self._unrolled(start, stop, few, turn, sums)

    def _unrolled(
        self,
        start: Index,
        stop: Index,
        few: int,
        turn: Callable[[Affine, Sequence[Value]], list[Value]],
        sums: Sequence[Value],
    ) -> list[Value]:
        f = self.f
        if few == 1:
            return f.loop(stop, lambda k, *c: turn(Affine.of(k), c), carried=sums, start=start)
        number = f.add(stop, f.mul(start, -1))
        assert self.loops is not None
        turns, rest = self.loops.divided(number, few)
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

    def _turn(
        self, reads: list[Affine], b: Affine, sums: Sequence[Value], tile: Tile
    ) -> list[Value]:
        """One product more for every sum."""
        f, paired = self.f, self.product.form == "paired"
        right = [self._load(self._b, b, v) for v in tile.vectors]
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

    # --- sums that wait for the next block ---

    def _unfinished(self, tile: Tile, places: list[Place], block: Block) -> list[Value]:
        """What the blocks before summed up, zeros in the first one."""
        assert block.first is not None and self._partial is not None
        f = self.f
        zero = f.constant(0, self.dtype, self.lanes)
        return [
            f.select(block.first, zero, self._load(self._partial, place.c, vector))
            for place in places
            for vector in tile.vectors
        ]

    def _keep(self, tile: Tile, places: list[Place], sums: Sequence[Value]) -> None:
        assert self._partial is not None
        f = self.f
        numbers = iter(sums)
        for place in places:
            for vector in tile.vectors:
                address = f.address(self._partial, place.c + vector.offset, self.dtype)
                f.store(next(numbers), address, vector.mask)

    def _finish_all(self, tile: Tile, places: list[Place], sums: Sequence[Value]) -> None:
        numbers = iter(sums)
        for place in places:
            for vector in tile.vectors:
                column = place.column + vector.offset
                offset = place.c + vector.offset
                self._finish(offset, place.point, column, vector.mask, next(numbers))

    # --- vectors along the depth ---

    def _write_inner(self, tile: Tile) -> None:
        """A sum for each lane, of two rows that are contiguous along the depth."""
        (vector,) = tile.vectors
        f, lanes = self.f, self.lanes
        count = vector.valid if isinstance(vector.valid, int) else lanes
        sums: list[Value] = []
        for first in range(0, count, CHAINS):
            chain = range(first, min(first + CHAINS, count))
            sums += self._inner_chains(tile.place, [self._lane(vector, i) for i in chain])
        zero = f.constant(0, self.dtype, lanes)
        sums += [zero] * (lanes - count)
        while len(sums) > 1:
            sums = [self._add_pairs(*sums[i : i + 2]) for i in range(0, len(sums), 2)]
        place = tile.place
        self._finish(place.c, place.point, place.column, vector.mask, sums[0])

    def _lane(self, vector: Vector, lane: int) -> Affine:
        """The column of a lane; lanes beyond the last column repeat it."""
        f = self.f
        if vector.valid is None or isinstance(vector.valid, int):
            return Affine((), lane)
        return Affine.of(f.minimum(lane, f.add(vector.valid, -1)))

    def _inner_chains(self, place: Place, columns: list[Affine]) -> list[Value]:
        f, lanes, axis = self.f, self.lanes, self.product.columns
        assert self.loops is not None
        ends = [
            (place.a + self._times(i, axis.a), place.b + self._times(i, axis.b)) for i in columns
        ]
        extent = self.sizes(self.product.depth[0].extent)
        turns, rest = self.loops.divided(extent, lanes)
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
