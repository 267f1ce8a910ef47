"""Which part a row belongs to, told from the row alone: for tables that stream by.

A hash of the cells that may be read decides, so that equal rows are on one side; or of the cell
that names its group; or its moment decides. No row needs to know of another. The hash is that of
polars, which may change it from one of its versions to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.tables.errors import TableError
from lamina.tables.kinds import Kind
from lamina.tables.moments import time_kind, times
from lamina.tables.prepared import input_names
from lamina.tables.settings import Settings
from lamina.tables.splits import TEST, TRAIN, VALIDATION

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Rule:
    """How a row's part is found.

    Attributes:
        names: of the columns that decide.
        edges: numbers from which rows validate, and test.
        seed: of the hash; numbers are then from 0 to 1.
        time: the kind of the one column, where its moments are the numbers.
    """

    names: tuple[str, ...]
    edges: tuple[float, float]
    seed: int = 0
    time: Kind | None = None

    def parts(self, frame: pl.DataFrame) -> np.ndarray:
        """(rows,) int8, see `splits`; rows without a moment train.

        Args:
            frame: any rows with the columns that decide.
        """
        if self.time is not None:
            numbers = times(frame[self.names[0]], self.time)
        else:
            numbers = (frame.select(self.names).hash_rows(self.seed).to_numpy() >> 11) * 2.0**-53
        part = np.full(frame.height, TRAIN, np.int8)
        for number, edge in ((VALIDATION, self.edges[0]), (TEST, self.edges[1])):
            part[numbers >= edge] = number
        return part

    @property
    def note(self) -> str:
        """What it does, for people."""
        if self.time is not None:
            return "in order of time: the earliest rows train, the latest test"
        if len(self.names) == 1:
            return f"a hash of {self.names[0]} decides where a row belongs: none is in two parts"
        return "a hash of the inputs decides where a row belongs: equal rows are in one part"


def find_rule(sample: pl.DataFrame, settings: Settings) -> Rule:
    """The rule that settings ask for.

    Args:
        sample: rows drawn from all.
        settings: of the run.
    Raises:
        TableError: no row of the sample has a time.
    """
    shares = np.array(settings.split) / sum(settings.split)
    first, second = float(shares[TRAIN]), float(shares[TRAIN] + shares[VALIDATION])
    if settings.time_column is None:
        names = input_names(sample.columns, settings)
        if settings.group_column is not None:
            names = [settings.group_column]
        return Rule(tuple(names), (first, second), settings.seed)
    column = sample[settings.time_column]
    kind = time_kind(column, settings.types)
    moments = np.sort(times(column, kind))
    moments = moments[np.isfinite(moments)]
    if not moments.size:
        raise TableError("No row has a time to split by.", "name another column, or none")
    later = [
        float(moments[min(round(len(moments) * edge), len(moments) - 1)]) if edge < 1 else np.inf
        for edge in (first, second)
    ]
    return Rule((column.name,), (later[0], later[1]), time=kind)
