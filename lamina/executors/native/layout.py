"""What depends on the batch size: where local buffers lie, and into how many tasks work is cut."""

from __future__ import annotations

import numpy as np

from lamina.executors.native.blueprint import Blueprint, Part
from lamina.executors.native.storage import ALIGNMENT, element_bytes
from lamina.executors.native.words import ITEM_WORDS, LEVEL_WORDS
from lamina.ir import dims
from lamina.ir.dims import Dim

_SOLO_NANOSECONDS = 20_000  # less work than this is not shared
_TASK_NANOSECONDS = 20_000  # a task has about so much work, at least
_TASKS = 4  # of a part for each thread, at most
_BLOCK_BYTES = 256 * 1024  # what a block of rows may touch, to stay in the cache
_ROWS = 8  # blocks of rows are multiples of this, as tiles of products are


class Layout:
    """The plan for a batch size and a number of threads.

    Args:
        blueprint: of the program.
        batch: the batch size.
        threads: how many may share the work.
    Attributes:
        local: the numbers of the local buffers.
        offsets: where each of them lies, in bytes.
        size: of the memory for them.
        nanoseconds: that a step takes one thread, roughly.
        shared: whether there is work that threads share; if not, their number does not matter.
        plan: the words that the driver reads.
    """

    def __init__(self, blueprint: Blueprint, batch: int, threads: int) -> None:
        local: list[int] = []
        offsets: list[int] = []
        size = 0
        for group in blueprint.shares:
            local += group
            offsets += [size] * len(group)
            size += max(blueprint.buffers[i].bytes_at(batch) for i in group)
            size += ALIGNMENT * 5  # so that equal buffers do not start at equal addresses mod 4096
        self.local = np.array(local, "int64")
        self.offsets = np.array(offsets, "int64")
        self.size = size
        costs = [[_cost(part, batch) for part in level] for level in blueprint.levels]
        self.nanoseconds = sum(map(sum, costs))
        self.shared = any(sum(c) >= _SOLO_NANOSECONDS for c in costs)
        words: list[int] = []
        for level, c in zip(blueprint.levels, costs, strict=True):
            words += _level_words(blueprint, level, c, batch, threads)
        self.plan = np.array(words or [0], "int64")


def _cost(part: Part, batch: int) -> float:
    """Nanoseconds that all of it takes one thread, roughly."""
    return dims.at(part.turns, batch) * sum(
        dims.at(work, batch) * weight for work, weight in part.costs
    )


def _level_words(
    blueprint: Blueprint, level: tuple[Part, ...], costs: list[float], batch: int, threads: int
) -> list[int]:
    """One level of the plan: every thread's stretch of tasks has its share of each part."""
    alone = threads == 1 or sum(costs) < _SOLO_NANOSECONDS
    shares = 1 if alone else threads
    words, first = [], 0
    for part, cost in zip(level, costs, strict=True):
        units = max(1, dims.at(part.units, batch))
        grain = units
        if not alone:
            fewest = threads if cost > _SOLO_NANOSECONDS / 4 else 1
            wanted = max(fewest, min(cost // _TASK_NANOSECONDS, threads * _TASKS))
            grain = max(1, int(units // wanted + (units % wanted > 0)))
        if part.by_batch:
            grain = min(grain, _block(blueprint, part, batch))
            grain = min(units, -(-grain // _ROWS) * _ROWS)
        grain = max(grain, -(-units // 4096))
        tasks = -(-units // grain)
        count = -(-tasks // shares)
        words += [first, count, grain, units]
        first += count
    assert len(words) == ITEM_WORDS * len(level)
    total = first * shares
    head = [total, int(alone or total == 1), first]
    assert len(head) == LEVEL_WORDS
    return head + words


def _block(blueprint: Blueprint, part: Part, batch: int) -> int:
    """How many rows go through a region together."""
    per_row = fixed = 0
    for number in part.buffers:
        b = blueprint.buffers[number]
        size = dims.at(b.size, batch) * element_bytes(b.dtype)
        if isinstance(b.size, Dim):
            per_row += size // batch
        else:
            fixed += size
    if fixed > 2 * _BLOCK_BYTES:  # weights that a block would read anew from far away
        return batch
    return max(1, _BLOCK_BYTES // max(per_row, 1))
