"""What all convolution layers share: the window, the bias, the activation.

A layer of a rank (1 to 3 spatial axes) is a subclass that says only its `rank`. What is convolved
with what stands in the file of each kind.
"""

from __future__ import annotations

from typing import Any

from lamina import activations, ops, regularizers
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.arguments import data_format as checked_data_format
from lamina.layers.arguments import int_tuple
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer
from lamina.layers.weight_options import options_of
from lamina.layers.window_shapes import channels_of, in_format, space_of, windows_along


class WindowedLayer(Layer):
    """A layer that slides a window over `rank` spatial axes; the base of the convolutions."""

    rank: int

    def _set_window(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        paddings: tuple[str, ...] = ("valid", "same"),
    ) -> None:
        """Check and keep the arguments that say where the window goes."""
        self.kernel_size = int_tuple(kernel_size, self.rank, "kernel_size")
        self.strides = int_tuple(strides, self.rank, "strides")
        self.dilation_rate = int_tuple(dilation_rate, self.rank, "dilation_rate")
        self.padding = str(padding).lower()
        if self.padding not in paddings:
            raise ArgumentError(
                message(
                    f"The `padding` argument must be one of {paddings}.", f"padding={padding!r}"
                )
            )
        self.data_format = checked_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=self.rank + 2)

    def _set_output(self, activation: Any, use_bias: bool) -> None:
        """Keep the arguments that say what becomes of the convolved tensor."""
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias: Any = None

    def _check_strides_or_dilation(self) -> None:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                message(
                    "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                    f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
                )
            )

    def _known_channels(self, input_shape: Any) -> int:
        """The number of input channels, from now on demanded of every input.

        Raises:
            ShapeError: it is not known.
        """
        channels = channels_of(input_shape, self.data_format)
        if channels is None:
            raise ShapeError(
                message(
                    "The channel dimension of the inputs should be defined.",
                    received=f"input shape {tuple(input_shape)}, {self.data_format}",
                    fix="give the input a shape with a number of channels",
                )
            )
        axis = -1 if self.data_format == "channels_last" else 1
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes={axis: channels})
        return channels

    def _add_bias(self, size: int) -> None:
        if self.use_bias:
            self.bias = self.add_weight(shape=(size,), **options_of(self, "bias"))

    def _activated(self, outputs: Any) -> Any:
        """Bias added, activation applied."""
        if self.bias is not None:
            bias = ops.convert_to_tensor(self.bias)
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (1, -1) + (1,) * self.rank)
            outputs = ops.add(outputs, bias)
        return self.activation(outputs)

    def _window(self) -> dict[str, Any]:
        """The arguments that the ops of convolution share."""
        return {
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
        }

    def _convolved_shape(self, input_shape: Any, channels: int | None) -> tuple[int | None, ...]:
        """The shape after a convolution, with so many channels.

        Raises:
            ShapeError: wrong number of axes, or nothing would be left.
        """
        reach = [
            dilation * (size - 1) + 1
            for size, dilation in zip(self.kernel_size, self.dilation_rate, strict=True)
        ]
        space = space_of(input_shape, self.data_format)
        sizes = windows_along(space, self.kernel_size, self.strides, reach, self.padding)
        return in_format(input_shape[0], sizes, channels, self.data_format)

    def _window_config(self) -> dict[str, Any]:
        return {
            "kernel_size": self.kernel_size,
            **self._window(),
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
        }


def check_positive(name: str, value: int | None) -> None:
    """Refuse a number of channels that is not positive; None is decided by others.

    Raises:
        ArgumentError: it is 0 or negative.
    """
    if value is not None and value <= 0:
        raise ArgumentError(
            message(
                f"Invalid value for argument `{name}`. Expected a strictly positive value. "
                f"Received {name}={value}."
            )
        )
