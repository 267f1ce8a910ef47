"""A bounded sample of rows that stream by, and a count of their targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

_MOST_VALUES = 10_000  # distinct targets; what has more is no class
_ENOUGH = 20  # rows of a target, to know that it is not rare


class Sample:
    """Rows drawn evenly from all that are added: those of the lowest of numbers drawn for each.

    Args:
        most: rows to keep.
        seed: the same seed and rows give the same sample, however the rows are cut into pieces.
    Attributes:
        seen: how many rows were added.
    """

    def __init__(self, most: int, seed: int) -> None:
        self.most = most
        self.seen = 0
        self._random = np.random.default_rng(seed)
        self._limit = 1.0
        self._frames: list[pl.DataFrame] = []
        self._keys: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Take in the next rows."""
        keys = self._random.random(frame.height)
        low = keys < self._limit
        if low.any():
            self._frames.append(frame.filter(low))
            self._keys.append(keys[low])
            self._rows.append(np.flatnonzero(low) + self.seen)
        self.seen += frame.height
        if sum(map(len, self._keys)) > 2 * self.most:
            self._shrink()

    def _shrink(self) -> None:
        import polars as pl

        keys = np.concatenate(self._keys)
        if len(keys) > self.most:
            self._limit = float(np.partition(keys, self.most)[self.most])
        kept = keys < self._limit
        frame = pl.concat(self._frames, how="vertical_relaxed").filter(kept)
        self._frames = [frame]
        self._rows = [np.concatenate(self._rows)[kept]]
        self._keys = [keys[kept]]

    def drawn(self) -> tuple[pl.DataFrame, np.ndarray]:
        """The sample in the order of the table, and the rows' numbers in it."""
        self._shrink()
        return self._frames[0], self._rows[0]


class Tally:
    """How often each target occurs, as long as there are not too many different ones.

    Args:
        names: of the target's columns.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._counts: pl.DataFrame | None = None
        self._given_up = False

    def add(self, frame: pl.DataFrame) -> None:
        """Count the targets of the next rows."""
        import polars as pl

        if self._given_up:
            return
        counts = frame.group_by(self._names).len()
        if self._counts is not None:
            counts = pl.concat([self._counts, counts], how="vertical_relaxed")
            counts = counts.group_by(self._names).agg(pl.col("len").sum())
        self._given_up = counts.height > _MOST_VALUES
        self._counts = None if self._given_up else counts

    def examples(self) -> pl.DataFrame | None:
        """Every target as often as it occurs, or often enough; None if there are too many."""
        if self._counts is None:
            return None
        counts = self._counts.sort(self._names)
        times = counts["len"].clip(0, _ENOUGH).to_numpy()
        return counts.select(self._names)[np.repeat(np.arange(counts.height), times)]
