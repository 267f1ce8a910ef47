"""Code for products and convolutions: tiles of C kept in registers while the depth is summed up.

`Contraction.from_node` turns a node into axes with tiles chosen, `emit` writes the loops into a
function. What becomes of a finished vector of C is the caller's: `finish` gets it in a register.

Units. A range [begin, end) of units is computed. If the first axis of the result has a fixed
number of indices for every row of the batch (`by_batch`), a unit is a row of the batch, so that
kernels that go through the batch can share a range. Otherwise
it is the number of a tile; of a block of tiles in a large product, where threads share the weights
rather than the batch. An element's value depends on neither the range nor the tiles: every
sum starts from zero and takes its products in the same order.

Columns. The lanes of a vector run along `columns`, the last axis of C that is longer than 1
(merged with those before it if B allows, see `columns.axes`). A last vector that is not full
overlaps the one before it, or reaches beyond the row if there is none; its mask tells which lanes
to store, and the other lanes hold garbage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamina.executors.native.affine import affine
from lamina.executors.native.blocking import Blocking, choose_blocking, indices_of_row
from lamina.executors.native.copies import OperandCopies
from lamina.executors.native.places import Steps
from lamina.executors.native.product import Axis, Product
from lamina.executors.native.tile_groups import GroupLoops, units_of_groups
from lamina.executors.native.tile_loops import TileLoops, digits
from lamina.executors.native.tile_sums import Finish, TileSums
from lamina.executors.native.tiles import Registers, Tiles, choose
from lamina.executors.native.writer import Function, Index, Value
from lamina.ir import dims
from lamina.ir.dims import Dim, Shape, Size
from lamina.ir.program import Node

Sizes = Callable[[Size], Index]


@dataclass(frozen=True)
class Contraction:
    """A dot, conv or conv_kernel_gradient, ready to be written.

    Attributes:
        product: its axes.
        tiles: what is kept in registers.
        blocking: what is done about the caches.
        shape: of the result.
    """

    product: Product
    tiles: Tiles
    blocking: Blocking
    shape: Shape

    @staticmethod
    def from_node(node: Node, machine: Registers) -> Contraction | None:
        """The contraction that a node is; None if it is none without a copy of an operand."""
        product = affine(node)
        if product is None:
            return None
        tiles, shape = choose(product, machine), node.output.shape
        blocking = choose_blocking(product, tiles, shape, machine.batch)
        return Contraction(product, tiles, blocking, shape)

    @property
    def rows(self) -> tuple[Axis, ...]:
        """The axes that a `point` has an index for."""
        return self.product.rows

    @property
    def columns(self) -> Axis:
        """The axis that vectors run along."""
        return self.product.columns

    @property
    def by_batch(self) -> bool:
        """Whether a unit is a row of the batch."""
        groups = self.blocking.groups
        if groups is not None:
            return groups.by_batch
        return indices_of_row(self.shape) is not None

    @property
    def per_unit(self) -> int:
        """Turns of the first merged axis for each unit, if by batch."""
        first = self.rows[0] if self.rows else self.columns
        each = dims.divide(first.extent, dims.BATCH)
        assert not isinstance(each, Dim)
        return each

    @property
    def units(self) -> Size:
        """How many units there are."""
        if self.by_batch:
            return dims.BATCH
        if self.blocking.groups is not None:
            return units_of_groups(self.tiles, self.blocking.groups)
        return dims.product(tuple(digits(self.product, self.tiles)))

    @property
    def flops(self) -> Size:
        """Additions and multiplications per unit; of a tile, at most."""
        product, tiles = self.product, self.tiles
        if product.is_empty:
            return 0
        if self.by_batch:
            return 2 * product.length * dims.divide(dims.product(self.shape), dims.BATCH)
        if self.blocking.groups is not None:
            columns, units = product.columns.extent, self.units
            assert isinstance(columns, int) and isinstance(units, int)
            rows = product.rows[0].extent
            if isinstance(rows, Dim):
                return 2 * product.length * rows * -(-columns // units)
            return 2 * product.length * -(-rows * columns // units)
        elements: Size = 1
        for number in (tiles.axis, tiles.whole):
            if number is not None:
                elements = elements * product.rows[number].extent
        if tiles.axis is not None and tiles.rows is not None:
            elements = tiles.most_rows * dims.divide(elements, product.rows[tiles.axis].extent)
        columns = product.columns.extent
        if not isinstance(columns, Dim) and tiles.vectors is not None:
            columns = -(-columns // max(1, tiles.vectors.count))
        return 2 * product.length * elements * columns

    @property
    def most_vectors(self) -> int:
        """How many vectors of the result the largest tile holds."""
        product, tiles = self.product, self.tiles
        rows: Size = tiles.most_rows
        if tiles.whole is not None:
            rows = rows * product.rows[tiles.whole].extent
        assert not isinstance(rows, Dim)
        return rows * tiles.most_vectors

    @property
    def wants_partial(self) -> bool:
        """Whether it needs a buffer for unfinished sums."""
        return self.blocking.turns is not None

    @property
    def gathers(self) -> bool:
        """Whether it can hand over finished rows from memory, in a loop."""
        return self.blocking.groups is not None


def emit(
    f: Function,
    c: Contraction,
    a: Value,
    b: Value,
    begin: Value,
    end: Value,
    sizes: Sizes,
    finish: Finish,
    partial: Value | None = None,
    end_tile: Callable[[], None] = lambda: None,
    late: bool = False,
    beside: Sequence[Value] = (),
) -> None:
    """Write the loops that compute units [begin, end) of a contraction.

    Args:
        f: the function to write into.
        c: what to compute.
        a, b: pointers to the node's first and second operand, dense.
        begin, end: the range of units, begin <= end.
        sizes: gives a Size as an operand, valid at the outermost level of `f`.
        finish: called where a vector is finished, once for every place in a tile's code, with
            offset: of the vector's first element in C, in elements;
            point: the index along each of `c.rows`;
            column: the index of the first lane along the columns (a convolution's groups
                counted in);
            mask: bools, the lanes that count, or None for all;
            total: the vector.
            It may be called inside a branch, so what it computes must not be used elsewhere.
        partial: a pointer to as many elements as C has, of C's dtype, which `emit` may use for
            unfinished sums; needed if it `wants_partial`. C itself will do if nothing reads C
            before `finish` does. Only the elements of the units [begin, end) are touched.
        end_tile: called where all vectors of a tile are finished, in the branch of `finish`.
        late: whether `finish` is called in a loop over vectors of rows that lie in the cache, if
            the contraction `gathers`; then it is written but once or twice.
        beside: addresses of what a late `finish` reads at the places of the sums, laid out like C.
    """
    if c.product.is_empty:
        return
    if c.product.swapped:
        a, b = b, a
    steps, blocking = Steps(f, c.product, sizes), c.blocking
    assert partial is not None or not c.wants_partial
    sums = TileSums(steps, a, b, finish, partial, blocking.copy_elements, end_tile)
    loops = TileLoops(steps, c.tiles, blocking, sums.copy_b, sums.write)
    if blocking.groups is not None:
        copies = OperandCopies(steps, a, b, c.tiles, blocking.groups)
        late_finish = finish if late else None
        groups = GroupLoops(loops, blocking.groups, copies, sums.write, late_finish, beside)
        if c.by_batch:
            groups.by_batch(f.mul(begin, c.per_unit), f.mul(end, c.per_unit))
        else:
            groups.by_number(begin, end)
    elif c.by_batch:
        loops.by_batch(f.mul(begin, c.per_unit), f.mul(end, c.per_unit))
    else:
        loops.by_number(begin, end)
