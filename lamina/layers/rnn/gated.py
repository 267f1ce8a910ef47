"""What SimpleRNN, LSTM and GRU share: cells of three weights, and layers that own such a cell.

A cell's step has two parts: `project` takes the inputs through the kernel, `advance` does what
needs the states. A layer projects all time steps in one product before its loop, unless inputs are
dropped.
"""

from __future__ import annotations

from typing import Any

from lamina import activations, ops, regularizers
from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.layers.arguments import positive_int
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer
from lamina.layers.rnn.recurrent import RNN
from lamina.layers.rnn.recurrent_dropout import Masks, RecurrentDropout, gated_product
from lamina.layers.weight_options import options_config, options_of

_WEIGHTS = ("kernel", "recurrent", "bias")


class GatedCell(RecurrentDropout, Layer):
    """A cell with a kernel, a recurrent kernel and a bias, each of `gates` blocks of columns."""

    gates: int
    units: int
    bias: Any

    def _set_cell(self, units: int, activation: Any, use_bias: bool) -> None:
        self.units = positive_int(units, "units")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.state_size: Any = self.units
        self.output_size = self.units

    def _set_implementation(self, implementation: int) -> None:
        """Implementation 1 gives each gate dropout masks of its own, 2 the same to all."""
        self.implementation = 1 if self.recurrent_dropout else implementation
        self.mask_count = self.gates if self.implementation == 1 else 1

    def build(self, input_shape: Any) -> None:
        """Create kernel, recurrent_kernel and bias."""
        width = self.gates * self.units
        self.kernel = self.add_weight(shape=(input_shape[-1], width), **options_of(self, "kernel"))
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width),
            **{**options_of(self, "recurrent"), "name": "recurrent_kernel"},
        )
        self.bias = self._add_bias(width) if self.use_bias else None

    def _add_bias(self, width: int) -> Any:
        return self.add_weight(shape=(width,), **options_of(self, "bias"))

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Zeros for each state."""
        sizes = self.state_size if isinstance(self.state_size, (list, tuple)) else [self.units]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]

    def project(self, inputs: Any, masks: Masks = None) -> Any:
        """inputs · kernel + bias: (…, features) -> (…, gates * units)."""
        product = gated_product(inputs, self.kernel, masks)
        bias = self._input_bias()
        return product if bias is None else ops.add(product, bias)

    def _input_bias(self) -> Any:
        return self.bias

    def advance(self, projected: Any, states: Any, training: bool) -> tuple[Any, list[Any]]:
        """The output and the new states, from projected inputs and a list of states."""
        raise NotImplementedError

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """One step."""
        nested = tree.is_nested(states)
        projected = self.project(inputs, self.input_masks(inputs, training))
        output, after = self.advance(projected, states if nested else [states], training)
        return output, after if nested else after[0]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), **self.own_config()}

    def own_config(self) -> dict[str, Any]:
        """The arguments that a layer and its cell share."""
        return {
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **options_config(self, *_WEIGHTS),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }


def _of_cell(name: str) -> property:
    return property(lambda self: getattr(self.cell, name), doc=f"The cell's `{name}`.")


class GatedRNN(RNN):
    """A layer that makes its own cell."""

    units = _of_cell("units")
    activation = _of_cell("activation")
    use_bias = _of_cell("use_bias")
    kernel_initializer = _of_cell("kernel_initializer")
    recurrent_initializer = _of_cell("recurrent_initializer")
    bias_initializer = _of_cell("bias_initializer")
    kernel_regularizer = _of_cell("kernel_regularizer")
    recurrent_regularizer = _of_cell("recurrent_regularizer")
    bias_regularizer = _of_cell("bias_regularizer")
    kernel_constraint = _of_cell("kernel_constraint")
    recurrent_constraint = _of_cell("recurrent_constraint")
    bias_constraint = _of_cell("bias_constraint")
    dropout = _of_cell("dropout")
    recurrent_dropout = _of_cell("recurrent_dropout")

    _cell_class: type[GatedCell]

    def _set_input(self) -> None:
        self.input_spec = InputSpec(ndim=3)

    def _set_cudnn(self, use_cudnn: Any) -> None:
        if use_cudnn not in ("auto", True, False):
            raise ArgumentError(
                message(
                    "Invalid value received for argument `use_cudnn`.",
                    received=f"use_cudnn={use_cudnn!r}",
                    required="'auto', True or False; there is one implementation, on the CPU",
                )
            )
        self.use_cudnn = use_cudnn

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, Any]:
        """The loop, the inputs of all steps projected before it where nothing speaks against it."""
        cell = self.cell
        if type(cell) is not self._cell_class or (training and cell.dropout):
            return super().inner_loop(sequences, initial_state, mask, training)

        def step(projected: Any, states: Any) -> tuple[Any, Any]:
            return cell.advance(projected, states, training)

        return self._loop(step, cell.project(sequences), initial_state, mask)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        del config["cell"]
        penalty = regularizers.serialize(self.activity_regularizer)
        return {**config, **self.cell.own_config(), "activity_regularizer": penalty}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> GatedRNN:
        """A layer from what `get_config` gave."""
        return cls(**config)
