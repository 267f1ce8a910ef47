"""Which products are so large that copies of both operands pay."""

from __future__ import annotations

from lamina.executors.native.product import Product
from lamina.executors.native.writer import BYTES
from lamina.ir import dims
from lamina.ir.dims import Dim

LARGE = 512 << 10  # bytes of B that no cache near the core holds together with the rest
APART = 128 << 10  # the same if B would have to be transposed by itself otherwise
FEWEST_COLUMNS = 128
WIDE, TALL = 320, 64  # columns and rows that make a product large whose depth is the batch


def is_large(product: Product) -> bool:
    """Whether it is a matrix product with a large B, and A is easily copied."""
    if product.form != "outer" or len(product.rows) != 1 or len(product.depth) != 1:
        return False
    (rows,), (depth,), columns = product.rows, product.depth, product.columns.extent
    if rows.has_b() or isinstance(columns, Dim) or columns < FEWEST_COLUMNS:
        return False
    if isinstance(depth.extent, Dim):
        tall = not isinstance(rows.extent, Dim) and rows.extent >= TALL
        return tall and columns >= WIDE and goes_down(product)
    has_neighbours = goes_down(product) or dims.same(depth.a, 1)
    least = APART if has_columns_apart(product) else LARGE
    return has_neighbours and depth.extent * columns * BYTES[product.dtype] >= least


def goes_down(product: Product) -> bool:
    """Whether neighbours in A are of different rows."""
    return dims.same(product.rows[0].a, 1)


def copies_transposed(product: Product) -> bool:
    """Whether the copy of B can be transposed on the way, as its columns lie apart."""
    return is_large(product) and has_columns_apart(product) and dims.same(product.depth[0].b, 1)


def has_columns_apart(product: Product) -> bool:
    """Whether neighbours in B are of different turns of the depth."""
    return not dims.same(product.columns.b, 1)
