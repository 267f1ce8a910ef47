"""The functions people call on tensors: Keras 3's `keras.ops`.

On arrays they compute at once and return arrays. On traced tensors they add nodes to the program.
On symbolic tensors they record an operation of a functional model.

Every function decorated with `@op` in the modules of this package is public under `lamina.ops`.
"""

from typing import TYPE_CHECKING, Any

from lamina.base.lazy import lazy_exports as _lazy_exports
from lamina.ir.operators import OPERATORS as _OPERATORS
from lamina.ops import (
    branches,
    convert,
    elementwise,
    indexing,
    loops,
    nn_activation,
    nn_attention,
    nn_conv,
    nn_ctc,
    nn_encoding,
    nn_loss,
    nn_normalize,
    nn_patches,
    nn_pool,
    nn_softmax,
    products,
    reduction,
    saturate,
    scans,
    shaping,
)
from lamina.ops.convert import convert_to_numpy, convert_to_tensor, dtype, is_tensor, shape
from lamina.ops.on_demand import NAMESPACES as _NAMESPACES
from lamina.ops.on_demand import ON_DEMAND as _ON_DEMAND
from lamina.ops.operation import Operation
from lamina.ops.python_operators import LOGIC as _LOGIC
from lamina.ops.registration import OPS as _OPS
from lamina.ops.symbolic import KerasTensor, is_keras_tensor
from lamina.runtime.gradients import custom_gradient
from lamina.runtime.variable import Variable

_MODULES = (  # each fills _OPS
    convert,
    elementwise,
    indexing,
    products,
    reduction,
    shaping,
    nn_activation,
    nn_attention,
    nn_conv,
    nn_encoding,
    nn_loss,
    nn_normalize,
    nn_patches,
    nn_pool,
    nn_softmax,
    branches,
    loops,
    scans,
    saturate,
    nn_ctc,
)
_ALIASES = {"abs": "absolute", "hard_swish": "hard_silu", "swish": "silu"}

array = convert_to_tensor
globals().update(_OPS)
globals().update({alias: _OPS[name] for alias, name in _ALIASES.items()})

_OPERATORS.update({**_OPS, **_LOGIC, "positive": convert_to_tensor})

__all__ = [
    "KerasTensor",
    "Operation",
    "Variable",
    "array",
    "convert_to_numpy",
    "convert_to_tensor",
    "custom_gradient",
    "dtype",
    "is_keras_tensor",
    "is_tensor",
    "shape",
    *_ALIASES,
    *_OPS,
    *_ON_DEMAND,
    *_NAMESPACES,
]


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Tell type checkers that the ops are here; they are entered by `@op`."""

else:
    __getattr__, _, _ = _lazy_exports(__name__, {**_ON_DEMAND, **_NAMESPACES})
