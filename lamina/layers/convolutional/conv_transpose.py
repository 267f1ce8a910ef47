"""Transposed convolution layers: `Conv1DTranspose`, `Conv2DTranspose`, `Conv3DTranspose`.

They go the way of a convolution backwards: from its output's shape to its input's.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.layers.arguments import int_tuple
from lamina.layers.convolutional.window import WindowedLayer, check_positive
from lamina.layers.weight_options import options_config, options_of, set_options
from lamina.layers.window_shapes import in_format, space_of
from lamina.ops.nn_conv import transposed_extent


class TransposedConvolution(WindowedLayer):
    """Spread each input element by a learned window and add up what meets.

    Args:
        filters: int > 0, the number of output channels.
        kernel_size: int or one for each spatial axis, the window.
        strides: int or one for each spatial axis; the output is about that many times as long.
        padding: "valid" keeps all that is reached, "same" gives size * stride.
        output_padding: int, one for each spatial axis, or None; added to the output's end, less
            than the stride.
        data_format: "channels_last" or "channels_first"; default: the configured one.
        dilation_rate: int or one for each spatial axis, the distance of window elements.
        activation: name or function applied at the end; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: how the weights start.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties.
        kernel_constraint, bias_constraint: applied after each update.
    Call arguments:
        inputs: float tensor (batch, space…, channels), or (batch, channels, space…).
    Returns:
        Tensor (batch, space…, filters) in the layout of `inputs`.
    Raises:
        ArgumentError: a size that is not positive, too much output padding, strides with dilation.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate)
        self._set_output(activation, use_bias)
        set_options(
            self,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        check_positive("filters", filters)
        self.filters = filters
        self.output_padding = self._checked_output_padding(output_padding)
        self._check_strides_or_dilation()

    def _checked_output_padding(self, output_padding: Any) -> tuple[int, ...] | None:
        if output_padding is None:
            return None
        extra = int_tuple(output_padding, self.rank, "output_padding", allow_zero=True)
        if any(more >= stride for more, stride in zip(extra, self.strides, strict=True)):
            raise ArgumentError(
                message(
                    "`output_padding` must be strictly less than `strides` for all dimensions.",
                    received=f"output_padding={extra}, strides={self.strides}",
                )
            )
        return extra

    def build(self, input_shape: Any) -> None:
        """Create kernel (space…, filters, channels) and bias (filters,)."""
        channels = self._known_channels(input_shape)
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, self.filters, channels), **options_of(self, "kernel")
        )
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """The transposed convolution, the bias, the activation."""
        outputs = ops.conv_transpose(
            inputs, self.kernel, output_padding=self.output_padding, **self._window()
        )
        return self._activated(outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, space…, filters) in the layer's layout."""
        space = space_of(input_shape, self.data_format)
        extra = self.output_padding or (None,) * self.rank
        geometry = zip(
            space, self.kernel_size, self.strides, self.dilation_rate, extra, strict=True
        )
        sizes = [
            None
            if size is None
            else transposed_extent(size, (kernel - 1) * dilation + 1, stride, self.padding, more)[2]
            for size, kernel, stride, dilation, more in geometry
        ]
        return in_format(input_shape[0], sizes, self.filters, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            **self._window_config(),
            "filters": self.filters,
            "output_padding": self.output_padding,
            **options_config(self, "kernel", "bias"),
        }


class Conv1DTranspose(TransposedConvolution):
    """Transposed convolution over one axis; arguments as in `TransposedConvolution`.

    Example:
        >>> import numpy as np
        >>> Conv1DTranspose(4, 3, strides=2)(np.ones((2, 5, 8), "float32")).shape
        (2, 11, 4)
    """

    rank = 1


class Conv2DTranspose(TransposedConvolution):
    """Transposed convolution over two axes; arguments as in `TransposedConvolution`.

    Example:
        >>> import numpy as np
        >>> Conv2DTranspose(3, 2, strides=2, padding="same")(np.ones((1, 4, 4, 8), "float32")).shape
        (1, 8, 8, 3)
    """

    rank = 2


class Conv3DTranspose(TransposedConvolution):
    """Transposed convolution over three axes; arguments as in `TransposedConvolution`.

    Example:
        >>> import numpy as np
        >>> Conv3DTranspose(2, 2)(np.ones((1, 3, 3, 3, 1), "float32")).shape
        (1, 4, 4, 4, 2)
    """

    rank = 3


Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
