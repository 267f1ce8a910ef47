"""Connectionist temporal classification: the loss, and reading labels from outputs.

A path names a class for each time step; dropping repetitions and then the blank class reads its
labels. The loss adds up the probabilities of all paths that read as the target.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ShapeError, message, near
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of
from lamina.ops.ctc_beams import beam_search, log_add
from lamina.ops.elementwise import (
    add,
    equal,
    greater,
    greater_equal,
    less,
    logical_and,
    logical_not,
    maximum,
    negative,
    not_equal,
    where,
)
from lamina.ops.elementwise import clip as clipped
from lamina.ops.indexing import take_along_axis
from lamina.ops.nn_softmax import log_softmax
from lamina.ops.reduction import argmax, argsort
from lamina.ops.reduction import max as greatest
from lamina.ops.reduction import sum as total
from lamina.ops.registration import op
from lamina.ops.scans import scan
from lamina.ops.shaping import arange, expand_dims, reshape, stack, take_range, transpose
from lamina.runtime.dispatch import apply

_IMPOSSIBLE = -1e5  # the logarithm that stands for probability 0, finite so that slopes are


@op
def ctc_loss(
    target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0
) -> Any:
    """-log of the probability that a path through the outputs reads as the target.

    Args:
        target: integer tensor (batch, labels).
        output: tensor (batch, steps, classes), logits.
        target_length: integer tensor (batch,), how many labels count.
        output_length: integer tensor (batch,), how many steps count.
        mask_index: the blank class.
    Returns:
        Float tensor (batch,); 1e5 or more where no path reads as the target.
    Raises:
        ShapeError: the shapes do not fit.
    Source: Graves et al. (2006), "Connectionist temporal classification", section 4.1.
    """
    target = cast_to(as_tensor(target), "int32")
    output = as_tensor(output)
    if target.ndim != 2 or output.ndim != 3 or not dims.same(target.shape[0], output.shape[0]):
        raise ShapeError(
            message(
                "ctc_loss: `target` and `output` must have the same first dimension.",
                received=f"target {tuple(target.shape)}, output {tuple(output.shape)}",
                required="(batch, labels) and (batch, steps, classes)",
            )
        )
    dtype = dtypes.result_type(dtype_of(output), "float32")
    logs = log_softmax(cast_to(output, dtype), -1)
    states = _among_blanks(clipped(target, 0, output.shape[2] - 1), mask_index)
    jumps = _jumps(target, dtype)
    logs = take_along_axis(logs, expand_dims(states, 1), 2)  # (batch, steps, states)
    lengths = expand_dims(cast_to(as_tensor(output_length), "int32"), 1)

    def step(scores: Any, now: tuple[Any, Any]) -> tuple[Any, None]:
        logs_now, number = now
        over = add(_moved(scores, 2), jumps)
        reached = log_add(log_add(scores, _moved(scores, 1)), over)
        return where(less(number, lengths), add(reached, logs_now), scores), None

    start = np.full(jumps.shape[1], _IMPOSSIBLE, dtypes.to_numpy(dtype))
    start[0] = 0
    scores = apply("broadcast_to", start, shape=tuple(jumps.shape))
    steps = arange(output.shape[1], dtype="int32")
    scores, _ = scan(step, scores, (transpose(logs, (1, 0, 2)), steps))
    return negative(_at_the_end(scores, cast_to(as_tensor(target_length), "int32")))


def _among_blanks(labels: Any, blank: Any) -> Any:
    """(batch, n) -> (batch, 2 n + 1): a blank before, between and behind the labels."""
    batch, count = labels.shape
    blanks = apply(
        "broadcast_to", cast_to(as_tensor(blank), dtype_of(labels)), shape=(batch, count)
    )
    pairs = reshape(stack([blanks, labels], 2), (batch, 2 * count))
    return apply("pad", pairs, low=(0, 0), high=(0, 1), interior=(0, 0), value=blank)


def _jumps(target: Any, dtype: str) -> Any:
    """0 at states that may be reached over the blank before them, `_IMPOSSIBLE` at others."""
    count = target.shape[1]
    if count == 0:
        return cast_to(_among_blanks(target, 0), dtype) + _IMPOSSIBLE
    differs = not_equal(take_range(target, 1, 1, count), take_range(target, 1, 0, count - 1))
    cost = where(differs, 0.0, _IMPOSSIBLE)
    first = apply("pad", cost, low=(0, 1), high=(0, 0), interior=(0, 0), value=_IMPOSSIBLE)
    return cast_to(_among_blanks(first, _IMPOSSIBLE), dtype)


def _moved(scores: Any, places: int) -> Any:
    """Scores moved to later states."""
    count = scores.shape[1]
    kept = take_range(scores, 1, 0, max(count - places, 0))
    low = (0, min(places, count))
    return apply("pad", kept, low=low, high=(0, 0), interior=(0, 0), value=_IMPOSSIBLE)


def _at_the_end(scores: Any, length: Any) -> Any:
    """The score of having read all labels: in the last label's state or in the blank after it."""
    last = expand_dims(length * 2, 1)
    blank = take_along_axis(scores, last, 1)
    label = take_along_axis(scores, maximum(last - 1, 0), 1)
    both = where(greater(last, 0), log_add(blank, label), blank)
    return reshape(both, (scores.shape[0],))


@op
def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> Any:
    """The labels that outputs read as.

    Args:
        inputs: tensor (batch, steps, classes), logits or log probabilities.
        sequence_lengths: integer tensor (batch,), how many steps count.
        strategy: "greedy" takes the best class of each step, "beam_search" looks for the best
            labels.
        beam_width: how many beginnings are kept while searching.
        top_paths: how many results the search gives.
        merge_repeated: whether "greedy" drops repetitions.
        mask_index: the blank class; None for the last one.
    Returns:
        (labels, scores): int32 (paths, batch, steps), -1 behind the labels; float (batch, paths):
        log probabilities of the search, or minus the sum of the best outputs for "greedy".
    Raises:
        ArgumentError: an unknown strategy.
    """
    inputs = as_tensor(inputs)
    inputs = cast_to(inputs, dtypes.result_type(dtype_of(inputs), "float32"))
    lengths = cast_to(as_tensor(sequence_lengths), "int32")
    blank = inputs.shape[2] - 1 if mask_index is None else mask_index
    if strategy == "greedy":
        return _greedy(inputs, lengths, merge_repeated, blank)
    if strategy == "beam_search":
        return beam_search(log_softmax(inputs, -1), lengths, beam_width, top_paths, blank)
    known = ("greedy", "beam_search")
    raise ArgumentError(
        message(
            f"Invalid strategy {strategy}. {near(strategy, known)}".rstrip(),
            required="'greedy' or 'beam_search'",
        )
    )


def _greedy(inputs: Any, lengths: Any, merge_repeated: bool, blank: int) -> tuple[Any, Any]:
    count = inputs.shape[1]
    steps = reshape(arange(count, dtype="int32"), (1, count))
    beyond = greater_equal(steps, expand_dims(lengths, 1))
    labels = where(beyond, blank, argmax(inputs, -1))
    scores = where(beyond, 0.0, greatest(inputs, -1))
    if merge_repeated and count > 1:
        same = equal(take_range(labels, 1, 1, count), take_range(labels, 1, 0, count - 1))
        repeated = apply("pad", same, low=(0, 1), high=(0, 0), interior=(0, 0), value=False)
        labels = where(logical_and(repeated, logical_not(beyond)), blank, labels)
    dropped = equal(labels, blank)
    order = argsort(where(dropped, count, steps), -1)
    labels = take_along_axis(where(dropped, -1, labels), order, 1)
    return expand_dims(labels, 0), expand_dims(negative(total(scores, 1)), 1)
