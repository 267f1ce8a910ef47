"""The derivative of every primitive: one table, one row each.

A rule takes the node and the cotangent of its output (a list of them, some None, where the
primitive has several outputs) and gives one cotangent, or None, for each operand. Where operands
broadcast, the driver sums the result back to the operand's shape. ZERO_GRADIENT declares that no
gradient flows.
"""

from lamina.transforms.gradient_rules.contraction import CONTRACTION_RULES
from lamina.transforms.gradient_rules.control import CONTROL_RULES
from lamina.transforms.gradient_rules.elementwise import ELEMENTWISE_RULES
from lamina.transforms.gradient_rules.indexing import INDEXING_RULES
from lamina.transforms.gradient_rules.matrix import MATRIX_RULES
from lamina.transforms.gradient_rules.reduction import REDUCTION_RULES
from lamina.transforms.gradient_rules.shaping import SHAPING_RULES
from lamina.transforms.reverse import GRADIENT_RULES

for _family in (
    ELEMENTWISE_RULES,
    REDUCTION_RULES,
    SHAPING_RULES,
    INDEXING_RULES,
    CONTRACTION_RULES,
    MATRIX_RULES,
    CONTROL_RULES,
):
    GRADIENT_RULES.update(_family)

__all__ = ["GRADIENT_RULES"]
