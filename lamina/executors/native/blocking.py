"""When the depth of a contraction is cut into blocks, and when parts of A and B are copied.

A tile reads a panel of B, all of the depth by its columns. Other tiles read it again, so it should
still be in a cache then. There are two ways to see to that where B is large.

A plain matrix product takes panels in groups: a block of the depth by the columns of a group is
copied to where it fills a part of the second-level cache without gaps. Then the rows of a tile are
copied too, and meet all panels of the group. Rows that lie a power of two apart would otherwise
compete for the same places in a cache, and each would need its entry in the table of pages.

Other contractions take one panel after the other, each for all rows. The kernel gradient of a
convolution has a depth of whole images, and takes those one after the other. Between blocks of the
depth unfinished sums are kept in memory, which does not change them.
"""

from __future__ import annotations

from dataclasses import dataclass

from lamina.executors.native.large import LARGE, is_large
from lamina.executors.native.product import Product
from lamina.executors.native.tiles import Tiles
from lamina.executors.native.writer import BYTES
from lamina.ir import dims
from lamina.ir.dims import Dim, Shape

COPY = 64 << 10  # bytes of B in a panel that is copied at a time, better not more
MOST_COPY = 256 << 10  # and never more, as the copy is on the stack
TURNS = 256  # of the depth in a block
DEEP, DEEP_TURNS = 1536, 512  # from such a depth on, longer blocks save unfinished sums
LINE = 16  # turns of a block are a multiple of this, so that vectors of A are aligned
GROUP = 512 << 10  # bytes of B in a group
UNIT_COLUMNS = 128  # in a unit of all rows
UNIT_ROWS = 128  # in a unit of the columns of a group
UNITS = 8  # at least, if they can be found
LONG = 512  # turns of a depth that goes by the batch, from which on it is cut into blocks
MANY_ROWS = 8  # of C for each of the batch: enough for units to be rows of the batch
TYPICAL_BATCH = 32


@dataclass(frozen=True)
class Groups:
    """How a product is cut whose operands are copied.

    Attributes:
        turns: of the depth in a block.
        panels: of columns in a group.
        unit_panels: in a unit.
        unit_tiles: of rows in a unit, which is then as wide as a group; 0 if units have all rows.
        by_batch: whether units are rows of the batch instead, of all columns.
    """

    turns: int
    panels: int
    unit_panels: int
    unit_tiles: int
    by_batch: bool


@dataclass(frozen=True)
class Blocking:
    """What is done about the caches.

    Attributes:
        large: whether panels of columns are the outer loop, rows the inner.
        turns: of the outermost depth axis in a block; None where there is one block.
        copy_elements: of the largest panel of B that is copied; 0 for no copy.
        groups: how panels are grouped; None where they are not.
    """

    large: bool
    turns: int | None
    copy_elements: int
    groups: Groups | None = None


def indices_of_row(shape: Shape) -> int | None:
    """How many indices of a shape's first axis one row of the batch has, if that is fixed."""
    if not shape or not isinstance(shape[0], Dim):
        return None
    coefficients = shape[0].coefficients
    return coefficients[1] if len(coefficients) == 2 and coefficients[0] == 0 else None


def choose_blocking(product: Product, tiles: Tiles, shape: Shape, batch: int) -> Blocking:
    """The blocks of a contraction with a result of some shape, for about `batch` rows."""
    groups = _groups(product, tiles, shape)
    if groups is not None:
        depth = product.depth[0].extent
        one = not isinstance(depth, Dim) and depth <= groups.turns
        return Blocking(True, None if one else groups.turns, 0, groups)
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
        long = dims.at(product.length, batch) >= LONG
        return Blocking(large, max(1, TURNS // max(1, inside)) if long else None, 0)
    if not large or inside == 0:
        return Blocking(large, None, 0)
    most = max(1, COPY // (tiles.panel_bytes * inside))
    blocks = -(-first // most)
    turns = -(-first // max(1, blocks))
    copy = turns * inside * tiles.panel_bytes
    by_batch = indices_of_row(shape) is not None
    copied = by_batch and product.form == "outer" and copy <= MOST_COPY
    return Blocking(large, turns if blocks > 1 else None, copy // size if copied else 0)


def _groups(product: Product, tiles: Tiles, shape: Shape) -> Groups | None:
    """How a large matrix product is cut, None for all that is not one."""
    if not is_large(product):
        return None
    (rows,), (depth,), size = product.rows, product.depth, BYTES[product.dtype]
    assert tiles.vectors is not None
    turns = TURNS
    if not isinstance(depth.extent, Dim):
        most = TURNS if depth.extent < DEEP else DEEP_TURNS
        turns = -(-depth.extent // -(-depth.extent // most))
        turns = -(-turns // LINE) * LINE
    count = tiles.vectors.count
    most = max(1, min(count, GROUP // (turns * tiles.panel_bytes)))
    if isinstance(rows.extent, Dim):
        columns_of_panel = tiles.panel_bytes // size
        each = max(1, min(UNIT_COLUMNS // columns_of_panel, count // UNITS))
        turns_of_rows = dims.at(rows.extent, 2) - dims.at(rows.extent, 1)
        leads = indices_of_row(shape) is not None
        by_batch = leads and (turns_of_rows >= MANY_ROWS or count < UNITS // 2 * each)
        return Groups(turns, most, each, 0, by_batch)
    assert tiles.rows is not None
    groups = -(-count // most)
    most = -(-count // groups)
    each = max(1, min(UNIT_ROWS // tiles.most_rows, tiles.rows.count * groups // UNITS))
    return Groups(turns, most, most, each, False)
