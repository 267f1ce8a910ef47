"""Depthwise convolution layers: each input channel is convolved with kernels of its own."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.convolutional.window import WindowedLayer, check_positive
from lamina.layers.weight_options import options_config, options_of, set_options
from lamina.layers.window_shapes import channels_of


class DepthwiseConvolution(WindowedLayer):
    """Slide learned windows over each channel alone; channels are not mixed.

    Args:
        kernel_size: int or one for each spatial axis, the window.
        strides: int or one for each spatial axis.
        padding: "valid" or "same" (output size is ceil(size / stride)).
        depth_multiplier: int > 0, the number of output channels of each input channel.
        data_format: "channels_last" or "channels_first"; default: the configured one.
        dilation_rate: int or one for each spatial axis, the distance of window elements.
        activation: name or function applied at the end; None for none.
        use_bias: whether a bias is added.
        depthwise_initializer, bias_initializer: how the weights start.
        depthwise_regularizer, bias_regularizer, activity_regularizer: penalties.
        depthwise_constraint, bias_constraint: applied after each update.
    Call arguments:
        inputs: float tensor (batch, space…, channels), or (batch, channels, space…).
    Returns:
        Tensor with channels * depth_multiplier channels, in the layout of `inputs`.
    Raises:
        ArgumentError: a size that is not positive.
        ShapeError: no output element would fit.
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate)
        self._set_output(activation, use_bias)
        set_options(
            self,
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
        )
        check_positive("depth_multiplier", depth_multiplier)
        self.depth_multiplier = depth_multiplier

    def build(self, input_shape: Any) -> None:
        """Create kernel (space…, channels, multiplier) and bias (channels * multiplier,)."""
        channels = self._known_channels(input_shape)
        self.compute_output_shape(input_shape)  # refuses inputs that are too small
        options = {**options_of(self, "depthwise"), "name": "kernel"}
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, channels, self.depth_multiplier), **options
        )
        self._add_bias(channels * self.depth_multiplier)

    def call(self, inputs: Any) -> Any:
        """The convolution of each channel, the bias, the activation."""
        return self._activated(ops.depthwise_conv(inputs, self.kernel, **self._window()))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, space…, channels * multiplier) in the layer's layout."""
        channels = channels_of(input_shape, self.data_format)
        filters = None if channels is None else channels * self.depth_multiplier
        return self._convolved_shape(input_shape, filters)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            **self._window_config(),
            "depth_multiplier": self.depth_multiplier,
            **options_config(self, "depthwise", "bias"),
        }


class DepthwiseConv1D(DepthwiseConvolution):
    """Depthwise convolution over one axis; arguments as in `DepthwiseConvolution`.

    Example:
        >>> import numpy as np
        >>> DepthwiseConv1D(3, depth_multiplier=2)(np.ones((2, 10, 4), "float32")).shape
        (2, 8, 8)
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConvolution):
    """Depthwise convolution over two axes; arguments as in `DepthwiseConvolution`.

    Example:
        >>> import numpy as np
        >>> DepthwiseConv2D(3, padding="same")(np.ones((1, 6, 6, 4), "float32")).shape
        (1, 6, 6, 4)
    """

    rank = 2
