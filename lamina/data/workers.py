"""Workers that fetch batches ahead of time, in threads or processes, never waited for in vain.

Batches come back in order. An exception in a worker is raised where the batch is asked for; a
worker process that dies (killed, out of memory, `os._exit`) is noticed at once and raised as
`DataWorkerError`. Threads are daemons, so a stuck one cannot keep the program from ending.
"""

import queue
import random
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from itertools import islice
from pickle import PicklingError
from typing import Any, Protocol

import numpy as np

from lamina.base.errors import LaminaError, message


class DataWorkerError(LaminaError, RuntimeError):
    """A worker that fetches batches died or ended the program."""


class Pool(Protocol):
    """What fetches batches: `submit` one by its number, `stop` all."""

    def submit(self, index: int) -> Future:
        """Ask for a batch."""
        ...

    def stop(self) -> None:
        """End the work."""
        ...


class ThreadPool:
    """Daemon threads that call `dataset[index]`.

    Args:
        dataset: has `__getitem__`.
        workers: number of threads.
    """

    def __init__(self, dataset: Any, workers: int) -> None:
        self._dataset = dataset
        self._tasks: queue.SimpleQueue = queue.SimpleQueue()
        self._workers = workers
        for number in range(workers):
            name = f"lamina-data-{number}"
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, index: int) -> Future:
        """Ask for a batch."""
        future: Future = Future()
        self._tasks.put((index, future))
        return future

    def stop(self) -> None:
        """Let each thread end after the batch it is at."""
        for _ in range(self._workers):
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            index, future = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._dataset[index])
            except BaseException as error:  # SystemExit in a thread would vanish otherwise
                future.set_exception(error)


class ProcessPool:
    """Processes that each hold a copy of the dataset.

    Before a batch is made, the `random` and `numpy.random` of its process are seeded from `seed`
    and the batch's number, so what they draw does not depend on which worker makes it.

    Processes are forked where Python does so by default, unless JAX is loaded, whose threads do not
    survive that; otherwise the dataset is pickled.

    Args:
        dataset: has `__getitem__`.
        workers: number of processes.
        seed: int.
    """

    def __init__(self, dataset: Any, workers: int, seed: int) -> None:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        method = multiprocessing.get_start_method()
        if method == "fork" and "jax" in sys.modules:
            method = "forkserver"
        self._executor = ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context(method),
            initializer=_hold,
            initargs=(dataset, seed),
        )

    def submit(self, index: int) -> Future:
        """Ask for a batch."""
        try:
            return self._executor.submit(_fetch, index)
        except (PicklingError, AttributeError, TypeError) as error:
            raise DataWorkerError(
                message(
                    "The dataset cannot be sent to worker processes.",
                    received=str(error)[:200],
                    fix="define its class in a module, or use threads: use_multiprocessing=False",
                )
            ) from error

    def stop(self) -> None:
        """Drop what is waiting and end the processes without waiting for them."""
        self._executor.shutdown(wait=False, cancel_futures=True)


_HELD: dict[str, Any] = {}  # in a worker process only: its dataset and seed


def _hold(dataset: Any, seed: int) -> None:
    _HELD.update(dataset=dataset, seed=seed)


def _fetch(index: int) -> Any:
    seed = int(np.random.SeedSequence([_HELD["seed"], index]).generate_state(1)[0])
    np.random.seed(seed)  # noqa: NPY002  the dataset is user code that may use either
    random.seed(seed)
    return _HELD["dataset"][index]


def in_order(pool: Pool, indices: Iterable[int], ahead: int, name: str) -> Iterator[Any]:
    """Batches in the order of their numbers, at most `ahead` of them being made or waiting.

    Args:
        pool: makes them; it is stopped when the iteration ends or is closed.
        indices: numbers of batches, maybe without end.
        ahead: int >= 1.
        name: the dataset's class, for messages.
    Yields:
        What the dataset returned for each number.
    Raises:
        DataWorkerError: a worker process died, or a worker tried to end the program.
        Exception: whatever the dataset raised, with a note that names the batch.
    """
    remaining = iter(indices)
    waiting: deque[tuple[int, Future]] = deque()
    try:
        while True:
            for index in islice(remaining, ahead - len(waiting)):
                waiting.append((index, _submit(pool, index, name)))
            if not waiting:
                return
            yield _result(*waiting.popleft(), name)
    finally:
        for _, future in waiting:
            future.cancel()
        pool.stop()


def _submit(pool: Pool, index: int, name: str) -> Future:
    try:
        return pool.submit(index)
    except BrokenExecutor as error:
        raise _died(index, name) from error


def _result(index: int, future: Future, name: str) -> Any:
    try:
        return future.result()
    except BrokenExecutor as error:
        raise _died(index, name) from error
    except Exception as error:
        if isinstance(error, StopIteration):
            raise DataWorkerError(f"{name}[{index}] raised StopIteration.") from error
        error.add_note(f"Raised in a data worker by {name}[{index}].")
        raise
    except BaseException as error:
        if not future.done() or future.exception() is not error:
            raise  # the user's Ctrl-C in the main thread
        raise DataWorkerError(
            message(f"A data worker was ended by {name}[{index}].", received=repr(error))
        ) from error


def _died(index: int, name: str) -> DataWorkerError:
    return DataWorkerError(
        message(
            f"A data worker process died before {name}[{index}] was there.",
            received="a process that ended by itself, was killed, or ran out of memory",
            fix="set workers=1 and use_multiprocessing=False to see the cause; where processes are "
            "not forked, the dataset's class must be in a module and the program under "
            "`if __name__ == '__main__':`",
        )
    )
