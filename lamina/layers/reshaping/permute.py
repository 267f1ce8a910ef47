"""The axes of a sample in another order."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.layers.input_spec import InputSpec
from lamina.layers.reshaping.moving import MovingLayer


class Permute(MovingLayer):
    """Put the axes of each sample in another order.

    Args:
        dims: tuple of int, the axes 1, 2, … in their new order; the batch, axis 0, stays.
    Call arguments:
        inputs: tensor (batch, …).
    Returns:
        Tensor with the axes permuted.
    Raises:
        ArgumentError: `dims` is no permutation of 1, 2, …
    Example:
        >>> import numpy as np
        >>> Permute((2, 1))(np.ones((1, 3, 4))).shape
        (1, 4, 3)
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(
                message(
                    "Invalid permutation argument `dims` for Permute Layer. The set of indices in "
                    "`dims` must be consecutive and start from 1.",
                    received=f"dims={self.dims}",
                )
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """The input with its axes permuted."""
        return ops.transpose(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The sizes permuted."""
        return (input_shape[0], *(input_shape[dim] for dim in self.dims))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "dims": self.dims}
