"""Rows, where each belongs, and what training rows teach about the columns.

Whoever divides rows into parts, in memory or as they stream by, ends here: kinds, levels, scales,
and the guard that looks for columns that tell the target, all from training rows only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.base.errors import near
from lamina.tables.encoding import learn
from lamina.tables.errors import TableError
from lamina.tables.kinds import Kind, dates, infer_kinds, numbers
from lamina.tables.leakage import Leak, find_leaks
from lamina.tables.reading import Table
from lamina.tables.schema import Column, Series, Target
from lamina.tables.series import change, kinds_of
from lamina.tables.settings import Settings
from lamina.tables.splits import TEST, TRAIN, Split

if TYPE_CHECKING:
    import polars as pl

    from lamina.tables.streaming import Stream


@dataclass
class Prepared:
    """Rows with a target, where each belongs, and what was learned of the columns.

    Attributes:
        table: as it was read.
        frame: the rows with a target, without the dropped columns.
        rows: their numbers in the source, from 0.
        y: their target, as `encode_target` gives it.
        target: what is predicted; of a regression with the training rows' center and scale.
        split: where each row belongs.
        columns: what was learned.
        leaks: columns that tell the target by themselves.
        dropped: why rows were left out -> how many.
        stream: where all rows are, if these are only some of them.
        series: that the rows are, with columns of earlier values.
    """

    table: Table
    frame: pl.DataFrame
    rows: np.ndarray
    y: np.ndarray
    target: Target
    split: Split
    columns: tuple[Column, ...]
    leaks: list[Leak]
    dropped: dict[str, int] = field(default_factory=dict)
    stream: Stream | None = None
    series: Series | None = None

    @property
    def counts(self) -> list[int]:
        """Rows that train, validate and test; of a stream all that train, once they are known."""
        counts = np.bincount(self.split.part, minlength=3).tolist()
        if self.stream is not None:
            counts[TRAIN] = max(counts[TRAIN], self.stream.trained)
        return counts

    @property
    def learns(self) -> np.ndarray:
        """(rows,) whether statistics may be learned from the row."""
        return learns_of(self.split)

    @property
    def decided(self) -> dict[str, Any]:
        """The settings that were left to the rows, as they were decided."""
        decided: dict[str, Any] = {"stream": self.stream is not None, "lags": 0}
        if self.series is not None:
            decided |= {
                "lags": self.series.lags,
                "relative": self.series.relative,
                "time_column": self.series.moment.name,
            }
        return decided

    @property
    def naive(self) -> np.ndarray | None:
        """(rows,) the latest value before each row; None if the rows are no series."""
        if self.series is None:
            return None
        return self.frame[self.series.names[0]].to_numpy()

    @property
    def changes(self) -> np.ndarray:
        """(rows,) the target; of a series its changes from `naive`."""
        if self.series is None or self.naive is None:
            return self.y
        return change(self.y, self.naive, self.series.relative)

    @property
    def missing_shares(self) -> dict[str, float]:
        """Column -> share of empty cells among training rows."""
        train = self.frame.filter(self.learns)
        return {c.name: float(np.mean(_empty(train[c.name], c))) for c in self.columns}


def decide(
    table: Table,
    frame: pl.DataFrame,
    rows: np.ndarray,
    y: np.ndarray,
    target: Target,
    split: Split,
    settings: Settings,
    dropped: dict[str, int],
    series: Series | None = None,
) -> Prepared:
    """Learn the columns from training rows.

    Args:
        table: as it was read.
        frame: the rows with a target, all columns.
        rows: their numbers in the source.
        y: their target.
        target: what is predicted.
        split: where each row belongs; loses its folds if there are texts.
        settings: of the run.
        dropped: why rows were left out -> how many.
        series: that the rows are.
    Raises:
        TableError: no column is left, or one tells the target and `settings.strict` holds.
    """
    names = input_names(frame.columns, settings)
    if not names:
        raise _nothing_to_read(())
    inputs = frame.select(names)
    learns = learns_of(split)
    kinds = _kinds(inputs.filter(learns), settings, series)
    if split.fold is not None and any(k.kind == "text" for k in kinds):
        split.fold = None
        split.notes[-1] = "no folds: all members learn the vectors of texts together"
        learns = learns_of(split)
        kinds = _kinds(inputs.filter(learns), settings, series)
    columns = learn(inputs.filter(learns), kinds)
    if not any(c.is_input for c in columns):
        raise _nothing_to_read(columns)
    told: tuple[str, ...] = ()
    if series is not None:
        told = series.names
        columns = tuple(replace(c, naive=c.name == told[0]) for c in columns)
        before = inputs[told[0]].filter(learns).to_numpy()
        target = _scaled_changes(target, y[learns], before, series.relative)
    elif target.task == "regression":
        target = _scaled(target, y[learns])
    suspects = [c for c in columns if c.name not in told]
    leaks = find_leaks(inputs, y, target, suspects, split)
    if leaks and settings.strict:
        raise TableError(
            " ".join(leak.sentence(target) for leak in leaks),
            f"--drop {leaks[0].name}; or leave out --strict, if it is known beforehand",
        )
    return Prepared(table, inputs, rows, y, target, split, columns, leaks, dropped, series=series)


def check_names(names: list[str], settings: Settings) -> None:
    """Refuse settings that name columns which are not there, or the target twice.

    Raises:
        TableError: one does.
    """
    for option, wanted in (
        ("--drop", settings.drop),
        ("--types", tuple(settings.types)),
        ("--time-column", (settings.time_column,)),
        ("--group-column", (settings.group_column,)),
    ):
        for name in wanted:
            if name is not None and name not in names:
                raise TableError(
                    f"{option} names {name!r}, which is no column. {near(name, names)}".rstrip(),
                    f"the columns are {', '.join(names[:20])}",
                )
    others = {settings.time_column, settings.group_column, *settings.types, *settings.drop}
    both = set(settings.target) & others
    if both:
        raise TableError(
            f"{min(map(str, both))!r} is the target; it cannot serve as anything else."
        )


def check_same_columns(names: list[str], others: list[str]) -> None:
    """Refuse test rows that lack some of the columns.

    Raises:
        TableError: they do.
    """
    absent = [n for n in names if n not in others]
    if absent:
        raise TableError(f"The test rows lack the columns {', '.join(map(repr, absent[:10]))}.")


def input_names(names: list[str], settings: Settings) -> list[str]:
    """The columns that may be read: neither targets nor dropped."""
    return [n for n in names if n not in (*settings.target, *settings.drop)]


def learns_of(split: Split) -> np.ndarray:
    """(rows,) whether statistics may be learned from the row."""
    return split.part != TEST if split.fold is not None else split.part == TRAIN


def _nothing_to_read(columns: tuple[Column, ...]) -> TableError:
    if not columns:
        return TableError(
            "The table has no column beside the target and those that are dropped.",
            "give a table with columns to predict from; if it has some, --sep names what "
            "separates them",
        )
    return TableError(
        "No column is left to predict from: " + "; ".join(f"{c.name}: {c.reason}" for c in columns),
        "--types COLUMN=category (or number, text) overrules a decision",
    )


def _kinds(train: pl.DataFrame, settings: Settings, series: Series | None) -> list[Kind]:
    told = [] if series is None else list(kinds_of(series))
    train = train.drop(kind.name for kind in told)
    types = kinds_asked(settings.types, train.columns)
    if settings.group_column in train.columns:
        types.setdefault(settings.group_column, "ignored")
    return [*infer_kinds(train, types, missing=settings.missing), *told]


def kinds_asked(types: dict[str, str], names: list[str]) -> dict[str, str]:
    """Those of the kinds that a person asked for that are of these columns."""
    return {name: kind for name, kind in types.items() if name in names}


def _scaled(target: Target, y: np.ndarray) -> Target:
    return replace(target, center=float(y.mean()), scale=float(y.std()) or 1.0)


def _scaled_changes(target: Target, y: np.ndarray, before: np.ndarray, relative: bool) -> Target:
    """Of a series: the scale is that of changes, from the median of what was before them."""
    changes = _scaled(target, change(y, before, relative))
    middle = float(np.median(before))
    middle = float(np.log(middle)) if relative else middle
    return replace(changes, center=changes.center + middle, log=relative)


def _empty(series: pl.Series, column: Column) -> np.ndarray:
    if column.kind == "number":
        return np.isnan(numbers(series, column)[0])
    if column.kind == "date":
        return np.isnan(dates(series, column)[0])
    cells = series.cast(str)
    return (cells.is_null() | (cells == "") | cells.is_in(list(column.missing))).to_numpy()
