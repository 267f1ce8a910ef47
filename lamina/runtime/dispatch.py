"""Applying a primitive: at once on arrays, or as a node of the program being traced."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.executors.reference import REFERENCE
from lamina.ir.builder import current_builder, leaked
from lamina.ir.program import Tensor, is_batch_dependent


def apply(primitive: str, *operands: Any, **attributes: Any) -> Any:
    """The result of a primitive.

    Args:
        primitive: a name of the primitive table.
        *operands: arrays or tensors of the dtypes that the primitive asks for.
        **attributes: its static parameters.
    Returns:
        An array if all operands are arrays, else a tensor of the current program; a list or tuple
        of them for primitives with several outputs.
    """
    builder = current_builder()
    if builder is None:
        for operand in operands:
            if isinstance(operand, Tensor):
                raise leaked(operand)
    elif _belongs_to_program(operands, attributes):
        return builder.emit(primitive, *operands, **attributes)
    with np.errstate(all="ignore"):
        result = REFERENCE[primitive](*operands, **attributes)
    if type(result) is np.ndarray:
        return result
    if isinstance(result, (tuple, list)):
        return result
    return np.asarray(result)


def _belongs_to_program(operands: tuple, attributes: dict[str, Any]) -> bool:
    """Whether an operand is traced, or an attribute depends on the batch size."""
    for operand in operands:
        if isinstance(operand, Tensor):
            return True
    return any(map(is_batch_dependent, attributes.values()))
