"""Where loops around a tile are, and the steps from one place to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lamina.executors.native.product import Product
from lamina.executors.native.writer import Affine, Function, Index, Value
from lamina.ir.dims import Dim, Size


@dataclass(frozen=True)
class Place:
    """A point of the loops: offsets into A, B and C, and indices along the axes of C."""

    a: Affine
    b: Affine
    c: Affine
    point: tuple[Affine, ...]
    column: Affine


Row = tuple[tuple[int, int], ...]  # (row axis, index) from the tile's place


@dataclass(frozen=True)
class Vector:
    """A vector of a tile's columns.

    Attributes:
        offset: elements from the tile's place.
        mask: the lanes that count, None for all.
        valid: how many columns there are from its first lane on, if fewer than lanes.
    """

    offset: int
    mask: Value | None = None
    valid: Index | None = None


@dataclass(frozen=True)
class Block:
    """A part of the outermost depth axis.

    Attributes:
        start, stop: its turns.
        first, last: whether it is the first and the last part, None where it is all.
    """

    start: Index
    stop: Index
    first: Value | None = None
    last: Value | None = None


SHARES = 16  # lines asked for in a turn are counted in parts of 2 ** -SHARES


@dataclass(frozen=True)
class Ahead:
    """Lines of memory to ask for while a tile is summed up.

    Attributes:
        table: addresses of those of the first tile of all.
        shift: bytes from there to those of this tile.
        rate: how many in a turn of the depth, in parts of 2 ** -SHARES.
    """

    table: Value
    shift: Value
    rate: Value


@dataclass(frozen=True)
class Copies:
    """Parts of A and B without gaps, from the first turn of a block on.

    Attributes:
        a, b: where the tile's first row and column are in them; `a` is None until it is copied.
        row, a_turn: elements from one row, and from one turn of the depth, to the next in `a`.
        b_turn: elements from one turn to the next in `b`.
        sums: where finished sums of the tile's first row and column go; None if they are handed
            over from registers.
        sums_row: elements from one row to the next there.
        ahead: what is asked for on the way; None for nothing.
    """

    b: Value
    b_turn: int
    a: Value | None = None
    row: int = 0
    a_turn: int = 0
    sums: Value | None = None
    sums_row: int = 0
    ahead: Ahead | None = None


@dataclass(frozen=True)
class Tile:
    """Where a tile is, and what it is made of.

    Attributes:
        place: of its first row and column.
        rows, vectors: what it holds.
        block: the part of the depth that is to be summed up.
        packed: a copy of what it reads of B, in the order in which it reads that, or None.
        copies: of both operands, or None.
    """

    place: Place
    block: Block
    rows: tuple[Row, ...] = ((),)
    vectors: tuple[Vector, ...] = (Vector(0),)
    packed: Value | None = None
    copies: Copies | None = None


class Steps:
    """Places of one contraction.

    Args:
        f: where to write.
        product: the contraction.
        sizes: gives a Size as an operand.
    """

    def __init__(self, f: Function, product: Product, sizes: Callable[[Size], Index]) -> None:
        self.f, self.product, self.sizes = f, product, sizes

    def start(self, block: Block) -> Tile:
        """The first place of all."""
        zero = Affine()
        return Tile(Place(zero, zero, zero, (zero,) * len(self.product.rows), zero), block)

    def moved(self, place: Place, number: int, by: Affine) -> Place:
        """A place that lies further along a row axis."""
        axis = self.product.rows[number]
        point = list(place.point)
        point[number] = point[number] + by
        grouped = set(axis.axes) & set(self.product.columns.axes)  # groups of a convolution
        return Place(
            place.a + self.times(by, axis.a),
            place.b + self.times(by, axis.b),
            place.c + self.times(by, axis.c),
            tuple(point),
            place.column + self.times(by, axis.c) if grouped else place.column,
        )

    def times(self, index: Affine, stride: Size) -> Affine:
        """An index times a stride, which may be known only at run time."""
        if not isinstance(stride, Dim):
            return index.scaled(stride)
        if not index.terms and index.constant == 0:
            return index
        return Affine.of(self.f.mul(self.f.index(index), self.sizes(stride)))

    def columns_on(self, place: Place, by: Affine) -> Place:
        """A place that lies further along the columns."""
        axis = self.product.columns
        return replace(
            place,
            a=place.a + self.times(by, axis.a),
            b=place.b + self.times(by, axis.b),
            c=place.c + by,
            column=place.column + by,
        )

    def by_digits(
        self, begin: Index, end: Index, low_digits: int, body: Callable[[Index, Index, Index], None]
    ) -> None:
        """Go through the numbers from `begin` to `end`, high digit by high digit.

        Args:
            begin, end: numbers high * low_digits + low.
            low_digits: how many low digits there are.
            body: takes a high digit and the range of low digits that belong to it.
        """
        f = self.f
        first, _ = self.divided(begin, low_digits)
        stop, _ = self.divided(f.add(end, low_digits - 1), low_digits)

        def one(high: Index) -> None:
            before = f.mul(high, -low_digits)
            low = f.intrinsic("smax", f.index(f.add(begin, before)), f.index(0))
            body(high, low, f.minimum(f.add(end, before), low_digits))

        f.loop(stop, one, start=first)

    def divided(self, number: Index, by: Index) -> tuple[Index, Index]:
        """Quotient and rest of two indices that are not negative; a divisor of 0 counts as 1."""
        f = self.f
        if isinstance(by, int) and by <= 1:
            return number, 0
        divisor = f.index(by) if isinstance(by, int) else f.intrinsic("smax", by, f.index(1))
        quotient, rest = (
            f.pure("index", 1, name + " i64 {}, {}", f.index(number), divisor)
            for name in ("udiv", "urem")
        )
        return quotient, rest
