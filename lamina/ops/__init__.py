"""The functions people call on tensors: Keras 3's `keras.ops`.

On arrays they compute at once and return arrays. On traced tensors they add nodes to the program. On
symbolic tensors they record an operation of a functional model.

Every function decorated with `@op` in the modules of this package is public under `lamina.ops`.
"""

from typing import TYPE_CHECKING, Any

from lamina.ir.operators import OPERATORS as _OPERATORS
from lamina.ops import (
    branches,
    complex,
    convert,
    creation,
    diagonals,
    einops,
    einsum,
    elementwise,
    factorizations,
    fft,
    image,
    image_color,
    image_filters,
    image_patches,
    image_resampling,
    image_warp,
    indexing,
    joining,
    jvp,
    linalg,
    loops,
    matrices,
    more_products,
    nan,
    nn,
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
    number_tests,
    numpy,
    power_log,
    products,
    quantiles,
    reduction,
    saturate,
    scans,
    segments,
    selection,
    shaping,
    sorting,
    statistics,
    stft,
)
from lamina.ops.convert import convert_to_numpy, convert_to_tensor, dtype, is_tensor, shape
from lamina.ops.operation import Operation
from lamina.ops.python_operators import LOGIC as _LOGIC
from lamina.ops.registration import OPS as _OPS
from lamina.ops.selection import vectorize
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
    einops,
    complex,
    creation,
    diagonals,
    einsum,
    factorizations,
    fft,
    joining,
    jvp,
    matrices,
    more_products,
    nan,
    number_tests,
    power_log,
    quantiles,
    segments,
    selection,
    sorting,
    statistics,
    stft,
    image_color,
    image_filters,
    image_patches,
    image_resampling,
    image_warp,
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
    "image",
    "is_keras_tensor",
    "is_tensor",
    "linalg",
    "nn",
    "numpy",
    "shape",
    "vectorize",
    *_ALIASES,
    *_OPS,
]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Tell type checkers that the ops are here; they are entered by `@op`."""
