"""What the trainer sees of any data: epochs of batches, and how many there are.

`ArraySource` holds everything in memory, so the trainer can hand whole arrays and a row order to
the executor and run many steps in one call. All other data come batch by batch, from `BatchSource`
(batch_source.py).
"""

import math
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from lamina.base import tree
from lamina.base.errors import ArgumentError, message, near
from lamina.data.checks import check_rows

Batch = tuple[Any, Any, Any]


class Source:
    """Batches for one `fit`, `evaluate` or `predict`.

    Attributes:
        batch_size: rows in a full batch, None if the data decide it.
        steps: batches in an epoch as the user wants them, None for a whole pass over the data.
        exhausted: True when no further epoch can give a batch; the trainer stops then.
        seed: int from which the order of rows is drawn where `epoch` is given no generator.
        check: called with each batch that was not in memory from the start; raises if it is wrong.
    """

    batch_size: int | None = None
    steps: int | None = None
    exhausted = False
    check: Callable[[Batch], None] | None = None

    def __init__(self, steps: int | None = None, seed: int | None = None) -> None:
        self.steps = steps
        self._seed = seed

    @cached_property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self._seed)

    @property
    def num_batches(self) -> int | None:
        """Batches in an epoch, None while unknown."""
        raise NotImplementedError

    def peek(self, rng: np.random.Generator | None = None) -> Batch:
        """A batch (x, y, sample_weight) that shows shapes and dtypes; no data are lost."""
        raise NotImplementedError

    def epoch(self, rng: np.random.Generator | None = None) -> Iterator[Batch]:
        """The batches (x, y, sample_weight) of the next epoch."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop workers, if there are any. Safe to call more than once."""


def warn_out_of_data(wanted: int, seen: int) -> None:
    """Say that an epoch ended before its number of steps."""
    warnings.warn(
        f"Your input ran out of data after {seen} of {wanted} steps; the epoch ends here. "
        "Make sure that the data give at least `steps_per_epoch * epochs` batches.",
        UserWarning,
        stacklevel=3,
    )


class ArraySource(Source):
    """Data that lie in memory as arrays.

    Args:
        arrays: (x, y, sample_weight), each a structure of arrays with equally many rows, or None.
        batch_size: rows in a batch. None: ceil(rows / steps) if `steps` is given, else 32.
        steps: batches in an epoch. None: a whole pass. An epoch then goes on where the last one
            stopped.
        shuffle: True draws a new order of rows for each pass, "batch" shuffles inside each batch
            only, False keeps the order.
        seed: where `order` is given no generator, one seeded with this draws the order.
    Attributes:
        arrays: as given.
        num_rows: int.
        total_batches: batches in a whole pass, the smaller last one included.
        shuffle: as given.
    Raises:
        ArgumentError: different numbers of rows, no rows, or an unknown `shuffle`.
    Example:
        >>> source = ArraySource((np.zeros((5, 2)), None, None), batch_size=2)
        >>> source.num_batches, [len(x) for x, _, _ in source.epoch()]
        (3, [2, 2, 1])
    """

    batch_size: int

    def __init__(
        self,
        arrays: Batch,
        batch_size: int | None = None,
        steps: int | None = None,
        shuffle: bool | str = False,
        seed: int | None = None,
    ) -> None:
        super().__init__(steps, seed)
        self.arrays = arrays
        self.num_rows = check_rows(arrays)
        self.batch_size = batch_size or (math.ceil(self.num_rows / steps) if steps else 32)
        self.total_batches = math.ceil(self.num_rows / self.batch_size)
        self.shuffle = check_shuffle(shuffle)
        self._order: np.ndarray | None = None
        self._next_batch = 0

    @property
    def num_batches(self) -> int:
        """Batches in an epoch: `steps` if given, else those of a whole pass."""
        return self.steps or self.total_batches

    def order(self, rng: np.random.Generator | None = None) -> np.ndarray:
        """An order of all rows for one pass.

        Args:
            rng: draws the order; the same state gives the same order. None: the source's own.
        Returns:
            int64 array (num_rows,); batch i is rows order[i * batch_size : (i + 1) * batch_size].
        """
        if not self.shuffle:
            return np.arange(self.num_rows, dtype=np.int64)
        rng = rng or self._rng
        if self.shuffle == "batch":
            rows = np.arange(self.num_rows, dtype=np.int64)
            full = self.num_rows - self.num_rows % self.batch_size
            rows[:full] = rng.permuted(rows[:full].reshape(-1, self.batch_size), axis=1).ravel()
            rng.shuffle(rows[full:])
            return rows
        return rng.permutation(self.num_rows).astype(np.int64, copy=False)

    def epoch_order(self, rng: np.random.Generator | None = None) -> np.ndarray:
        """The rows of the next epoch, in order.

        Args:
            rng: draws the order where a new pass begins.
        Returns:
            int64 array: all rows, or those of `steps` batches, going on where the last epoch
            stopped. It is shorter, with a warning, where the pass ends before `steps` batches.
        """
        if self.steps is None:
            return self.order(rng)
        if self._order is None:
            self._order, self._next_batch = self.order(rng), 0
        first, last = self._next_batch, min(self._next_batch + self.steps, self.total_batches)
        rows = self._order[first * self.batch_size : last * self.batch_size]
        if last - first < self.steps:
            warn_out_of_data(self.steps, last - first)
        self._next_batch = last
        if last == self.total_batches:
            self._order = None
        return rows

    def get_state(self) -> dict[str, Any]:
        """Order and position of an unfinished pass, for a later `set_state`."""
        return {"order": self._order, "next_batch": self._next_batch}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take up a pass where `get_state` found it.

        Args:
            state: what `get_state` returned, for data with the same number of rows.
        """
        order = state["order"]
        if order is not None and len(order) != self.num_rows:
            raise ArgumentError(
                message(
                    "A saved order of rows does not fit the data.",
                    received=f"{self.num_rows} rows",
                    required=f"{len(order)} rows, as when it was saved",
                )
            )
        self._order, self._next_batch = order, state["next_batch"]

    def take(self, rows: np.ndarray | slice) -> Batch:
        """The rows named, as a batch (x, y, sample_weight).

        Args:
            rows: int64 array of row numbers, or a slice.
        Returns:
            Structures like `arrays`.
        """
        return tree.map_structure(lambda a: a[rows], self.arrays, none_is_leaf=False)

    def peek(self, rng: np.random.Generator | None = None) -> Batch:
        """The first batch of the unshuffled data."""
        return self.take(slice(0, self.batch_size))

    def epoch(self, rng: np.random.Generator | None = None) -> Iterator[Batch]:
        """The batches of the next epoch, one by one."""
        rows = self.epoch_order(rng)
        for first in range(0, len(rows), self.batch_size):
            yield self.take(rows[first : first + self.batch_size])


def check_shuffle(shuffle: Any) -> bool | str:
    """`shuffle` as True, False or "batch".

    Raises:
        ArgumentError: any other value.
    """
    if shuffle == "batch":
        return "batch"
    if shuffle is None or isinstance(shuffle, (bool, int, np.bool_)):
        return bool(shuffle)
    raise ArgumentError(
        message(
            "Unknown value for `shuffle`.",
            received=repr(shuffle)[:80],
            required="True, False or 'batch'",
            fix=near(shuffle, ["batch"]) or None,
        )
    )
