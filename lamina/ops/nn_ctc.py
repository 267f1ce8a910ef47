"""Connectionist temporal classification: the loss, and decoding of its outputs.

A path names a class for each time step; the blank class and repetitions are dropped to read its labels. The
loss adds up the probabilities of all paths that read as the target.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ShapeError, message, near
from lamina.ir import dims
from lamina.ir.program import Tensor
from lamina.ops.convert import as_tensor, cast_to, dtype_of
from lamina.ops.ctc_beams import beam_search
from lamina.ops.elementwise import add, equal, exp, greater_equal, log1p, where
from lamina.ops.elementwise import absolute, maximum, negative, subtract
from lamina.ops.indexing import take_along_axis
from lamina.ops.nn_softmax import log_softmax
from lamina.ops.reduction import argmax, argsort
from lamina.ops.reduction import max as greatest
from lamina.ops.reduction import sum as total
from lamina.ops.registration import op
from lamina.ops.scans import scan
from lamina.ops.shaping import arange, concatenate, expand_dims, pad, reshape, stack, transpose
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
        Float tensor (batch,); about 1e5 where no path reads as the target.
    Raises:
        ShapeError: the batch sizes differ.
    Source: Graves et al. (2006), "Connectionist temporal classification", section 4.1.
    """
    target = cast_to(as_tensor(target), "int32")
    output = as_tensor(output)
    _check_first_axis("target", target, "output", output)
    output = cast_to(output, dtypes.result_type(dtype_of(output), "float32"))
    batch, count = target.shape
    logs = log_softmax(output, -1)
    states = _with_blanks(target, mask_index)
    jumps = _may_jump(target, dtype_of(logs))
    emitted = take_along_axis(logs, expand_dims(states, 1), 2)  # (batch, steps, states)
    start = np.full(2 * count + 1, _IMPOSSIBLE, dtypes.to_numpy(dtype_of(logs)))
    start[0] = 0
    forward = apply("broadcast_to", start, shape=(batch, 2 * count + 1))
    steps = arange(output.shape[1], dtype="int32")

    def step(scores: Any, now: tuple[Any, Any, Any]) -> tuple[Any, None]:
        logs_now, number = now
        beside = _moved(scores, 1)
        over = add(_moved(scores, 2), jumps)
        first = cast_to(apply("eq", number, as_tensor(0)), dtype_of(scores))
        stay = add(scores, first_stays(first, count, dtype_of(scores)))
        reached = add(_log_add(_log_add(stay, beside), over), logs_now)
        counts = apply("lt", number, lengths)
        return where(counts, reached, scores), None

    lengths = expand_dims(cast_to(as_tensor(output_length), "int32"), 1)
    scores, _ = scan(step, forward, (transpose(emitted, (1, 0, 2)), steps))
    ends = expand_dims(cast_to(as_tensor(target_length), "int32"), 1)
    return None
