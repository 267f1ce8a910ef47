"""Several cells as one: the output of each is the input of the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina import ops
from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.layers.layer import Layer
from lamina.saving import deserialize_keras_object, serialize_keras_object


def check_cell(cell: Any) -> None:
    """Refuse what lacks the two things that make a cell.

    Raises:
        ArgumentError: there is no `call` or no `state_size`.
    """
    for attribute, meaning in (
        ("call", "(inputs, states) -> (output, new states)"),
        ("state_size", "an int, or one for each state"),
    ):
        if not hasattr(type(cell), attribute) and not hasattr(cell, attribute):
            article = "`call` method" if attribute == "call" else "`state_size` attribute"
            raise ArgumentError(
                message(f"An RNN cell should have a {article}.", repr(cell), required=meaning)
            )


def caller(cell: Any, training: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """How to call a cell, a layer or not, that may or may not want to know `training`."""
    call = cell if callable(cell) else cell.call
    if isinstance(cell, Layer) and cell._call_has_training_arg:
        return lambda inputs, states: call(inputs, states, training=training)
    return call


def output_size_of(cell: Any) -> Any:
    """The size of a cell's output: what it says, else that of its first state."""
    size = getattr(cell, "output_size", None)
    if size is None:
        size = cell.state_size
        size = size[0] if isinstance(size, (list, tuple)) else size
    return size


def initial_state_of(cell: Any, batch_size: Any, dtype: str) -> Any:
    """The states a cell starts with: what it says, else zeros; in its own structure."""
    own = getattr(cell, "get_initial_state", None)
    if own is not None:
        return own(batch_size=batch_size)
    size = cell.state_size
    if isinstance(size, int):
        return ops.zeros((batch_size, size), dtype=dtype)
    return [ops.zeros((batch_size, s), dtype=dtype) for s in size]


class StackedRNNCells(Layer):
    """A cell made of cells, each fed by the one before.

    Args:
        cells: list of cells.
    Call arguments:
        inputs: tensor (batch, features).
        states: list with the states of each cell.
    Returns:
        (the last cell's output, the new states of each cell).
    Raises:
        ArgumentError: something in the list is no cell.
    Example:
        >>> import numpy as np
        >>> from lamina import layers
        >>> cells = [layers.LSTMCell(4), layers.GRUCell(3)]
        >>> layers.RNN(StackedRNNCells(cells))(np.ones((2, 5, 6), "float32")).shape
        (2, 3)
    """

    def __init__(self, cells: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for cell in cells:
            check_cell(cell)
        self.cells = list(cells)

    @property
    def state_size(self) -> list[Any]:
        """The state sizes of each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The size of the last cell's output."""
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The states of each cell at the start."""
        return [initial_state_of(cell, batch_size, self.compute_dtype) for cell in self.cells]

    def build(self, input_shape: Any) -> None:
        """Build each cell for the output of the one before."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = (input_shape[0], output_size_of(cell))

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """One step of each cell, in order."""
        after = []
        for cell, own in zip(self.cells, states, strict=True):
            nested = tree.is_nested(own)
            inputs, new = caller(cell, training)(inputs, list(own) if nested else [own])
            single = not nested and tree.is_nested(new)
            after.append(new[0] if single else new)
        return inputs, after

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "cells": [serialize_keras_object(cell) for cell in self.cells],
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> StackedRNNCells:
        """The cells of a config, stacked."""
        config = dict(config)
        cells = [deserialize_keras_object(c, custom_objects) for c in config.pop("cells")]
        return cls(cells, **config)
