"""A contraction as a sum of products with free addressing, the one form that products have here.

C[p…, m…, n] = sum over k… of A[p·a + m·a + k·a] * B[p·b + k·b + n·b]

Every axis has an extent and a stride in each of the three tensors, 0 where it is absent. Which
nodes have this form, and what its axes are, is decided in `affine`.
"""

from __future__ import annotations

from dataclasses import dataclass

from lamina.ir import dims
from lamina.ir.dims import Size


@dataclass(frozen=True)
class Axis:
    """One loop of a contraction.

    Attributes:
        extent: how many turns.
        a, b, c: elements from one turn to the next in A, B and C; 0 where it has no such axis.
        axes: the axes of the result that it runs over, none for an axis that is summed over.
    """

    extent: Size
    a: Size = 0
    b: Size = 0
    c: Size = 0
    axes: tuple[int, ...] = ()

    def has_b(self) -> bool:
        """Whether B changes along it."""
        return not dims.same(self.b, 0)


@dataclass(frozen=True)
class Product:
    """A contraction as axes.

    Attributes:
        dtype: "float32" or "float64".
        rows: the axes of C but the columns, in the order of C.
        depth: the axes that are summed over.
        columns: the axis whose elements fill a vector; its stride in C is 1.
        form: "outer": B is a vector along the columns, A one number (a = 0; b = 1, or b is larger
            and the copy that is made of B is transposed, see `large`). "paired": both are vectors
            along the columns. "inner": the depth is one axis with stride 1 in A and B, and the
            vectors run along it; their lanes are added up.
        swapped: whether A is the second operand and B the first.
    """

    dtype: str
    rows: tuple[Axis, ...]
    depth: tuple[Axis, ...]
    columns: Axis
    form: str = "outer"
    swapped: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether C is known to have no elements."""
        return any(dims.same(axis.extent, 0) for axis in (*self.rows, self.columns))

    @property
    def length(self) -> Size:
        """How many products are summed up for an element of C."""
        return dims.product(tuple(axis.extent for axis in self.depth))
