"""Running the steps of an epoch: which batches go into one executor call.

Arrays in memory are handed over whole, with the order of their rows, and a stretch of steps runs in
one call of about 50 ms. Batches that a generator makes, and steps whose own return values are
wanted, run singly.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
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
        steps_per_call: a fixed number of steps in a stretch, or None to fit the time.
        limit: the most steps in an epoch, or None.
    """

    def __init__(
        self,
        step: CompiledFunction,
        singly: bool,
        steps_per_call: int | None = None,
        limit: int | None = None,
    ) -> None:
        self.step = step
        self.singly = singly
        self.steps_per_call = steps_per_call
        self.limit = limit
        self._seconds_per_step: float | None = None
        self._began = 0

    def last_index(self, done: int) -> int:
        """The number that batch hooks get at the end of a stretch.

        As Keras counts: with a fixed number of steps in a stretch, a shorter last one counts in
        full.
        """
        if self.steps_per_call is None or self.steps_per_call == 1:
            return done - 1
        return self._began + self.steps_per_call - 1

    def epoch(
        self,
        source: Source,
        rng: np.random.Generator | None,
        begin: Callable[[int], Any],
        skip: int = 0,
    ) -> Iterator[tuple[int, list[Any]]]:
        """Run an epoch, a stretch of steps at a time.

        Args:
            source: the data.
            rng: draws the order of rows.
            begin: called with the number of a stretch's first step, counted from 0, before it runs.
            skip: batches at the beginning not to be run.
        Yields:
            (number of steps done in the epoch, results of the stretch's steps, if they are wanted).
        """
        if isinstance(source, ArraySource) and not self.singly:
            yield from self._stretches(source, rng, begin, skip)
        else:
            yield from self._single_steps(source, rng, begin, skip)

    def _single_steps(
        self, source: Source, rng: Any, begin: Callable[[int], Any], skip: int
    ) -> Iterator[tuple[int, list[Any]]]:
        batches = itertools.islice(source.epoch(rng), skip, self.limit)
        done = skip
        while stretch := list(itertools.islice(batches, 1)):
            self._began = done
            begin(done)
            results = []
            rest = (self.steps_per_call or 1) - 1
            for batch in itertools.chain(stretch, itertools.islice(batches, rest)):
                results.append(self.step(pack_x_y_sample_weight(*batch)))
            done += len(results)
            yield done, results

    def _stretches(
        self, source: ArraySource, rng: Any, begin: Callable[[int], Any], skip: int
    ) -> Iterator[tuple[int, list[Any]]]:
        order = np.ascontiguousarray(source.epoch_order(rng), dtype=np.int64)
        data = pack_x_y_sample_weight(*source.arrays)
        arrays = [a for a in tree.flatten(data) if isinstance(a, np.ndarray)]
        size = source.batch_size
        full, rest = divmod(len(order), size)
        total = min(full + (rest > 0), self.limit or full + 1)
        number = skip
        while number < total:
            self._began = number
            begin(number)
            end = min(number + self._stretch_length(), total)
            whole = min(end, full) - number
            if whole > 0:
                traced = self.step.specialize((data,), batch=size)
                start = time.perf_counter()
                traced.run_steps(arrays, order, size, number, whole)
                self._seconds_per_step = (time.perf_counter() - start) / whole
            if end > full:
                last = self.step.specialize((data,), batch=rest)
                last.run_steps(arrays, order, size, full, 1)
            number = end
            yield number, []

    def _stretch_length(self) -> int:
        if self.steps_per_call is not None:
            return self.steps_per_call
        if self._seconds_per_step is None:
            return 1
        return max(1, int(CALL_SECONDS / max(self._seconds_per_step, 1e-9)))
