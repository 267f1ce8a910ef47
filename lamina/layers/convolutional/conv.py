"""Convolution layers: `Conv1D`, `Conv2D`, `Conv3D`.

They differ in the number of spatial axes only; `Conv1D` may also be causal.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.convolutional.window import WindowedLayer, check_positive
from lamina.layers.low_rank import LowRankLayer
from lamina.layers.weight_options import options_config, options_of, set_options


class Convolution(LowRankLayer, WindowedLayer):
    """Slide learned windows over space; each filter gives one output channel.

    y = activation(conv(x, kernel) + bias)

    Args:
        filters: int > 0, the number of output channels.
        kernel_size: int or one for each spatial axis, the window.
        strides: int or one for each spatial axis.
        padding: "valid", "same" (output size is ceil(size / stride)), or for one axis "causal"
            (no output sees a later input).
        data_format: "channels_last" or "channels_first"; default: the configured one.
        dilation_rate: int or one for each spatial axis, the distance of window elements.
        groups: int > 0; channels are split into as many groups, each with filters of its own.
        activation: name or function applied at the end; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: how the weights start.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties.
        kernel_constraint, bias_constraint: applied after each update.
        lora_rank: int > 0 or None; if given, the kernel is frozen and corrected by two factors of
            this rank, which are trained in its place; see `enable_lora`.
        lora_alpha: the correction is scaled by lora_alpha / lora_rank; default: `lora_rank`.
    Call arguments:
        inputs: float tensor (batch, space…, channels), or (batch, channels, space…).
    Returns:
        Tensor (batch, space…, filters) in the layout of `inputs`.
    Raises:
        ArgumentError: a size that is not positive, filters that groups do not divide, strides
            together with dilation.
        ShapeError: no output element would fit, or channels that groups do not divide.
    """

    adapted_name = "kernel"

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        paddings = ("valid", "same", "causal") if self.rank == 1 else ("valid", "same")
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate, paddings)
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
        self._set_low_rank(lora_rank, lora_alpha)
        self.filters = filters
        self.groups = groups
        self._check_filters()
        self._check_strides_or_dilation()

    def _check_filters(self) -> None:
        check_positive("filters", self.filters)
        if self.groups <= 0:
            raise ArgumentError(
                message(
                    "The number of groups must be a positive integer. "
                    f"Received: groups={self.groups}."
                )
            )
        if self.filters is not None and self.filters % self.groups:
            raise ArgumentError(
                message(
                    "The number of filters must be evenly divisible by the number of groups. "
                    f"Received: groups={self.groups}, filters={self.filters}."
                )
            )

    def build(self, input_shape: Any) -> None:
        """Create kernel (space…, channels / groups, filters) and bias (filters,)."""
        channels = self._known_channels(input_shape)
        if channels % self.groups:
            raise ShapeError(
                message(
                    "The number of input channels must be evenly divisible by the number of "
                    "groups.",
                    received=f"groups={self.groups}, {channels} channels (full input shape is "
                    f"{tuple(input_shape)})",
                )
            )
        self.compute_output_shape(input_shape)  # refuses inputs that are too small
        self._kernel = self.add_weight(
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            **options_of(self, "kernel"),
        )
        self._add_bias(self.filters)

    @property
    def kernel(self) -> Any:
        """The kernel (space…, channels / groups, filters); see `LowRankLayer`."""
        return self.adapted_weight()

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The convolution alone; a subclass may do something to the kernel first."""
        window = self._window()
        if self.padding == "causal":
            inputs = ops.pad(inputs, self._causal_pairs())
            window["padding"] = "valid"
        return ops.conv(inputs, kernel, **window)

    def _causal_pairs(self) -> list[tuple[int, int]]:
        before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        time = 1 if self.data_format == "channels_last" else 2
        return [(before if axis == time else 0, 0) for axis in range(3)]

    def call(self, inputs: Any) -> Any:
        """The convolution, the bias, the activation."""
        return self._activated(self.convolution_op(inputs, self.kernel))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, space…, filters) in the layer's layout."""
        return self._convolved_shape(input_shape, self.filters)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            **self._window_config(),
            "filters": self.filters,
            "groups": self.groups,
            **options_config(self, "kernel", "bias"),
        }


class Conv1D(Convolution):
    """Convolution over one axis, such as time; arguments as in `Convolution`.

    Example:
        >>> import numpy as np
        >>> Conv1D(4, 3, padding="causal")(np.ones((2, 10, 8), "float32")).shape
        (2, 10, 4)
    """

    rank = 1


class Conv2D(Convolution):
    """Convolution over two axes, such as an image's; arguments as in `Convolution`.

    Example:
        >>> import numpy as np
        >>> Conv2D(4, 3, strides=2)(np.ones((2, 9, 9, 1), "float32")).shape
        (2, 4, 4, 4)
    """

    rank = 2


class Conv3D(Convolution):
    """Convolution over three axes, such as a volume's; arguments as in `Convolution`.

    Example:
        >>> import numpy as np
        >>> Conv3D(2, 2)(np.ones((1, 4, 4, 4, 1), "float32")).shape
        (1, 3, 3, 3, 2)
    """

    rank = 3


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
