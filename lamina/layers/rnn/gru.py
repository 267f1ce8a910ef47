"""Gated recurrent units: one state, a gate that updates it and a gate that resets it."""

from __future__ import annotations

from typing import Any

from lamina import activations, ops
from lamina.layers.rnn.gated import GatedCell, GatedRNN
from lamina.layers.rnn.recurrent_dropout import Masks, gated_product
from lamina.layers.weight_options import options_of, set_options


class GRUCell(GatedCell):
    """One step of a gated recurrent unit: h' = z h + (1 - z) candidate.

    The blocks of the kernels are z (update), r (reset) and the candidate's. With `reset_after` the
    candidate is activation(x · W + r (h · U + bias)), otherwise activation(x · W + (r h) · U).

    Args:
        units: int > 0, the size of the state and the output.
        activation: name or function; None for none.
        recurrent_activation: name or function for the gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: float in [0, 1], the part of the inputs that is dropped.
        recurrent_dropout: float in [0, 1], the part of the state that is dropped.
        reset_after: whether the reset gate comes after the product; then there are two biases.
        seed: int, SeedGenerator or None, for dropout.
    Call arguments:
        inputs: tensor (batch, features).
        states: [h], h of shape (batch, units).
        training: whether dropout works.
    Returns:
        (h', [h']).
    Source: Cho et al. (2014), arXiv:1406.1078; version 3 has `reset_after=False`.
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        reset_after: bool = True,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._set_cell(units, activation, use_bias)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.reset_after = reset_after
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
        shape = (2, width) if self.reset_after else (width,)
        return self.add_weight(shape=shape, **options_of(self, "bias"))

    def _input_bias(self) -> Any:
        return self.bias[0] if self.reset_after and self.bias is not None else self.bias

    def advance(self, projected: Any, states: Any, training: bool) -> tuple[Any, list[Any]]:
        """h' and [h'] from projected inputs and [h]."""
        h = states[0]
        x_z, x_r, x_h = ops.split(projected, 3, axis=-1)
        masks = self.state_masks(h, training)
        gate = self.recurrent_activation
        if self.reset_after:
            z, r, fed_back = ops.split(self._fed_back(h, masks), 3, axis=-1)
            z, r = gate(x_z + z), gate(x_r + r)
            fed_back = r * fed_back
        else:
            kernel = self.recurrent_kernel[:, : 2 * self.units]
            z, r = ops.split(gated_product(h, kernel, masks and masks[:2]), 2, axis=-1)
            z, r = gate(x_z + z), gate(x_r + r)
            seen = h if masks is None else h * masks[2]
            fed_back = ops.matmul(r * seen, self.recurrent_kernel[:, 2 * self.units :])
        h = z * h + (1 - z) * self.activation(x_h + fed_back)
        return h, [h]

    def _fed_back(self, h: Any, masks: Masks) -> Any:
        product = gated_product(h, self.recurrent_kernel, masks)
        return product if self.bias is None else ops.add(product, self.bias[1])

    def own_config(self) -> dict[str, Any]:
        """The arguments that a layer and its cell share."""
        return {
            **super().own_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "reset_after": self.reset_after,
        }


class GRU(GatedRNN):
    """Gated recurrent units over sequences; `GRUCell` says what a step computes.

    Args:
        units: int > 0, the size of the state and the output.
        activation: name or function; None for none.
        recurrent_activation: name or function for the gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties.
        activity_regularizer: penalty for the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: float in [0, 1], the part of the inputs that is dropped.
        recurrent_dropout: float in [0, 1], the part of the state that is dropped.
        seed: int, SeedGenerator or None, for dropout.
        return_sequences, return_state, go_backwards, stateful, unroll: as in `RNN`.
        reset_after: whether the reset gate comes after the product.
        use_cudnn: accepted; there is one implementation.
    Call arguments:
        sequences: tensor (batch, time, features).
        initial_state: [h] at the start, or None.
        mask: bool tensor (batch, time) or None; False leaves a step out.
        training: whether dropout works.
    Returns:
        As `RNN`.
    Example:
        >>> import numpy as np
        >>> GRU(4, return_sequences=True)(np.ones((2, 5, 3), "float32")).shape
        (2, 5, 4)
    """

    _cell_class = GRUCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
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
            reset_after=reset_after,
            seed=seed,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="gru_cell",
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
    def reset_after(self) -> bool:
        """The cell's `reset_after`."""
        return self.cell.reset_after
