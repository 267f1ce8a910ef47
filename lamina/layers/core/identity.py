"""The layer that does nothing, for places that want a layer."""

from __future__ import annotations

from typing import Any

from lamina.base import tree
from lamina.layers.shape_keeping import ShapeKeepingLayer
from lamina.ops.symbolic import KerasTensor


class Identity(ShapeKeepingLayer):
    """Pass the input on unchanged.

    Call arguments:
        inputs: tensor or structure of tensors.
    Returns:
        The input.
    Example:
        >>> import numpy as np
        >>> Identity()(np.ones((1, 2))).shape
        (1, 2)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._nothing_to_build()

    def call(self, inputs: Any) -> Any:
        """The input."""
        return inputs

    def compute_output_spec(self, inputs: Any) -> Any:
        """New symbolic tensors like the input, which keep its dtype."""
        return tree.map_structure(lambda x: KerasTensor(x.shape, x.dtype), inputs)
