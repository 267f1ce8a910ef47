"""Functions that only arrays have, no traced tensors: their results depend on data in shape, or
have no gradient rule. While code is compiled they say so; where shapes are inferred they answer
with a shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentTypeError, message
from lamina.ir.builder import current_builder
from lamina.ir.dims import BATCH
from lamina.ir.program import Tensor, type_text
from lamina.ops.symbolic import SHAPES

Spec = tuple[Sequence[int | None], str]


def on_arrays(
    name: str, compute: Callable[..., Any], spec: Callable[..., list[Spec]], *operands: Any
) -> Any:
    """Compute with NumPy.

    Args:
        name: the op's name, for the error.
        compute: operands -> an array, or a tuple of arrays.
        spec: operands -> the (shape, dtype) of every output; a size that depends on data is None.
        *operands: arrays; tensors where only shapes are inferred.
    Returns:
        What `compute` returns; for symbolic operands, tensors of the shapes in `spec`, a tuple if
        there are several.
    Raises:
        ArgumentTypeError: an operand is being traced.
    """
    traced = [o for o in operands if isinstance(o, Tensor)]
    if not traced:
        with np.errstate(all="ignore"):
            return compute(*operands)
    builder = current_builder()
    if builder is not None and shapes_only():
        results = tuple(
            builder.input(tuple(BATCH if s is None else s for s in shape), dtype)
            for shape, dtype in spec(*operands)
        )
        return results[0] if len(results) == 1 else results
    raise ArgumentTypeError(
        message(
            f"ops.{name} works on arrays only and cannot be part of a compiled function.",
            received=", ".join(type_text(t.shape, t.dtype) for t in traced),
            fix="apply it to the data before they enter the model or the compiled function",
        )
    )


def shapes_only() -> bool:
    """Whether code runs only for the shapes of its results."""
    builder = current_builder()
    return builder is not None and builder.name == SHAPES
