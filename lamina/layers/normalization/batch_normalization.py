"""Normalisation by the statistics of the batch, and of all batches so far."""

from __future__ import annotations

from typing import Any

from lamina import initializers, ops
from lamina.base import config, dtypes
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.arguments import axes_within
from lamina.layers.input_spec import InputSpec
from lamina.layers.normalization.renormalization import (
    Renormalization,
    checked_clipping,
    step_towards,
)
from lamina.layers.normalization.scale_and_shift import ScaleAndShift


class BatchNormalization(ScaleAndShift):
    """Rescale each channel to zero mean and unit variance over the batch.

    y = gamma * (x - mean) / sqrt(variance + epsilon) + beta

    In training, mean and variance are those of the batch, and the moving ones take a step towards
    them: moving = momentum * moving + (1 - momentum) * batch. Otherwise, and with
    `trainable=False`, the moving ones are used.

    Args:
        axis: int, the axis of the channels.
        momentum: float in [0, 1), how slowly the moving statistics change.
        epsilon: float > 0, in squared units of the input.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer, gamma_initializer: how the weights start.
        moving_mean_initializer, moving_variance_initializer: how the statistics start.
        beta_regularizer, gamma_regularizer: penalties.
        beta_constraint, gamma_constraint: applied after each update.
        renorm: whether training corrects the batch's statistics towards the moving ones, which
            helps with small batches.
        renorm_clipping: dict with any of "rmin", "rmax", "dmax": limits of the correction.
        renorm_momentum: float in [0, 1), how slowly the statistics of the correction change.
        synchronized: must be False; there is one device.
    Call arguments:
        inputs: float tensor (batch, …).
        training: whether the batch's own statistics are used, and remembered.
        mask: bool tensor of one axis less than the input; only True places count in the statistics.
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: `synchronized`, limits that contradict each other, or `axis` outside the
            input.
        ShapeError: a mask of another number of axes.
    Numerics: computed in float32 for half precision.
    Source: Ioffe, Szegedy (2015), arXiv:1502.03167; Ioffe (2017), arXiv:1702.03275, for `renorm`.
    Example:
        >>> import numpy as np
        >>> x = np.array([[1.0], [3.0]], "float32")
        >>> BatchNormalization()(x, training=True).round(2).tolist()
        [[-1.0], [1.0]]
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: dict[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if synchronized:
            raise ArgumentError(
                message("Argument synchronized=True is not supported: there is one device.")
            )
        self.axis = int(axis)
        self.synchronized = synchronized
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
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
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm = renorm
        self.renorm_clipping = checked_clipping(renorm_clipping) if renorm else renorm_clipping
        self.renorm_momentum = renorm_momentum

    def build(self, input_shape: Any) -> None:
        """Create gamma, beta, moving_mean and moving_variance, one number for each channel."""
        axes_within(self.axis, input_shape)
        channels = input_shape[self.axis]
        self._add_scale_and_shift((channels,), self.scale, self.center)
        self.moving_mean = self._add_statistic(
            channels, "moving_mean", self.moving_mean_initializer
        )
        self.moving_variance = self._add_statistic(
            channels, "moving_variance", self.moving_variance_initializer
        )
        self._renormalization = Renormalization(self, channels) if self.renorm else None
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def _add_statistic(self, channels: int, name: str, initializer: Any) -> Any:
        return self.add_weight((channels,), initializer, name=name, trainable=False, autocast=False)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The normalised input."""
        dtype = dtypes.result_type(inputs.dtype, "float32")
        x = ops.cast(inputs, dtype)
        gamma, beta = self._in(self.gamma, dtype), self._in(self.beta, dtype)
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            if self._renormalization is not None:
                gamma, beta = self._renormalization.corrected(mean, variance, gamma, beta)
                self._renormalization.remember(mean, variance)
            else:
                step_towards(self.moving_mean, mean, self.momentum)
                step_towards(self.moving_variance, variance, self.momentum)
        else:
            mean, variance = (
                self._in(self.moving_mean, dtype),
                self._in(self.moving_variance, dtype),
            )
        outputs = ops.batch_normalization(
            x, mean, variance, self.axis, offset=beta, scale=gamma, epsilon=self.epsilon
        )
        return ops.cast(outputs, self.compute_dtype)

    def _in(self, weight: Any, dtype: str) -> Any:
        return None if weight is None else ops.cast(weight, dtype)

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance of each channel, of the places where the mask is True."""
        others = tuple(i for i in range(len(x.shape)) if i != self.axis % len(x.shape))
        if mask is None:
            return ops.moments(x, axes=others)
        if len(mask.shape) != len(x.shape) - 1:
            raise ShapeError(
                message(
                    "The mask provided should be one dimension less than the inputs.",
                    received=f"mask.shape={tuple(mask.shape)}, inputs.shape={tuple(x.shape)}",
                )
            )
        real = ops.broadcast_to(ops.expand_dims(ops.cast(mask, "bool"), -1), ops.shape(x))
        zeros = ops.zeros_like(x)
        count = ops.sum(ops.cast(real, x.dtype), others, keepdims=True) + config.epsilon()
        mean = ops.sum(ops.where(real, x, zeros), others, keepdims=True) / count
        squares = ops.square(ops.where(real, ops.subtract(x, mean), zeros))
        variance = ops.sum(squares, others, keepdims=True) / count
        return ops.squeeze(mean, others), ops.squeeze(variance, others)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            **self._scale_and_shift_config(),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "synchronized": self.synchronized,
            "renorm": self.renorm,
            "renorm_clipping": self.renorm_clipping,
            "renorm_momentum": self.renorm_momentum,
        }
