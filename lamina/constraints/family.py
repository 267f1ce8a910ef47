"""The constraints by name: `get`, `serialize`, `deserialize`."""

from lamina.base.families import Family
from lamina.constraints.constraint import Constraint, NonNeg
from lamina.constraints.norms import MaxNorm, MinMaxNorm, UnitNorm

CONSTRAINTS = Family("constraint", [Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm])
get, serialize, deserialize = CONSTRAINTS.get, CONSTRAINTS.serialize, CONSTRAINTS.deserialize
