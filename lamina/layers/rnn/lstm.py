"""Long short-term memory: a state that is kept, and gates on what enters, stays and leaves."""

from __future__ import annotations

from typing import Any

from lamina import activations, initializers, ops
from lamina.layers.rnn.gated import GatedCell, GatedRNN
from lamina.layers.rnn.recurrent_dropout import Masks, gated_product
from lamina.layers.weight_options import options_of, set_options


class LSTMCell(GatedCell):
    """One step of long short-term memory.

    With i, f, o the recurrent activation and g the activation of the four blocks of
    x · kernel + bias + h · recurrent_kernel (in the order i, f, g, o):
    c' = f c + i g, h' = o activation(c').

    Args:
        units: int > 0, the size of the states and the output.
        activation: name or function; None for none.
        recurrent_activation: name or function for the gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
        unit_forget_bias: whether the bias of f starts with 1, so that little is forgotten at first.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: float in [0, 1], the part of the inputs that is dropped.
        recurrent_dropout: float in [0, 1], the part of h that is dropped.
        seed: int, SeedGenerator or None, for dropout.
    Call arguments:
        inputs: tensor (batch, features).
        states: [h, c], each (batch, units).
        training: whether dropout works.
    Returns:
        (h', [h', c']).
    Source: Hochreiter, Schmidhuber (1997); the forget bias: Jozefowicz et al. (2015).
    """

    gates = 4
    gate_axis = -1
    bias_initializer: Any

    def __init__(
        self,
        units: int,
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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._set_cell(units, activation, use_bias)
        self.state_size = [self.units, self.units]
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        set_options(
            self,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
        )
        self._set_dropout(dropout, recurrent_dropout, seed)
        self._set_implementation(implementation)

    def _add_bias(self, width: int) -> Any:
        options = options_of(self, "bias")
        if self.unit_forget_bias:
            options["initializer"] = self._remembering
        return self.add_weight(shape=(width,), **options)

    def _remembering(self, shape: Any, *args: Any, **kwargs: Any) -> Any:
        """The bias at the start, with ones for the forget gate."""
        blocks = [
            (self.bias_initializer, self.units),
            (initializers.get("ones"), self.units),
            (self.bias_initializer, 2 * self.units),
        ]
        return ops.concatenate([start((size,), *args, **kwargs) for start, size in blocks])

    def advance(self, projected: Any, states: Any, training: bool) -> tuple[Any, list[Any]]:
        """h' and [h', c'] from projected inputs and [h, c]."""
        h, c = states
        fed_back = self._fed_back(h, self.state_masks(h, training))
        i, f, g, o = ops.split(ops.add(projected, fed_back), 4, axis=self.gate_axis)
        gate = self.recurrent_activation
        c = gate(f) * c + gate(i) * self.activation(g)
        h = gate(o) * self.activation(c)
        return h, [h, c]

    def _fed_back(self, h: Any, masks: Masks) -> Any:
        return gated_product(h, self.recurrent_kernel, masks)

    def own_config(self) -> dict[str, Any]:
        """The arguments that a layer and its cell share."""
        return {
            **super().own_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "unit_forget_bias": self.unit_forget_bias,
        }


class LSTM(GatedRNN):
    """Long short-term memory over sequences; `LSTMCell` says what a step computes.

    Args:
        units: int > 0, the size of the states and the output.
        activation: name or function; None for none.
        recurrent_activation: name or function for the gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
        unit_forget_bias: whether the forget gate's bias starts with 1.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties.
        activity_regularizer: penalty for the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: float in [0, 1], the part of the inputs that is dropped.
        recurrent_dropout: float in [0, 1], the part of the state that is dropped.
        seed: int, SeedGenerator or None, for dropout.
        return_sequences, return_state, go_backwards, stateful, unroll: as in `RNN`.
        use_cudnn: accepted; there is one implementation.
    Call arguments:
        sequences: tensor (batch, time, features).
        initial_state: [h, c] at the start, or None.
        mask: bool tensor (batch, time) or None; False leaves a step out.
        training: whether dropout works.
    Returns:
        As `RNN`.
    Example:
        >>> import numpy as np
        >>> y, h, c = LSTM(4, return_state=True)(np.ones((2, 5, 3), "float32"))
        >>> y.shape, bool((y == h).all())
        ((2, 4), True)
    """

    _cell_class = LSTMCell

    def __init__(
        self,
        units: int,
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
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        cell = LSTMCell(
            units,
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
            name="lstm_cell",
            implementation=kwargs.pop("implementation", 2),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self._set_input()
        self._set_cudnn(use_cudnn)

    @property
    def recurrent_activation(self) -> Any:
        """The cell's `recurrent_activation`."""
        return self.cell.recurrent_activation

    @property
    def unit_forget_bias(self) -> bool:
        """The cell's `unit_forget_bias`."""
        return self.cell.unit_forget_bias
