"""`PyDataset`: batches by number, made by the user's own code, in this process or in workers."""

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message


class PyDataset:
    """Base class for data whose batches are made by number.

    A subclass writes `__getitem__`, which returns a whole batch x, (x, y) or (x, y, sample_weight),
    and `__len__` or `num_batches`, the number of batches.

    Args:
        workers: int. How many threads or processes make batches ahead of time. 1 without
            multiprocessing makes each batch in the training thread when it is needed. Default 1.
        use_multiprocessing: bool. Use processes, which helps where making a batch is slow Python
            code; the dataset must be picklable. Default False: threads.
        max_queue_size: int. How many batches are made ahead at most. Default 10.
    Example:
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 2
        ...     def __getitem__(self, index):
        ...         x = np.arange(3.0) + 3 * index
        ...         return x, x**2
        >>> [y.tolist() for _, y in Squares()]
        [[0.0, 1.0, 4.0], [9.0, 16.0, 25.0]]
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        for name, value in (("workers", workers), ("max_queue_size", max_queue_size)):
            if not hasattr(value, "__index__") or value < 0:
                raise ArgumentError(
                    message(f"PyDataset: `{name}` cannot be used.", repr(value)[:80], "an int >= 0")
                )
        self._workers = workers
        self._use_multiprocessing = use_multiprocessing
        self._max_queue_size = max_queue_size

    def _setting(self, name: str, default: Any) -> Any:
        if not hasattr(self, name):
            setattr(self, name, default)
            warnings.warn(
                f"`{type(self).__name__}.__init__` should call `super().__init__(**kwargs)`, which "
                "takes `workers`, `use_multiprocessing` and `max_queue_size`; otherwise the "
                "defaults are used.",
                UserWarning,
                stacklevel=3,
            )
        return getattr(self, name)

    @property
    def workers(self) -> int:
        """Number of threads or processes."""
        return self._setting("_workers", 1)

    @workers.setter
    def workers(self, value: int) -> None:
        self._workers = value

    @property
    def use_multiprocessing(self) -> bool:
        """Whether the workers are processes."""
        return self._setting("_use_multiprocessing", False)

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._use_multiprocessing = value

    @property
    def max_queue_size(self) -> int:
        """How many batches are made ahead at most."""
        return self._setting("_max_queue_size", 10)

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        self._max_queue_size = value

    def __getitem__(self, index: int) -> Any:
        """The batch with a number.

        Args:
            index: int from 0.
        Returns:
            x, (x, y) or (x, y, sample_weight).
        """
        raise NotImplementedError(f"{type(self).__name__} must define `__getitem__(self, index)`.")

    def __iter__(self) -> Iterator[Any]:
        """All batches in order, made in this thread; without end if the number is None."""
        count = self.num_batches
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    @property
    def num_batches(self) -> int | None:
        """Number of batches; None means that there is no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(
            f"{type(self).__name__} must define `__len__(self)` or the property `num_batches`."
        )

    def on_epoch_begin(self) -> None:
        """Called before the first batch of each epoch."""

    def on_epoch_end(self) -> None:
        """Called after the last batch of each epoch."""


def start_pass(dataset: Any, shuffle: bool, rng: np.random.Generator) -> Iterator[Any]:
    """One run over a dataset's batches, with the workers it asks for.

    Args:
        dataset: a `PyDataset`.
        shuffle: take the batches in an order drawn from `rng`; ignored where they have no end.
        rng: random generator.
    Returns:
        Iterator of batches. Closing it stops the workers.
    Raises:
        ArgumentError: the dataset has no batches.
    """
    count = dataset.num_batches
    name = type(dataset).__name__
    if count is not None and count < 1:
        raise ArgumentError(
            message(
                f"The PyDataset {name!r} has no batches.",
                received=f"{count} batches",
                fix="check __len__: ceil(rows / batch_size), not rows // batch_size",
            )
        )
    indices = itertools.count() if count is None else range(count)
    if shuffle and count is not None:
        indices = rng.permutation(count).tolist()
    workers, processes = dataset.workers, dataset.use_multiprocessing
    if workers < 1 or (workers == 1 and not processes):
        return (dataset[index] for index in indices)
    seed = int(rng.integers(2**32))
    from lamina.data.workers import ProcessPool, ThreadPool, in_order  # few datasets need them

    pool = ProcessPool(dataset, workers, seed) if processes else ThreadPool(dataset, workers)
    return in_order(pool, indices, max(1, dataset.max_queue_size), name)
