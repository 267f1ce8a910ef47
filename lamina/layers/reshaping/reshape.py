"""The elements of a sample in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.arguments import is_integer
from lamina.layers.reshaping.moving import MovingLayer


class Reshape(MovingLayer):
    """Give each sample another shape; its elements keep their order.

    Args:
        target_shape: tuple of int without the batch; one size may be -1, which is then inferred.
    Call arguments:
        inputs: tensor (batch, …).
    Returns:
        Tensor (batch, *target_shape).
    Raises:
        ArgumentError: `target_shape` is no shape.
        ShapeError: the number of elements would change.
    Example:
        >>> import numpy as np
        >>> Reshape((-1, 2))(np.ones((1, 6))).shape
        (1, 3, 2)
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)
        _check_target(self.target_shape)

    def call(self, inputs: Any) -> Any:
        """The input in the new shape."""
        shape = _resolved(inputs.shape[1:], self.target_shape)
        sizes = (-1 if size is None else size for size in shape)
        return ops.reshape(inputs, (ops.shape(inputs)[0], *sizes))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, *target_shape), with -1 inferred if that is possible."""
        return (input_shape[0], *_resolved(input_shape[1:], self.target_shape))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "target_shape": self.target_shape}


def _check_target(target: tuple) -> None:
    received = f"target_shape={target}"
    for size in target:
        if size is not None and (not is_integer(size) or size < -1):
            raise ArgumentError(
                message(
                    "Every size in `target_shape` must be a non-negative integer, or -1 for one to "
                    f"infer. Received: {received}."
                )
            )
    if target.count(-1) > 1:
        raise ArgumentError(
            message(
                "There must be at most one unknown dimension (-1) in target_shape. Received: "
                f"{received}."
            )
        )


def _resolved(sizes: Sequence[int | None], target: tuple) -> tuple[int | None, ...]:
    """The target with -1 inferred, or None in its place if a size is unknown."""
    if None in sizes or None in target:
        return tuple(None if size == -1 else size for size in target)
    have, known = math.prod(sizes), math.prod(size for size in target if size != -1)  # type: ignore[arg-type]
    received = f"input_shape={tuple(sizes)}, target_shape={target}"
    start = "The total size of the tensor must be unchanged"
    if -1 not in target:
        if have != known:
            raise ShapeError(message(f"{start}. Received: {received}"))
        return target
    if known == 0 or have % known:
        raise ShapeError(
            message(
                f"{start}, however, the input size cannot by divided by the specified dimensions "
                f"in target_shape. Received: {received}"
            )
        )
    return tuple(have // known if size == -1 else size for size in target)
