"""Long short-term memory over images in time: products with kernels become convolutions."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.convolutional.window import WindowedLayer
from lamina.layers.input_spec import InputSpec
from lamina.layers.rnn.gated import GatedRNN
from lamina.layers.rnn.lstm import LSTMCell
from lamina.layers.rnn.recurrent_dropout import Masks, gated_product
from lamina.layers.weight_options import options_of
from lamina.layers.window_shapes import in_format, space_of


class ConvLSTMCell(LSTMCell, WindowedLayer):
    """One step of an LSTM whose states are images.

    Args:
        rank: int, the number of spatial axes.
        filters: int > 0, the number of channels of the states and the output.
        kernel_size, strides, padding, data_format, dilation_rate: of the inputs' convolution, as in
            `Conv2D`; the states' convolution has the same kernel size and padding "same".
        **kwargs: the arguments of `LSTMCell` but `units`.
    Call arguments:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
        states: [h, c], each of the output's shape.
        training: whether dropout works.
    Returns:
        (h', [h', c']).
    Source: Shi et al. (2015), arXiv:1506.04214, without the peepholes.
    """

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(units=filters, implementation=1, **kwargs)
        self.rank = rank
        self.filters = filters
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                message(
                    "Specifying `strides > 1` is not compatible with `dilation_rate > 1`.",
                    received=f"strides={self.strides}, dilation_rate={self.dilation_rate}",
                )
            )
        self.gate_axis = -1 if self.data_format == "channels_last" else 1

    def build(self, input_shape: Any) -> None:
        """Create kernel, recurrent_kernel and bias for images of a known size."""
        channels = self._known_channels(input_shape)
        if None in space_of(input_shape, self.data_format):
            raise ShapeError(
                message(
                    "ConvLSTM layers only support static input shapes for the spatial dimension.",
                    received=f"input shape {tuple(input_shape)}",
                )
            )
        self._state_shape = tuple(self.compute_output_shape(input_shape)[0][1:])
        width = 4 * self.filters
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, channels, width), **options_of(self, "kernel")
        )
        self.recurrent_kernel = self.add_weight(
            shape=(*self.kernel_size, self.filters, width),
            **{**options_of(self, "recurrent"), "name": "recurrent_kernel"},
        )
        self.bias = LSTMCell._add_bias(self, width) if self.use_bias else None

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Images of zeros."""
        shape = (batch_size, *self._state_shape)
        return [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(2)]

    def project(self, inputs: Any, masks: Masks = None) -> Any:
        """The inputs convolved, plus bias; of one moment, or (batch, time, …) of all moments."""
        if inputs.ndim == self.rank + 3:
            batch, time = inputs.shape[:2]
            flat = ops.reshape(inputs, (batch * time, *inputs.shape[2:]))
            projected = self.project(flat)
            return ops.reshape(projected, (batch, time, *projected.shape[1:]))
        outputs = gated_product(inputs, self.kernel, masks, self._input_product, self.gate_axis)
        if self.bias is None:
            return outputs
        shape = in_format(1, (1,) * self.rank, 4 * self.filters, self.data_format)
        return ops.add(outputs, ops.reshape(self.bias, shape))

    def _input_product(self, x: Any, kernel: Any) -> Any:
        return ops.conv(x, kernel, **self._window())

    def _fed_back(self, h: Any, masks: Masks) -> Any:
        return gated_product(h, self.recurrent_kernel, masks, self._state_product, self.gate_axis)

    def _state_product(self, x: Any, kernel: Any) -> Any:
        return ops.conv(x, kernel, padding="same", data_format=self.data_format)

    def compute_output_shape(self, input_shape: Any, states_shape: Any = None) -> Any:
        """(the output's shape, those of the states)."""
        shape = self._convolved_shape(input_shape, self.filters)
        return shape, [shape, shape]

    def own_config(self) -> dict[str, Any]:
        """The arguments that a layer and its cell share."""
        config = super().own_config()
        del config["units"]
        return {
            **config,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            **self._window(),
        }


class ConvLSTM(GatedRNN):
    """A `ConvLSTMCell` run over images in time.

    Args:
        filters: int > 0, the number of channels of the output.
        kernel_size: int or one for each spatial axis.
        strides, padding, data_format, dilation_rate: as in `Conv2D`, of the inputs' convolution.
        activation, recurrent_activation, use_bias, unit_forget_bias: as in `LSTM`.
        kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties.
        activity_regularizer: penalty for the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout, recurrent_dropout, seed: as in `LSTM`.
        return_sequences, return_state, go_backwards, stateful: as in `RNN`.
    Call arguments:
        sequences: tensor (batch, time, space…, channels), or (batch, time, channels, space…).
        initial_state, mask, training: as in `RNN`.
    Returns:
        As `RNN`, with images for vectors.
    """

    rank: int
    _cell_class = ConvLSTMCell

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        cell = ConvLSTMCell(
            self.rank,
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="conv_lstm_cell",
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The output's shape; with `return_state` those of the states behind it."""
        batch, time, *step = sequences_shape
        state = self.cell.compute_output_shape((batch, *step))[0]
        output = (batch, time, *state[1:]) if self.return_sequences else state
        return (output, state, state) if self.return_state else output

    @property
    def filters(self) -> int:
        """The cell's `filters`."""
        return self.cell.filters


class ConvLSTM1D(ConvLSTM):
    """`ConvLSTM` over one spatial axis."""

    rank = 1


class ConvLSTM2D(ConvLSTM):
    """`ConvLSTM` over two spatial axes.

    Example:
        >>> import numpy as np
        >>> ConvLSTM2D(4, 3, padding="same")(np.ones((1, 3, 5, 5, 2), "float32")).shape
        (1, 5, 5, 4)
    """

    rank = 2


class ConvLSTM3D(ConvLSTM):
    """`ConvLSTM` over three spatial axes."""

    rank = 3
