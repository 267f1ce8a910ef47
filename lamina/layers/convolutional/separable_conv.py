"""Separable convolution layers: a convolution of each channel, then a mixture of the channels."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.convolutional.window import WindowedLayer, check_positive
from lamina.layers.weight_options import options_config, options_of, set_options


class SeparableConvolution(WindowedLayer):
    """Slide windows over each channel alone, then mix the channels at each place.

    Args:
        filters: int > 0, the number of output channels.
        kernel_size: int or one for each spatial axis, the window.
        strides: int or one for each spatial axis.
        padding: "valid" or "same" (output size is ceil(size / stride)).
        data_format: "channels_last" or "channels_first"; default: the configured one.
        dilation_rate: int or one for each spatial axis, the distance of window elements.
        depth_multiplier: int > 0, the number of channels made of each before they are mixed.
        activation: name or function applied at the end; None for none.
        use_bias: whether a bias is added.
        depthwise_initializer, pointwise_initializer, bias_initializer: how the weights start.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties.
        activity_regularizer: penalty for the output.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied after each update.
    Call arguments:
        inputs: float tensor (batch, space…, channels), or (batch, channels, space…).
    Returns:
        Tensor (batch, space…, filters) in the layout of `inputs`.
    Raises:
        ArgumentError: a size that is not positive.
        ShapeError: no output element would fit.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate)
        self._set_output(activation, use_bias)
        set_options(
            self,
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
        )
        check_positive("depth_multiplier", depth_multiplier)
        check_positive("filters", filters)
        self.depth_multiplier = depth_multiplier
        self.filters = filters

    def build(self, input_shape: Any) -> None:
        """Create the two kernels and the bias (filters,)."""
        channels = self._known_channels(input_shape)
        self.compute_output_shape(input_shape)  # refuses inputs that are too small
        self.depthwise_kernel = self.add_weight(
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            **{**options_of(self, "depthwise"), "name": "depthwise_kernel"},
        )
        self.pointwise_kernel = self.add_weight(
            shape=(*(1,) * self.rank, channels * self.depth_multiplier, self.filters),
            **{**options_of(self, "pointwise"), "name": "pointwise_kernel"},
        )
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Both convolutions, the bias, the activation."""
        outputs = ops.separable_conv(
            inputs, self.depthwise_kernel, self.pointwise_kernel, **self._window()
        )
        return self._activated(outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, space…, filters) in the layer's layout."""
        return self._convolved_shape(input_shape, self.filters)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            **self._window_config(),
            "depth_multiplier": self.depth_multiplier,
            "filters": self.filters,
            **options_config(self, "depthwise", "pointwise", "bias"),
        }


class SeparableConv1D(SeparableConvolution):
    """Separable convolution over one axis; arguments as in `SeparableConvolution`.

    Example:
        >>> import numpy as np
        >>> SeparableConv1D(4, 3)(np.ones((2, 10, 6), "float32")).shape
        (2, 8, 4)
    """

    rank = 1


class SeparableConv2D(SeparableConvolution):
    """Separable convolution over two axes; arguments as in `SeparableConvolution`.

    Example:
        >>> import numpy as np
        >>> SeparableConv2D(4, 3, padding="same")(np.ones((1, 6, 6, 3), "float32")).shape
        (1, 6, 6, 4)
    """

    rank = 2


SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
