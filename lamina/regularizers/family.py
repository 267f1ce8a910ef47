"""The regularizers by name: `get`, `serialize`, `deserialize`."""

from lamina.base.families import Family
from lamina.regularizers.orthogonal import OrthogonalRegularizer
from lamina.regularizers.penalties import L1, L1L2, L2
from lamina.regularizers.regularizer import Regularizer

REGULARIZERS = Family(
    "regularizer",
    [Regularizer, L1, L1L2, L2, OrthogonalRegularizer],
    aliases={"l1_l2": L1L2},
)
get, serialize, deserialize = REGULARIZERS.get, REGULARIZERS.serialize, REGULARIZERS.deserialize
