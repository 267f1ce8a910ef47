"""Code for products and convolutions: tiles of C kept in registers while the depth is summed up.

`Contraction.from_node` turns a node into axes with tiles chosen, `emit` writes the loops into a
function. What becomes of a finished vector of C is the caller's: `finish` gets it in a register.

Units. A range [begin, end) of units is computed. If the result's first axis depends on the batch
(`by_batch`), a unit is an index of that axis, so kernels of one batch can share a range. Otherwise
it is the number of a tile. An element's value depends on neither the range nor the tiles: every
sum starts from zero and takes its products in the same order.

Columns. The lanes of a vector run along `columns`, the last axis of C that is longer than 1
(merged with those before it if B allows, see `columns.axes`). A last vector that is not full
overlaps the one before it, or reaches beyond the row if there is none; its mask tells which lanes
to store, and the other lanes hold garbage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lamina.executors.native.affine import Axis, Product, affine
from lamina.executors.native.blocking import LONG, Blocking, choose_blocking
from lamina.executors.native.places import Steps
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
        by_batch = bool(shape) and isinstance(shape[0], Dim)
        return Contraction(product, tiles, choose_blocking(product, tiles, by_batch), shape)

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
        """Whether a unit is an index of the result's first axis."""
        return bool(self.shape) and isinstance(self.shape[0], Dim)

    @property
    def per_unit(self) -> int:
        """Turns of the first merged axis for each unit, if by batch."""
        first = self.rows[0] if self.rows else self.columns
        each = dims.divide(first.extent, self.shape[0])
        assert not isinstance(each, Dim)
        return each

    @property
    def units(self) -> Size:
        """How many units there are."""
        if self.by_batch:
            return self.shape[0]
        return dims.product(tuple(digits(self.product, self.tiles)))

    @property
    def flops(self) -> Size:
        """Additions and multiplications per unit; of a tile, at most."""
        product, tiles = self.product, self.tiles
        if product.is_empty:
            return 0
        if self.by_batch:
            return 2 * product.length * dims.divide(dims.product(self.shape), self.shape[0])
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
    def wants_partial(self) -> bool:
        """Whether a buffer for unfinished sums makes it faster."""
        return self.blocking.blocks


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
            unfinished sums; C itself will do if nothing reads C before `finish` does. Only the
            elements of the units [begin, end) are touched.
        end_tile: called where all vectors of a tile are finished, in the branch of `finish`.
    """
    if c.product.is_empty:
        return
    if c.product.swapped:
        a, b = b, a
    steps = Steps(f, c.product, sizes)

    def write(blocking: Blocking) -> None:
        if partial is None and blocking.turns is not None:
            blocking = replace(blocking, turns=None, copy_elements=0)
        sums = TileSums(steps, a, b, finish, partial, blocking.copy_elements, end_tile)
        loops = TileLoops(steps, c.tiles, blocking, sums.copy_b, sums.write)
        if c.by_batch:
            loops.by_batch(f.mul(begin, c.per_unit), f.mul(end, c.per_unit))
        else:
            loops.by_number(begin, end)

    if c.blocking.deep is None or partial is None:
        write(c.blocking)
        return
    depth = f.index(sizes(c.product.length))
    with f.when(f.compare("sle", depth, f.index(LONG))):
        write(c.blocking)
    with f.when(f.compare("sgt", depth, f.index(LONG))):
        write(c.blocking.deep)
