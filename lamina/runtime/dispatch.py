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
    if any([isinstance(o, Tensor) for o in operands]) or (  # noqa: C419  (a list is faster)
        builder is not None and any(map(is_batch_dependent, attributes.values()))
    ):
        if builder is None:
            tensor = next(o for o in operands if isinstance(o, Tensor))
            raise leaked(tensor)
        return builder.emit(primitive, *operands, **attributes)
    with np.errstate(all="ignore"):
        result = REFERENCE[primitive](*operands, **attributes)
    if isinstance(result, (tuple, list)):
        return result
    return result if type(result) is np.ndarray else np.asarray(result)
