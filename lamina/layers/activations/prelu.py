"""The rectifier that learns its slopes."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.input_spec import InputSpec
from lamina.layers.shape_keeping import ShapeKeepingLayer
from lamina.layers.weight_options import options_config, options_of, set_options


class PReLU(ShapeKeepingLayer):
    """x above 0, alpha * x below, with alpha learned for every element of a sample.

    Args:
        alpha_initializer: how the slopes start.
        alpha_regularizer: penalty for the slopes.
        alpha_constraint: applied to the slopes after each update.
        shared_axes: int or list of int, axes along which one slope serves; [1, 2] after a
            two-dimensional convolution.
    Call arguments:
        inputs: float tensor (batch, …).
    Returns:
        Tensor of the input's shape.
    Source: He et al. (2015), arXiv:1502.01852.
    Example:
        >>> import numpy as np
        >>> PReLU("ones")(np.array([[-3.0, 2.0]], "float32")).tolist()
        [[-3.0, 2.0]]
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        set_options(
            self,
            alpha_initializer=alpha_initializer,
            alpha_regularizer=alpha_regularizer,
            alpha_constraint=alpha_constraint,
        )
        if shared_axes is not None:
            single = not isinstance(shared_axes, (list, tuple))
            shared_axes = [shared_axes] if single else list(shared_axes)
        self.shared_axes = shared_axes

    def build(self, input_shape: Any) -> None:
        """Create alpha: a sample's shape, 1 on shared axes."""
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        self.alpha = self.add_weight(shape=tuple(shape), **options_of(self, "alpha"))
        axes = {}
        if self.shared_axes:
            own = (i for i in range(1, len(input_shape)) if i not in self.shared_axes)
            axes = {i: input_shape[i] for i in own}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs: Any) -> Any:
        """relu(x) - alpha * relu(-x)."""
        below = ops.multiply(self.alpha, ops.relu(ops.negative(inputs)))
        return ops.subtract(ops.relu(inputs), below)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            **options_config(self, "alpha"),
            "shared_axes": self.shared_axes,
        }
