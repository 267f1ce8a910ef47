"""Memory with watched borders: what compiled code writes beyond an array is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from lamina.executors.native import frame, memory
from lamina.executors.native.storage import ALIGNMENT

_BORDER = 64 * ALIGNMENT  # bytes on each side
_MARK = 0xA7


@dataclass
class Guards:
    """The borders of all arrays that the executor made."""

    borders: list[tuple[np.ndarray, np.ndarray, str]] = field(default_factory=list)

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """In place of `memory.aligned_empty`."""
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        whole = np.full(size + 2 * _BORDER + ALIGNMENT, _MARK, np.uint8)
        start = _BORDER - memory.address(whole[_BORDER:]) % ALIGNMENT + ALIGNMENT
        self.borders.append((whole[:start], whole[start + size :], f"{dtype}{list(shape)}"))
        return np.ndarray(shape, dtype, whole, start)

    def check(self) -> None:
        """Fail if a border was written to."""
        for before, after, name in self.borders:
            assert (before == _MARK).all(), f"written before an array {name}"
            assert (after == _MARK).all(), f"written behind an array {name}"


@contextmanager
def guarded_memory() -> Iterator[Guards]:
    """Guard what the executor allocates inside; check it at the end."""
    guards = Guards()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame, "aligned_empty", guards.empty)
        patch.setattr(memory, "aligned_empty", guards.empty)
        yield guards
    guards.check()
