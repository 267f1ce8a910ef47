"""Threads inside worker processes: there the processors are already shared out.

joblib starts one process for each job; were each of them to use all processors, they would only
wait for each other.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Iterator

from lamina.base import config


def in_worker() -> bool:
    """Whether this process is a worker of joblib or of a pool of `multiprocessing`."""
    process = multiprocessing.current_process()
    return process.name.startswith("LokyProcess") or process.daemon


@contextlib.contextmanager
def one_thread_in_workers() -> Iterator[None]:
    """Let the engine use one thread inside, if this is a worker; `LAMINA_NUM_THREADS` wins."""
    before = config.num_threads()
    if before == 1 or not in_worker() or os.environ.get("LAMINA_NUM_THREADS"):
        yield
        return
    config.set_num_threads(1)
    try:
        yield
    finally:
        config.set_num_threads(before)
