"""The plain recurrent layer: the output is fed back as state."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.rnn.gated import GatedCell, GatedRNN
from lamina.layers.rnn.recurrent_dropout import gated_product
from lamina.layers.weight_options import set_options


class SimpleRNNCell(GatedCell):
    """One step: h' = activation(x · kernel + bias + h · recurrent_kernel).

    Args:
        units: int > 0, the size of the state and the output.
        activation: name or function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: float in [0, 1], the part of the inputs that is dropped.
        recurrent_dropout: float in [0, 1], the part of the state that is dropped.
        seed: int, SeedGenerator or None, for dropout.
    Call arguments:
        inputs: tensor (batch, features).
        states: [h], h of shape (batch, units).
        training: whether dropout works.
    Returns:
        (output (batch, units), new states).
    """

    gates = 1
    mask_count = 1

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
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
        super().__init__(**kwargs)
        self._set_cell(units, activation, use_bias)
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

    def advance(self, projected: Any, states: Any, training: bool) -> tuple[Any, list[Any]]:
        """h' from projected inputs and [h]."""
        h = states[0]
        fed_back = gated_product(h, self.recurrent_kernel, self.state_masks(h, training))
        output = self.activation(ops.add(projected, fed_back))
        return output, [output]


class SimpleRNN(GatedRNN):
    """A recurrent layer whose output is fed back: h' = activation(x · W + b + h · U).

    Args:
        units: int > 0, the size of the state and the output.
        activation: name or function; None for none.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties.
        activity_regularizer: penalty for the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: float in [0, 1], the part of the inputs that is dropped.
        recurrent_dropout: float in [0, 1], the part of the state that is dropped.
        return_sequences, return_state, go_backwards, stateful, unroll: as in `RNN`.
        seed: int, SeedGenerator or None, for dropout.
    Call arguments:
        sequences: tensor (batch, time, features).
        initial_state: [h] at the start, or None.
        mask: bool tensor (batch, time) or None; False leaves a step out.
        training: whether dropout works.
    Returns:
        As `RNN`.
    Source: Elman (1990), Finding structure in time, Cognitive Science 14.
    Example:
        >>> import numpy as np
        >>> SimpleRNN(4)(np.ones((2, 5, 3), "float32")).shape
        (2, 4)
    """

    _cell_class = SimpleRNNCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        cell = SimpleRNNCell(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
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
            name="simple_rnn_cell",
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
