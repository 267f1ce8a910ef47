"""What `&`, `|`, `^` and `~` mean on tensors, variables and symbolic tensors.

On traced tensors they work on bits, as they do on the arrays that these stand for. On variables and
symbolic tensors they are logical, as in Keras.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.ops.elementwise import (
    bitwise_and,
    bitwise_invert,
    bitwise_or,
    bitwise_xor,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
from lamina.ops.symbolic import KerasTensor
from lamina.runtime.variable import Variable


def _either(logical: Callable[..., Any], bitwise: Callable[..., Any]) -> Callable[..., Any]:
    def operator(*operands: Any) -> Any:
        is_logical = any(isinstance(o, (Variable, KerasTensor)) for o in operands)
        return (logical if is_logical else bitwise)(*operands)

    return operator


LOGIC = {
    "and": _either(logical_and, bitwise_and),
    "or": _either(logical_or, bitwise_or),
    "xor": _either(logical_xor, bitwise_xor),
    "invert": _either(logical_not, bitwise_invert),
}
