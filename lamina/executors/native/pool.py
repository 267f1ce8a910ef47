"""The helper threads of this process, asleep except while a job runs.

A job is one call of generated code. `job` wakes the helpers and gives the pointer that the code
hands to `lamina_parallel`; each helper then sits in `lamina_work`, without Python's lock, until the
job is over. Nobody waits for a helper to wake or to leave. One job runs at a time: a second Python
thread gets a null pointer and its code runs alone. So does code with `num_threads()` 1.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable

from lamina.base import config
from lamina.executors.native import machine, objects, parallel

_ALIGNMENT = 128


class Pool:
    """Helper threads and the memory in which they meet whoever leads a job."""

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._gates: list[threading.Lock] = []  # one per helper; it waits while its gate is locked
        self._control: _Control | None = None

    def begin(self) -> int:
        """Start a job if there are helpers and no other job runs.

        Returns:
            The pool's address, or 0; `end` must follow unless it is 0.
        """
        helpers = min(config.num_threads(), parallel.MOST_THREADS) - 1
        if helpers < 1 or not self._busy.acquire(blocking=False):
            return 0
        try:
            if self._control is None:
                self._control = _Control()
            self._hire(helpers)
            if not self._gates:
                self._busy.release()
                return 0
            self._control.threads.value = helpers + 1
            self._control.change_job()
            for gate in self._gates[:helpers]:
                if gate.locked():  # an open gate has not been passed yet; it need not open twice
                    gate.release()
        except BaseException:
            self._busy.release()
            raise
        return self._control.address

    def end(self) -> None:
        """End the job; the helpers leave by themselves."""
        assert self._control is not None
        self._control.change_job()
        self._busy.release()

    def _hire(self, helpers: int) -> None:
        """Start threads until there are enough, or until the system gives no more."""
        assert self._control is not None
        while len(self._gates) < helpers:
            gate = threading.Lock()
            gate.acquire()
            number = len(self._gates) + 1
            helper = threading.Thread(
                target=_help,
                args=(gate, self._control.work, self._control.address, number),
                name=f"lamina-{number}",
                daemon=True,
            )
            try:
                helper.start()
            except RuntimeError:  # too many threads, or the interpreter is ending
                return
            self._gates.append(gate)


def job() -> _Job:
    """A `with` block around one call of generated code; it yields the pool's address, or 0.

    Example:
        >>> with job() as pool:
        ...     pass  # call native code with `pool`
    """
    return _Job()


class _Job:
    def __enter__(self) -> int:
        self._pool = _POOLS[-1]
        self._address = self._pool.begin()
        return self._address

    def __exit__(self, *error: object) -> None:
        if self._address:
            self._pool.end()


class _Control:
    """The control block of `parallel`; it stays for good, since a helper may look at it late."""

    def __init__(self) -> None:
        size = parallel.CLAIMS + parallel.CLAIM_BYTES * parallel.MOST_THREADS
        block = ctypes.create_string_buffer(size + _ALIGNMENT)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(block))  # never freed
        start = ctypes.addressof(block)
        offset = -start % _ALIGNMENT
        self.address = start + offset
        self._job = ctypes.c_int64.from_buffer(block, offset + parallel.JOB)
        self.threads = ctypes.c_int64.from_buffer(block, offset + parallel.THREADS)
        yields, sleeps, sleep_time = _waiting_functions()
        ctypes.c_void_p.from_buffer(block, offset + parallel.YIELD).value = yields
        ctypes.c_void_p.from_buffer(block, offset + parallel.SLEEP).value = sleeps
        ctypes.c_int32.from_buffer(block, offset + parallel.SLEEP_TIME).value = sleep_time
        code = objects.load_parallel(machine.chosen())
        self.work = code.function(parallel.WORK, ctypes.c_void_p, ctypes.c_int64)

    def change_job(self) -> None:
        """Count up: odd while a job runs, even between jobs."""
        self._job.value += 1


def _help(gate: threading.Lock, work: Callable[[int, int], None], pool: int, number: int) -> None:
    """The life of a helper thread."""
    while True:
        gate.acquire()
        work(pool, number)


def _waiting_functions() -> tuple[int | None, int | None, int]:
    """The system's functions to offer the core and to sleep shortly, and the latter's argument."""
    if os.name == "nt":
        library, names, time = ctypes.CDLL("kernel32"), ("SwitchToThread", "Sleep"), 1
    else:
        library, names, time = ctypes.CDLL(None), ("sched_yield", "usleep"), 100
    yields, sleeps = (ctypes.cast(getattr(library, name), ctypes.c_void_p) for name in names)
    return yields.value, sleeps.value, time


_POOLS = [Pool()]  # the last one is this process's; a child made by fork begins without threads


def _begin_anew() -> None:
    _POOLS.append(Pool())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
