"""Normalisation of each sample by itself, group of channels by group of channels."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.arguments import is_integer
from lamina.layers.input_spec import InputSpec
from lamina.layers.normalization.scale_and_shift import ScaleAndShift


class GroupNormalization(ScaleAndShift):
    """Rescale each group of channels of a sample to zero mean and unit variance.

    Args:
        groups: int > 0 that divides the number of channels; 1 takes all channels together, -1 each
            channel by itself (instance normalisation).
        axis: int, the axis of the channels.
        epsilon: float > 0, in squared units of the input.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer, gamma_initializer: how the weights start.
        beta_regularizer, gamma_regularizer: penalties.
        beta_constraint, gamma_constraint: applied after each update.
    Call arguments:
        inputs: float tensor (batch, …).
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: `groups` is no such number.
        ShapeError: the groups do not divide the channels.
    Numerics: statistics accumulate in float32 for half precision.
    Source: Wu, He (2018), arXiv:1803.08494.
    Example:
        >>> import numpy as np
        >>> GroupNormalization(groups=2)(np.ones((1, 3, 3, 4), "float32")).shape
        (1, 3, 3, 4)
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        if not is_integer(groups) or (groups <= 0 and groups != -1):
            raise ArgumentError(
                message(
                    "Received an invalid value for argument `groups`, expected a positive integer "
                    f"(or `-1` for instance normalization). Received: groups={groups}"
                )
            )
        super().__init__(**kwargs)
        self.groups = groups
        self.axis = axis
        self.epsilon = epsilon
        self._set_scale_and_shift(
            center,
            scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.autocast = False

    def build(self, input_shape: Any) -> None:
        """Create gamma and beta, one number for each channel."""
        channels = input_shape[self.axis]
        if channels is None:
            raise ShapeError(
                message(
                    f"Axis {self.axis} of input tensor should have a defined dimension but the "
                    f"layer received an input with shape {input_shape}."
                )
            )
        if self.groups == -1:
            self.groups = channels
        self._check_groups(channels)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        self._add_scale_and_shift((channels,), self.scale, self.center)

    def _check_groups(self, channels: int) -> None:
        start = f"Number of groups ({self.groups})"
        if channels < self.groups:
            raise ShapeError(
                message(f"{start} cannot be more than the number of channels ({channels}).")
            )
        if channels % self.groups:
            raise ShapeError(
                message(f"{start} must be a multiple of the number of channels ({channels}).")
            )

    def call(self, inputs: Any) -> Any:
        """The normalised input."""
        axis = self.axis % len(inputs.shape)
        x = ops.cast(inputs, dtypes.result_type(inputs.dtype, "float32"))
        shape = list(ops.shape(inputs))
        by_group = (self.groups, shape[axis] // self.groups)
        x = ops.reshape(x, (*shape[:axis], *by_group, *shape[axis + 1 :]))
        together = [i for i in range(1, len(shape) + 1) if i != axis]
        mean, variance = ops.moments(x, axes=together, keepdims=True)
        factor = ops.rsqrt(ops.add(variance, self.epsilon))
        along = (*[1] * axis, *by_group, *[1] * (len(shape) - axis - 1))
        if self.gamma is not None:
            factor = ops.multiply(factor, ops.cast(ops.reshape(self.gamma, along), x.dtype))
        outputs = ops.multiply(ops.subtract(x, mean), factor)
        if self.beta is not None:
            outputs = ops.add(outputs, ops.cast(ops.reshape(self.beta, along), x.dtype))
        return ops.cast(ops.reshape(outputs, shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "groups": self.groups,
            "axis": self.axis,
            "epsilon": self.epsilon,
            **self._scale_and_shift_config(),
        }
