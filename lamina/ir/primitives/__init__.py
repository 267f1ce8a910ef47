"""The primitive table: what exists, and the shape and dtype that each one yields.

A primitive costs one row here and one row each in the gradient rules, every executor and the test
samples; a test compares the keys. Families have a file each.
"""

from lamina.ir.primitives.base import Primitive
from lamina.ir.primitives.contraction import CONTRACTION
from lamina.ir.primitives.control import CONTROL
from lamina.ir.primitives.elementwise import ELEMENTWISE
from lamina.ir.primitives.indexing import INDEXING
from lamina.ir.primitives.matrix import MATRIX
from lamina.ir.primitives.reduction import REDUCTION
from lamina.ir.primitives.shaping import SHAPING
from lamina.ir.primitives.windows import WINDOWS

PRIMITIVES: dict[str, Primitive] = {
    p.name: p
    for family in (
        ELEMENTWISE,
        REDUCTION,
        SHAPING,
        INDEXING,
        CONTRACTION,
        WINDOWS,
        MATRIX,
        CONTROL,
    )
    for p in family
}

__all__ = ["PRIMITIVES", "Primitive"]
