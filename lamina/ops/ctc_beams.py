"""Prefix beam search: the most probable labels, all paths that read as them added up.

The search keeps the best beginnings of labels. Each has two scores, of the paths that end in a
blank and of those that end in its last label, because a repeated label counts twice only after a
blank.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.ops.convert import as_tensor, cast_to, dtype_of
from lamina.ops.elementwise import (
    absolute,
    add,
    equal,
    exp,
    less,
    log1p,
    logical_and,
    maximum,
    negative,
    subtract,
    where,
)
from lamina.ops.indexing import one_hot, take_along_axis
from lamina.ops.reduction import all as every
from lamina.ops.reduction import logsumexp
from lamina.ops.reduction import sum as total
from lamina.ops.scans import scan
from lamina.ops.shaping import arange, concatenate, expand_dims, reshape, take_range, transpose
from lamina.runtime.dispatch import apply

_NEVER = -1e30  # the logarithm of probability 0, finite so that differences are
_NONE = -1  # stands behind the labels


def log_add(x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y)) of finite numbers, without overflow."""
    return add(maximum(x, y), log1p(exp(negative(absolute(subtract(x, y))))))


def beam_search(
    logs: Any, lengths: Any, beam_width: int, top_paths: int, blank: int
) -> tuple[Any, Any]:
    """The best labels and their scores.

    Args:
        logs: float tensor (batch, steps, classes), log probabilities.
        lengths: int32 tensor (batch,), how many steps count.
        beam_width: how many beginnings are kept.
        top_paths: how many results are given.
        blank: the blank class.
    Returns:
        (labels (top_paths, batch, steps) int32, scores (batch, top_paths)).
    """
    batch, steps, _ = logs.shape
    width = max(beam_width, top_paths)
    paths = _filled((batch, width, steps), _NONE, "int32")
    sizes = _filled((batch, width), 0, "int32")
    first = np.full((width,), _NEVER, dtypes.to_numpy(dtype_of(logs)))
    first[0] = 0
    in_blank = apply("broadcast_to", first, shape=(batch, width))
    in_label = _filled((batch, width), _NEVER, dtype_of(logs))

    def step(state: tuple, now: tuple) -> tuple[tuple, None]:
        new = _extended(state, now[0], width, blank)
        counts = less(now[1], lengths)
        shapes = [(batch,) + (1,) * (s.ndim - 1) for s in state]
        kept = [
            where(reshape(counts, shape), after, before)
            for before, after, shape in zip(state, new, shapes, strict=True)
        ]
        return tuple(kept), None

    numbers = arange(steps, dtype="int32")
    state, _ = scan(step, (paths, sizes, in_blank, in_label), (transpose(logs, (1, 0, 2)), numbers))
    scores = log_add(state[2], state[3])
    best = take_range(_falling(scores), 1, 0, top_paths)
    labels = take_along_axis(state[0], expand_dims(best, 2), 1)
    return transpose(labels, (1, 0, 2)), take_along_axis(scores, best, 1)


def _filled(shape: tuple, value: Any, dtype: str) -> Any:
    return apply("broadcast_to", cast_to(as_tensor(value), dtype), shape=shape)


def _falling(scores: Any) -> Any:
    """The places of scores (batch, n), the greatest first; of equal ones the first."""
    return apply("argsort", scores, axis=1, descending=True)


def _extended(state: tuple, logs: Any, width: int, blank: int) -> tuple:
    """One step: every beginning stays or is extended by a label, and the best are kept.

    An extension may read as another beginning that is kept; its score is then added to that one's.
    """
    paths, sizes, in_blank, in_label = state
    batch, _, steps = paths.shape
    classes = logs.shape[1]
    either = log_add(in_blank, in_label)
    last = _last(paths, sizes)
    by_class = expand_dims(logs, 1)  # (batch, 1, classes)
    is_last = one_hot(last, classes, dtype="bool")
    from_state = where(is_last, expand_dims(in_blank, 2), expand_dims(either, 2))
    is_blank = np.arange(classes) == blank
    extended = where(is_blank, _NEVER, add(from_state, by_class))  # (batch, width, classes)

    parents = _parents(paths, sizes)  # [b, q, p]: q is p and one label more
    to_last = take_along_axis(extended, _everywhere(last, width), 2)  # [b, p, q] by q's last label
    joined = where(parents, transpose(to_last, (0, 2, 1)), _NEVER)
    stay = take_along_axis(logs, maximum(last, 0), 1)
    stay = where(equal(sizes, 0), _NEVER, add(in_label, stay))
    stay_label = log_add(stay, maximum(logsumexp(joined, 2), _NEVER))
    stay_blank = add(either, take_range(logs, 1, blank, blank + 1))
    merged = _merged(parents, is_last)
    extended = where(merged, _NEVER, extended)

    flat = reshape(extended, (batch, width * classes))
    candidates = concatenate([log_add(stay_blank, stay_label), flat], 1)
    best = take_range(_falling(candidates), 1, 0, width)
    scores = take_along_axis(candidates, best, 1)
    stays = less(best, width)
    place = maximum(best - width, 0)
    parent = where(stays, best, place // classes)
    label = place % classes
    alive = apply("gt", scores, cast_to(as_tensor(_NEVER / 2), dtype_of(scores)))

    old = take_along_axis(paths, expand_dims(parent, 2), 1)
    old_size = take_along_axis(sizes, parent, 1)
    at_end = equal(expand_dims(old_size, 2), np.arange(steps, dtype="int32"))
    longer = where(at_end, expand_dims(label, 2), old)
    new = where(expand_dims(stays, 2), old, longer)
    new = where(expand_dims(alive, 2), new, _NONE)
    size = where(alive, where(stays, old_size, old_size + 1), 0)
    kept = where(stays, best, 0)
    blank_score = where(stays, take_along_axis(stay_blank, kept, 1), _NEVER)
    label_score = where(stays, take_along_axis(stay_label, kept, 1), scores)
    return (
        new,
        size,
        where(alive, blank_score, _NEVER),
        where(alive, label_score, _NEVER),
    )


def _everywhere(last: Any, width: int) -> Any:
    """Last labels (batch, q) as indices (batch, p, q)."""
    batch = last.shape[0]
    return apply("broadcast_to", expand_dims(maximum(last, 0), 1), shape=(batch, width, width))


def _last(paths: Any, sizes: Any) -> Any:
    """The last label of each path, -1 of an empty one."""
    place = expand_dims(maximum(sizes - 1, 0), 2)
    return reshape(take_along_axis(paths, place, 2), tuple(sizes.shape))


def _parents(paths: Any, sizes: Any) -> Any:
    """Whether path q is path p and one label more, bool (batch, q, p)."""
    steps = np.arange(paths.shape[2], dtype="int32")
    inside = less(steps, expand_dims(sizes - 1, 2))
    shorter = where(inside, paths, _NONE)
    same = every(equal(expand_dims(shorter, 2), expand_dims(paths, 1)), 3)
    return logical_and(same, equal(expand_dims(sizes - 1, 2), expand_dims(sizes, 1)))


def _merged(parents: Any, is_last: Any) -> Any:
    """Which extensions read as a path that is kept, bool (batch, p, classes)."""
    hits = expand_dims(cast_to(parents, "int32"), 3) * expand_dims(cast_to(is_last, "int32"), 2)
    return apply("gt", total(hits, 1), as_tensor(0))
