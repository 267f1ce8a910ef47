"""Class numbers as vectors: one-hot, several-hot, counts."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message


def encode(inputs: Any, mode: str, depth: int, dtype: str, count_weights: Any = None) -> Any:
    """Class numbers in one of the output modes.

    Args:
        inputs: int tensor.
        mode: "int" leaves them; "one_hot" makes a vector of each, a last axis of size 1 disappears;
            "multi_hot" and "count" make one vector of all numbers on axis 1, or axis 0 of a vector.
        depth: how many classes there are.
        dtype: dtype of the result.
        count_weights: how much each number counts, for "count".
    """
    if mode == "int":
        return ops.cast(inputs, dtype)
    if len(inputs.shape) == 0:
        inputs = ops.expand_dims(inputs, -1)
    if mode == "multi_hot":
        return ops.multi_hot(inputs, depth, dtype=dtype)
    if mode == "one_hot":
        if len(inputs.shape) > 1 and inputs.shape[-1] == 1:
            inputs = ops.squeeze(inputs, -1)
        return ops.one_hot(inputs, depth, dtype=dtype)
    hot = ops.one_hot(inputs, depth, dtype=dtype)
    if count_weights is not None:
        hot = ops.multiply(hot, ops.expand_dims(ops.cast(count_weights, dtype), -1))
    return ops.sum(hot, axis=1 if len(inputs.shape) > 1 else 0)


def encoded_shape(shape: Any, mode: str, depth: int | None) -> tuple[int | None, ...]:
    """The shape of `encode`'s result."""
    if mode == "int":
        return tuple(shape)
    if mode == "one_hot":
        shape = tuple(shape)
        return (*(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape), depth)
    return (*shape[:1], *shape[2:], depth) if len(shape) > 1 else (depth,)


def refuse_sparse(sparse: bool) -> bool:
    """`sparse`, which must be False.

    Raises:
        ArgumentError: it is True.
    """
    if sparse:
        raise ArgumentError(
            message("`sparse=True` cannot be used: Lamina has dense tensors only.", "sparse=True")
        )
    return False
