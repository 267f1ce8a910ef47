"""One BLAS thread while a program runs.

The products of small networks gain nothing from a second thread, lose much where another process
keeps the other core busy, and could round differently with another number of threads. So the number
is always one.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    """The BLAS libraries that are loaded, looked up once."""
    return ThreadpoolController()


def one_thread() -> AbstractContextManager:
    """Inside this block, BLAS uses one thread."""
    return _controller().limit(limits=1, user_api="blas")
