"""Dropout in recurrent cells: one mask for all steps of a sequence.

A new mask at every step would wipe out what the states remember, so the layer draws the masks once,
before its loop, and the cell holds them as long as the loop runs. A cell called alone draws anew.

Source: Gal, Ghahramani (2016), arXiv:1512.05287.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lamina import ops, random
from lamina.base import tree

Masks = list[Any] | None


class RecurrentDropout:
    """Mixed into cells; they say how many masks a step needs, in `mask_count`."""

    dropout: float
    recurrent_dropout: float
    mask_count: int
    seed_generator: Any
    _held: tuple[Masks, Masks] | None = None

    def _set_dropout(self, dropout: float, recurrent_dropout: float, seed: Any) -> None:
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed=seed)

    def input_masks(self, inputs: Any, training: bool) -> Masks:
        """Masks for inputs, one for all gates or one for each; None if nothing is dropped."""
        if not training:
            return None
        return self._held[0] if self._held else self._draw(inputs, self.dropout)

    def state_masks(self, state: Any, training: bool) -> Masks:
        """Masks for the state, one for all gates or one for each; None if nothing is dropped."""
        if not training:
            return None
        return self._held[1] if self._held else self._draw(state, self.recurrent_dropout)

    def _draw(self, x: Any, rate: float) -> Masks:
        if not rate:
            return None
        ones = ops.ones_like(x)
        return [
            random.dropout(ones, rate, seed=self.seed_generator) for _ in range(self.mask_count)
        ]

    def hold(self, inputs: Any, state: Any) -> None:
        """Draw the masks for the steps to come."""
        masks = self._draw(inputs, self.dropout), self._draw(state, self.recurrent_dropout)
        object.__setattr__(self, "_held", masks)  # not state, so not tracked

    def release(self) -> None:
        """Forget the masks."""
        object.__setattr__(self, "_held", None)


@contextmanager
def held_masks(cell: Any, sequences: Any, states: Any, training: bool) -> Iterator[None]:
    """Inside this block a cell, or each of stacked cells, drops the same elements at every step.

    Args:
        cell: any cell; nothing happens to one without dropout.
        sequences: tensor (batch, time, …) of what comes in.
        states: the cell's states.
        training: whether anything is dropped.
    """
    held = list(_hold(cell, sequences[:, 0], states)) if training and _drops(cell) else []
    try:
        yield
    finally:
        for one in held:
            one.release()


def _drops(cell: Any) -> bool:
    if isinstance(cell, RecurrentDropout):
        return bool(cell.dropout or cell.recurrent_dropout)
    return any(_drops(c) for c in getattr(cell, "cells", ()))


def _hold(cell: Any, inputs: Any, states: Any) -> Iterator[RecurrentDropout]:
    if isinstance(cell, RecurrentDropout):
        cell.hold(inputs, states[0] if tree.is_nested(states) else states)
        yield cell
    for inner, inner_states in zip(getattr(cell, "cells", ()), states, strict=False):
        yield from _hold(inner, inputs, inner_states)
        inner_states = inner_states if tree.is_nested(inner_states) else [inner_states]
        inputs, _ = inner(inputs, inner_states)  # what the next cell's inputs look like


def gated_product(
    x: Any,
    kernel: Any,
    masks: Masks,
    product: Callable[[Any, Any], Any] = ops.matmul,
    axis: int = -1,
) -> Any:
    """x · kernel, where each gate (a block of columns) may see x through a mask of its own.

    Args:
        x: tensor (…, features).
        kernel: tensor (…, features, gates * units).
        masks: None, one mask for all gates, or one for each; of x's shape.
        product: (x, kernel) -> tensor; a convolution where kernels have space.
        axis: the axis of the product along which its gates stand.
    Returns:
        Tensor with gates * units places along `axis`.
    """
    if masks is None:
        return product(x, kernel)
    if len(masks) == 1:
        return product(ops.multiply(x, masks[0]), kernel)
    blocks = ops.split(kernel, len(masks), axis=-1)
    parts = [
        product(ops.multiply(x, mask), block) for mask, block in zip(masks, blocks, strict=True)
    ]
    return ops.concatenate(parts, axis=axis)
