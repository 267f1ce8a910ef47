"""The loop over time that all recurrent layers run: steps, masks, direction.

A step takes the inputs of one moment and the states, and gives an output and new states. The loop
is one `scan` while a program is traced, and a Python loop on arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.base import tree
from lamina.base.errors import ShapeError, message
from lamina.ops.numpy_only import shapes_only

Step = Callable[[Any, Any], tuple[Any, Any]]


def rnn(
    step: Step,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, Any]:
    """Run a step over all moments of sequences.

    Args:
        step: (inputs of a moment, states) -> (output, new states).
        inputs: tensor (batch, time, …), or a structure of them.
        initial_states: structure of tensors (batch, …).
        go_backwards: whether the last moment comes first.
        mask: bool tensor (batch, time), or (batch, time, …) where a moment counts if any element
            does; in a masked moment states stay as they were. None: all moments count.
        unroll: whether the steps stand in the program one after the other, instead of a loop.
        zero_output_for_mask: whether the output of a masked moment is 0, not the one before.
        return_all_outputs: whether the outputs of all moments are wanted.
    Returns:
        (last output, outputs (batch, time, …) in the order of processing or None, final states).
    Raises:
        ShapeError: there are no moments.
    """
    moments = tree.map_structure(_time_first, inputs)
    count = tree.flatten(moments)[0].shape[0]
    if count is None or (isinstance(count, int) and count == 0):
        raise ShapeError(
            message("A recurrent layer needs at least one time step.", f"{count} time steps")
        )
    slices = (moments, None if mask is None else _time_first(_one_a_moment(mask)))

    def advance(states: Any, moment: tuple[Any, Any]) -> tuple[Any, Any]:
        x, present = moment
        output, after = step(x, states)
        after = tree.pack_sequence_as(states, tree.flatten(after))
        if present is None:
            return after, output
        before = ops.zeros_like(output) if zero_output_for_mask else _last_output(states)
        kept = tree.map_structure(lambda new, old: _choose(present, new, old), after, states)
        return kept, _choose(present, output, before)

    # Where only shapes are wanted, a million steps written out would take minutes.
    loop = _unrolled if unroll and not shapes_only() else ops.scan
    states, outputs = loop(advance, initial_states, slices, reverse=go_backwards)
    last = outputs[0 if go_backwards else -1]
    if not return_all_outputs:
        return last, None, states
    if go_backwards:
        outputs = ops.flip(outputs, axis=0)
    return last, _time_first(outputs), states


def _unrolled(advance: Step, states: Any, slices: Any, reverse: bool) -> tuple[Any, Any]:
    """What `ops.scan` does, with the steps written out."""
    count = tree.flatten(slices)[0].shape[0]
    outputs = [None] * count
    for i in reversed(range(count)) if reverse else range(count):
        moment = tree.map_structure(lambda x, i=i: None if x is None else x[i], slices)
        states, outputs[i] = advance(states, moment)
    return states, ops.stack(outputs)


def _time_first(x: Any) -> Any:
    """The tensor with its first two axes exchanged."""
    return ops.transpose(x, (1, 0, *range(2, x.ndim)))


def _one_a_moment(mask: Any) -> Any:
    """A mask of any shape (batch, time, …) as (batch, time)."""
    mask = ops.cast(mask, "bool")
    return ops.any(mask, axis=tuple(range(2, mask.ndim))) if mask.ndim > 2 else mask


def _last_output(states: Any) -> Any:
    """The output before: the first state, of stacked cells the last cell's first."""
    return states[-1][0] if tree.is_nested(states[0]) else states[0]


def _choose(present: Any, new: Any, old: Any) -> Any:
    """Row by row, the new value where the moment counts, else the old one."""
    for _ in range(new.ndim - 1):
        present = ops.expand_dims(present, -1)
    return ops.where(present, new, old)
