"""Running the steps of an epoch: which batches go into one executor call.

Arrays in memory are handed over whole, with the order of their rows, and a stretch of steps runs in one call
of about 50 ms. Batches that a generator makes, and steps whose own return values are wanted, run singly.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.base import tree
from lamina.data.packing import pack_x_y_sample_weight
from lamina.data.source import ArraySource, Source
from lamina.runtime.compiled import CompiledFunction

CALL_SECONDS = 0.05


class StepRunner:
    """Runs a compiled step over the batches of a source.

    Args:
        step: takes the data of a batch, packed as (x, y, sample_weight) without trailing Nones.
        singly: whether the result of every step is wanted.
        steps_per_call: a fixed number of steps in a call, or None to fit the time.
    """

    def __init__(
        self, step: CompiledFunction, singly: bool, steps_per_call: int | None = None
    ) -> None:
        self.step = step
        self.singly = singly
        self.steps_per_call = steps_per_call
        self._seconds_per_step: float | None = None

    def epoch(
        self, source: Source, rng: np.random.Generator | None, skip: int = 0
    ) -> Iterator[tuple[int, Any]]:
        """Run an epoch; after each stretch, the number of its last step and that step's result.

        Args:
            source: the data.
            rng: draws the order of rows.
            skip: batches at the beginning not to be run.
        Yields:
            (number of steps done in the epoch, result of the step or None).
        """
        if isinstance(source, ArraySource) and not self.singly:
            for done in self._stretches(source, rng, skip):
                yield done, None
            return
        for number, batch in enumerate(source.epoch(rng), 1):
            if number > skip:
                yield number, self.step(pack_x_y_sample_weight(*batch))

    def _stretches(
        self, source: ArraySource, rng: np.random.Generator | None, skip: int
    ) -> Iterator[int]:
        order = np.ascontiguousarray(source.epoch_order(rng), dtype=np.int64)
        data = pack_x_y_sample_weight(*source.arrays)
        arrays = [a for a in tree.flatten(data) if isinstance(a, np.ndarray)]
        size = source.batch_size
        full, rest = divmod(len(order), size)
        number = min(skip, full)
        while number < full:
            traced = self.step.specialize((data,), batch=size)
            count = min(self._stretch_length(), full - number)
            start = time.perf_counter()
            traced.run_steps(arrays, order, size, number, count)
            self._seconds_per_step = (time.perf_counter() - start) / count
            number += count
            yield number
        if rest and skip <= full:
            self.step.specialize((data,), batch=rest).run_steps(arrays, order, size, full, 1)
            yield full + 1

    def _stretch_length(self) -> int:
        if self.steps_per_call is not None:
            return self.steps_per_call
        if self._seconds_per_step is None:
            return 1
        return max(1, int(CALL_SECONDS / max(self._seconds_per_step, 1e-9)))
