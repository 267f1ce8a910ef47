"""The layer that runs a cell over time: `RNN`.

What a step computes is the cell's affair, how steps follow each other is that of `loop.py`; here
stand the states at the start, those kept between batches, and what of all this is returned.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base import tree
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.layer import Layer
from lamina.layers.rnn.loop import rnn
from lamina.layers.rnn.recurrent_dropout import held_masks
from lamina.layers.rnn.stacked_rnn_cells import (
    StackedRNNCells,
    caller,
    check_cell,
    initial_state_of,
    output_size_of,
)
from lamina.runtime.name_scope import name_scope
from lamina.runtime.variable import Variable
from lamina.saving import deserialize_keras_object, serialize_keras_object


class RNN(Layer):
    """Run a cell over the time steps of sequences.

    A cell is any object with `call(inputs, states)`, which returns an output and new states, and
    `state_size`; it may have `output_size` and `get_initial_state(batch_size)`. Layers are cells if
    they have these.

    Args:
        cell: a cell, or a list of cells to be stacked.
        return_sequences: whether the outputs of all steps are returned, not only the last.
        return_state: whether the last states are returned too.
        go_backwards: whether the last step comes first; outputs stand in the order of processing.
        stateful: whether the states at the end of a batch are those at the start of the next; needs
            a fixed batch size.
        unroll: whether the steps are written out instead of looped.
        zero_output_for_mask: whether the output of a masked step is 0, not the one before.
    Call arguments:
        sequences: tensor (batch, time, …).
        initial_state: list of states at the start, or None.
        mask: bool tensor (batch, time) or None; False leaves a step out.
        training: whether the cell's dropout works.
    Returns:
        Tensor (batch, units), or (batch, time, units); with `return_state` a tuple, states last.
    Raises:
        ArgumentError: `cell` is no cell.
        ShapeError: a stateful layer gets another batch size.
    Example:
        >>> import numpy as np
        >>> from lamina import layers
        >>> RNN(layers.GRUCell(4), return_sequences=True)(np.ones((2, 5, 3), "float32")).shape
        (2, 5, 4)
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        check_cell(cell)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.states: Any = None
        self._set_state_size(cell.state_size)

    def _set_state_size(self, size: Any) -> None:
        if not isinstance(size, (list, tuple, int)):
            raise ArgumentError(
                message(
                    "state_size must be an integer, or a list/tuple of integers (one for each "
                    "state tensor).",
                    received=repr(size),
                )
            )
        self.single_state = isinstance(size, int)
        self.state_size = [size] if isinstance(size, int) else list(size)

    # --- shapes ---

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The output's shape; with `return_state` those of the states behind it."""
        batch, length = sequences_shape[:2]
        size = output_size_of(self.cell)
        size = tuple(size) if isinstance(size, (list, tuple)) else (size,)
        output = (batch, length, *size) if self.return_sequences else (batch, *size)
        if not self.return_state:
            return output
        states = [
            [(batch, s) for s in size] if isinstance(size, (list, tuple)) else (batch, size)
            for size in self.state_size
        ]
        return (output, *states)

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        """The mask of the steps, if they are returned."""
        mask = tree.flatten(mask)[0] if self.return_sequences else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build the cell for one step, and make the kept states."""
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if self.stateful:
            if self.states is None:
                self._create_states(sequences_shape)
            else:
                self.reset_state()

    # --- states ---

    def _create_states(self, sequences_shape: Any) -> None:
        batch = sequences_shape[0]
        if batch is None:
            raise ShapeError(
                message(
                    "When using `stateful=True` in a RNN, the batch size must be static. Found "
                    "dynamic batch size.",
                    received=f"sequences of shape {tuple(sequences_shape)}",
                    fix="give `Input` a `batch_size`",
                )
            )

        def kept(value: Any) -> Variable:
            return Variable(value, trainable=False, dtype=self.variable_dtype, name="rnn_state")

        with name_scope(self.name, caller=self):
            states = tree.map_structure(kept, self.get_initial_state(batch))
        object.__setattr__(self, "states", states)  # no weights, so not tracked

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states at the start of a sequence, a list."""
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        state = initial_state_of(self.cell, batch_size, dtype)
        return list(state) if tree.is_nested(state) else [state]

    def reset_state(self) -> None:
        """Let the next batch of a stateful layer begin with zeros."""
        for variable in tree.flatten(self.states) if self.states is not None else ():
            variable.assign(ops.zeros(variable.shape, variable.dtype))

    def reset_states(self) -> None:
        """The same as `reset_state`."""
        self.reset_state()

    def _starting_state(self, sequences: Any, initial_state: Any) -> list[Any]:
        """The states given, kept, or new, in the dtype of the cell."""
        batch = ops.shape(sequences)[0]
        if self.stateful and self.states is not None:
            kept = tree.flatten(self.states)[0].shape[0]
            if batch != kept:
                raise ShapeError(
                    message(
                        "If an RNN is stateful, the batch size of the input sequences must be the "
                        "same as the batch size of the initial state.",
                        received=batch,
                        required=kept,
                    )
                )
        if initial_state is None:
            initial_state = self.states if self.stateful else self.get_initial_state(batch)
        if not tree.is_nested(initial_state):
            initial_state = [initial_state]
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        return tree.map_structure(
            lambda state: ops.convert_to_tensor(state, dtype=dtype), list(initial_state)
        )

    # --- the call ---

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        """The loop over time."""
        start = self._starting_state(sequences, initial_state)
        mask = None if mask is None else tree.flatten(mask)[0]
        with held_masks(self.cell, sequences, start, training):
            last, outputs, states = self.inner_loop(sequences, start, mask, training)
        states = tree.map_structure(lambda s: ops.cast(s, self.compute_dtype), states)
        if self.stateful:
            for kept, new in zip(tree.flatten(self.states), tree.flatten(states), strict=True):
                kept.assign(new)
        output = ops.cast(outputs if self.return_sequences else last, self.compute_dtype)
        return (output, *states) if self.return_state else output

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, Any]:
        """(last output, all outputs or None, last states) of the cell run over sequences."""
        return self._loop(caller(self.cell, training), sequences, initial_state, mask)

    def _loop(self, step: Any, sequences: Any, states: Any, mask: Any) -> tuple[Any, Any, Any]:
        return rnn(
            step,
            sequences,
            states,
            go_backwards=self.go_backwards,
            mask=mask,
            unroll=self.unroll,
            zero_output_for_mask=self.zero_output_for_mask,
            return_all_outputs=self.return_sequences,
        )

    # --- config ---

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
            "cell": serialize_keras_object(self.cell),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> RNN:
        """A layer from what `get_config` gave."""
        config = dict(config)
        cell = deserialize_keras_object(config.pop("cell"), custom_objects)
        return cls(cell, **config)
