"""Normalisation of each sample by itself."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentTypeError, message
from lamina.layers.normalization.scale_and_shift import ScaleAndShift, sizes_along


class LayerNormalization(ScaleAndShift):
    """Rescale every sample to zero mean and unit variance along `axis`.

    y = gamma * (x - mean) / sqrt(variance + epsilon) + beta

    Args:
        axis: int or list of int. Axes normalised together.
        epsilon: float > 0, in squared units of the input.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer, gamma_initializer: how the weights start.
        beta_regularizer, gamma_regularizer: penalties.
        beta_constraint, gamma_constraint: applied after each update.
    Call arguments:
        inputs: float tensor, (batch, …, features).
    Returns:
        Tensor with the shape of `inputs`.
    Raises:
        ArgumentTypeError: `axis` is neither int nor a list of them.
        ArgumentError: `axis` names an axis the input lacks.
    Numerics: statistics accumulate in float32 for half precision.
    Source: Ba, Kiros, Hinton (2016), arXiv:1607.06450, section 3.
    Example:
        >>> import numpy as np
        >>> LayerNormalization()(np.ones((2, 3), "float32")).shape
        (2, 3)
    """

    def __init__(
        self,
        axis: Any = -1,
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
        self.rms_scaling = kwargs.pop("rms_scaling", False)
        if self.rms_scaling:
            warnings.warn(
                "You passed `rms_scaling=True`, which is deprecated. This argument incorrectly "
                "scales the input by the variance, not the root mean square. To correctly use RMS "
                "Normalization, please use `RMSNormalization` instead.",
                stacklevel=2,
            )
        super().__init__(**kwargs)
        self.axis = checked_axis(axis)
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
        """Create gamma and beta of the sizes along `axis`."""
        scale, center = self.scale or self.rms_scaling, self.center and not self.rms_scaling
        self._add_scale_and_shift(sizes_along(self.axis, input_shape), scale, center)

    def call(self, inputs: Any) -> Any:
        """The normalised input."""
        axis = sorted(self.axis) if isinstance(self.axis, list) else self.axis
        extra = {"rms_scaling": True} if self.rms_scaling else {}
        outputs = ops.layer_normalization(
            inputs, self.gamma, self.beta, axis, self.epsilon, **extra
        )
        return ops.cast(outputs, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "rms_scaling": self.rms_scaling,
            **self._scale_and_shift_config(),
        }


def checked_axis(axis: Any) -> Any:
    """An axis as int, or axes as a list.

    Raises:
        ArgumentTypeError: it is neither.
    """
    if isinstance(axis, (list, tuple)):
        return list(axis)
    if isinstance(axis, int):
        return axis
    raise ArgumentTypeError(
        message(
            "Invalid value for `axis` argument: expected an int or a list/tuple of ints. "
            "Expected an int or a list/tuple of ints for the argument 'axis'.",
            received=f"axis={axis!r}",
        )
    )
