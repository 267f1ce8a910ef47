"""All axes of a sample in one."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.layers.arguments import data_format as checked_data_format
from lamina.layers.input_spec import InputSpec
from lamina.layers.reshaping.moving import MovingLayer


class Flatten(MovingLayer):
    """Lay the axes of each sample out in one.

    Args:
        data_format: "channels_first" moves channels to the end first, so that both layouts give the
            same order; default: the configured one.
    Call arguments:
        inputs: tensor (batch, …).
    Returns:
        Tensor (batch, product of the other sizes).
    Example:
        >>> import numpy as np
        >>> Flatten()(np.ones((2, 3, 4))).shape
        (2, 12)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """The input as (batch, features)."""
        shape = inputs.shape
        if self.data_format == "channels_first" and len(shape) > 1:
            inputs = ops.transpose(inputs, (0, *range(2, len(shape)), 1))
        return ops.reshape(inputs, (ops.shape(inputs)[0], _product(shape[1:], unknown=-1)))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """(batch, product of the other sizes)."""
        return (input_shape[0], _product(input_shape[1:], unknown=None))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "data_format": self.data_format}


def _product(sizes: Any, unknown: int | None) -> Any:
    return unknown if any(size is None for size in sizes) else math.prod(sizes)
