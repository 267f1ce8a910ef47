"""Which process works on a folder: one at a time, and what a killed one left may be removed.

The system drops the lock when the process ends, however it ends. Where a system or a file system
knows no such locks, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lamina.base.errors import ArgumentError, message

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold a run for as long as the context lasts.

    Args:
        path: of a file of the run that is there until the run is finished.
    Raises:
        ArgumentError: another process holds it.
        FileNotFoundError: there is no such file.
    """
    with open(path, "rb") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ArgumentError(
                    message(
                        f"{str(path.parent.parent)!r} is still being trained by another process.",
                        fix="wait for it, or end it with Ctrl-C, and then go on",
                    )
                ) from None
            except OSError:
                pass  # the file system has no locks
        yield


def is_abandoned(path: Path) -> bool:
    """Whether the process that held something has ended; False where that cannot be known.

    Args:
        path: of the file that it held.
    """
    if fcntl is None:
        return False
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or no such file, or no locks
        return False
    return True
