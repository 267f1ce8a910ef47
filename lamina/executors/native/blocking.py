"""When the depth of a contraction is cut into blocks, and when parts of B are copied.

A tile reads a panel of B, all of the depth by its columns. Other tiles read it again, so it should
still be in a cache then. Where B is large, its panels are taken one after the other, each for all
rows, in blocks of the depth that a cache holds; they are copied first, because rows of B that lie
a power of two apart compete for the same places in a cache. The kernel gradient of a convolution
has a depth of whole images, and takes those one after the other. Between blocks unfinished sums
are kept in memory, which does not change them.
"""

from __future__ import annotations

from dataclasses import dataclass

from lamina.executors.native.affine import Product
from lamina.executors.native.tiles import Tiles
from lamina.executors.native.writer import BYTES
from lamina.ir import dims
from lamina.ir.dims import Dim

LARGE = 512 << 10  # bytes of B that no cache near the core holds together with the rest
COPY = 64 << 10  # bytes of B that are copied at a time, better not more
MOST_COPY = 256 << 10  # and never more, as the copy is on the stack
TURNS = 256  # of the depth in a block whose B is not copied
LONG = 192  # a depth known at run time from which B is taken to be large, if it is wide
LONG_PER_ROW = 16  # a depth of so many turns for each row of the batch is long
ROW_TILES = 16  # so many tiles are worth a copy of what they share
TYPICAL_BATCH = 32


@dataclass(frozen=True)
class Blocking:
    """What is done about the caches.

    Attributes:
        large: whether panels of columns are the outer loop, rows the inner.
        turns: of the outermost depth axis in a block; None where there is one block.
        copy_elements: of the largest part of B that is copied; 0 for no copy.
        deep: what is done instead if the depth, known at run time, is more than LONG.
    """

    large: bool
    turns: int | None
    copy_elements: int
    deep: Blocking | None = None

    @property
    def blocks(self) -> bool:
        """Whether there may be several blocks."""
        return self.turns is not None or self.deep is not None


def choose_blocking(product: Product, tiles: Tiles, by_batch: bool) -> Blocking:
    """The blocks of a contraction."""
    size = BYTES[product.dtype]
    elements = dims.at(product.length * product.columns.extent, TYPICAL_BATCH)
    large = elements * size >= LARGE
    sizes = [axis.extent for axis in product.depth]
    if not sizes or product.form == "inner":
        return Blocking(large, None, 0)
    first, inside = sizes[0], dims.product(tuple(sizes[1:]))
    if isinstance(inside, Dim):
        return Blocking(large, None, 0)
    if isinstance(first, Dim):
        if dims.at(product.length, 1) >= LONG_PER_ROW:
            return Blocking(large, max(1, TURNS // max(1, inside)), 0)
        deep = None
        if _may_be_large(product, tiles):
            turns = COPY // tiles.panel_bytes
            deep = Blocking(True, turns, turns * tiles.panel_bytes // size)
        return Blocking(large, None, 0, deep)
    if not large or inside == 0:
        return Blocking(large, None, 0)
    most = max(1, COPY // (tiles.panel_bytes * inside))
    blocks = -(-first // most)
    turns = -(-first // max(1, blocks))
    copy = turns * inside * tiles.panel_bytes
    copied = by_batch and product.form == "outer" and copy <= MOST_COPY
    return Blocking(large, turns if blocks > 1 else None, copy // size if copied else 0)


def _may_be_large(product: Product, tiles: Tiles) -> bool:
    """Whether a depth of LONG makes B large, and there are rows enough to copy it for."""
    if len(product.depth) > 1 or product.form != "outer" or len(product.rows) != 1:
        return False
    columns = product.columns.extent
    if isinstance(columns, Dim) or tiles.rows is None or not dims.same(product.depth[0].a, 1):
        return False
    return LONG * columns * BYTES[product.dtype] >= LARGE // 2 and tiles.rows.count >= ROW_TILES
