"""Applying a primitive: at once on arrays, or as a node of the program being traced."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.base.errors import LaminaError
from lamina.base.loading import check_size, current_loading
from lamina.executors.reference import REFERENCE
from lamina.ir.builder import Builder, current_builder, leaked
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
    else:
        _check_constant(operands, attributes)
    try:
        with np.errstate(all="ignore"):
            result = REFERENCE[primitive](*operands, **attributes)
    except (ValueError, TypeError, IndexError) as error:
        raise _explained(primitive, operands, attributes, error) from None
    if type(result) is np.ndarray:
        return result
    if isinstance(result, (tuple, list)):
        return result
    return np.asarray(result)


def _check_constant(operands: tuple, attributes: dict[str, Any]) -> None:
    """Refuse a constant that only a number in a file's config makes large."""
    if current_loading() is None:
        return
    ranks = max((np.ndim(x) for x in operands), default=0)
    shapes = [(1,) * (ranks - np.ndim(x)) + np.shape(x) for x in operands]
    check_size(math.prod(map(max, zip(*shapes, strict=True))), "a constant")
    check_size(math.prod(attributes.get("shape", ())), "a constant")


def _belongs_to_program(operands: tuple, attributes: dict[str, Any]) -> bool:
    """Whether an operand is traced, or an attribute depends on the batch size."""
    for operand in operands:
        if isinstance(operand, Tensor):
            return True
    return any(map(is_batch_dependent, attributes.values()))


def _explained(
    primitive: str, operands: tuple, attributes: dict[str, Any], error: Exception
) -> Exception:
    """What the primitive's own check says of the operands, if it finds fault; else the error."""
    if isinstance(error, LaminaError):
        return error
    try:
        Builder(name=primitive).emit(primitive, *operands, **attributes)
    except LaminaError as better:
        return better
    except Exception:
        return error
    return error
