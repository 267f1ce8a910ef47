"""From a source to rows ready to learn from: read, choose rows, split, then decide on columns.

The order is the point. The split comes before anything is learned, and what follows reads only
training rows: kinds, levels, scales, and the guard that looks for columns that tell the target.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.base.errors import near
from lamina.tables.encoding import learn
from lamina.tables.errors import TableError
from lamina.tables.kinds import Kind, dates, infer_kinds, numbers
from lamina.tables.leakage import Leak, find_leaks
from lamina.tables.reading import Table, read_table
from lamina.tables.schema import Column, Target
from lamina.tables.settings import Settings
from lamina.tables.splits import TEST, TRAIN, Split, split_rows
from lamina.tables.targets import encode_target, infer_target, known_rows

if TYPE_CHECKING:
    import polars as pl


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

    @property
    def learns(self) -> np.ndarray:
        """(rows,) whether statistics may be learned from the row."""
        return _learns(self.split)

    @property
    def missing_shares(self) -> dict[str, float]:
        """Column -> share of empty cells among training rows."""
        train = self.frame.filter(self.learns)
        return {c.name: float(np.mean(_empty(train[c.name], c))) for c in self.columns}


def prepare(data: Any, settings: Settings, test: Any = None) -> Prepared:
    """Read and prepare a table.

    Args:
        data: what `read_table` reads.
        settings: of the run.
        test: rows to test on, read the same way; None takes them from the data.
    Returns:
        Rows, split and columns.
    Raises:
        TableError: the table cannot be read or learned from.
    """
    table = _read(data, settings)
    frame = table.frame
    given = np.zeros(frame.height, bool)
    if test is not None:
        import polars as pl

        more = _read(test, settings).frame
        _check_same_columns(frame.columns, more.columns)
        frame = pl.concat([frame, more.select(frame.columns)], how="vertical_relaxed")
        given = np.concatenate([given, np.ones(more.height, bool)])
    _check_names(frame.columns, settings)
    target = infer_target(frame, settings.target, settings.task, merge_rare=settings.merge_rare)
    known = known_rows(frame, target)
    dropped = {"no target": int((~known).sum())} if not known.all() else {}
    frame, rows, given = frame.filter(known), np.flatnonzero(known), given[known]
    y = encode_target(frame, target)
    split = _split(frame, y, target, settings, given if test is not None else None)
    inputs = frame.drop([*target.names, *(n for n in settings.drop if n not in target.names)])
    learns = _learns(split)
    kinds = _kinds(inputs.filter(learns), settings)
    if split.fold is not None and any(k.kind == "text" for k in kinds):
        split.fold = None
        split.notes[-1] = "no folds: all members learn the vectors of texts together"
        learns = _learns(split)
        kinds = _kinds(inputs.filter(learns), settings)
    columns = learn(inputs.filter(learns), kinds)
    if not any(c.is_input for c in columns):
        raise TableError(
            "No column is left to predict from: "
            + "; ".join(f"{c.name}: {c.reason}" for c in columns),
            "--types COLUMN=category (or number, text) overrules a decision",
        )
    if target.task == "regression":
        target = _scaled(target, y[learns])
    leaks = find_leaks(inputs, y, target, columns, split)
    if leaks and settings.strict:
        raise TableError(
            " ".join(leak.sentence(target) for leak in leaks),
            f"--drop {leaks[0].name}; or leave out --strict, if it is known beforehand",
        )
    return Prepared(table, inputs, rows, y, target, split, columns, leaks, dropped)


def _learns(split: Split) -> np.ndarray:
    return split.part != TEST if split.fold is not None else split.part == TRAIN


def _read(data: Any, settings: Settings) -> Table:
    return read_table(
        data,
        separator=settings.separator,
        encoding=settings.encoding,
        header=settings.header,
        skip_bad_rows=settings.skip_bad_rows,
    )


def _check_same_columns(names: list[str], others: list[str]) -> None:
    absent = [n for n in names if n not in others]
    if absent:
        raise TableError(f"The test rows lack the columns {', '.join(map(repr, absent[:10]))}.")


def _check_names(names: list[str], settings: Settings) -> None:
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
    both = set(settings.target) & {settings.time_column, settings.group_column, *settings.types}
    if both:
        raise TableError(
            f"{min(map(str, both))!r} is the target; it cannot serve as anything else."
        )


def _split(
    frame: pl.DataFrame, y: np.ndarray, target: Target, settings: Settings, given: np.ndarray | None
) -> Split:
    """The split; where test rows are given, the others are divided into the other two parts."""
    time = groups = None
    if settings.time_column is not None:
        time = _times(frame, settings)
    if settings.group_column is not None:
        groups = frame[settings.group_column].cast(str).fill_null("").to_numpy()
    shares = settings.split
    if given is None:
        return split_rows(
            frame, y, target, shares=shares, seed=settings.seed, time=time, groups=groups,
            folds=settings.folds,
        )  # fmt: skip
    part = np.full(frame.height, TEST, "int8")
    fold = np.full(frame.height, -1, "int8")
    own = ~given
    inner = split_rows(
        frame.filter(own), y[own], target, shares=(shares[0], shares[1], 0.0), seed=settings.seed,
        time=None if time is None else time[own],
        groups=None if groups is None else groups[own], folds=settings.folds,
    )  # fmt: skip
    part[own] = inner.part
    if inner.fold is not None:
        fold[own] = inner.fold
    notes = [*inner.notes, "the test rows were given apart"]
    return Split(part, None if inner.fold is None else fold, notes)


def _times(frame: pl.DataFrame, settings: Settings) -> np.ndarray:
    name = settings.time_column
    assert name is not None
    (kind,) = infer_kinds(frame.select(name), _of(settings.types, [name]))
    if kind.kind == "date":
        return dates(frame[name], kind)[0]
    values, bad = numbers(frame[name], Kind(name, "number", "", (), ""))
    if not np.isfinite(values).any() or bad.mean() > 0.5:
        raise TableError(
            f"--time-column {name!r} holds neither dates nor numbers.",
            f"name another column, or say --types {name}=date:FORMAT",
        )
    return values


def _kinds(train: pl.DataFrame, settings: Settings) -> list[Kind]:
    types = _of(settings.types, train.columns)
    if settings.group_column in train.columns:
        types.setdefault(settings.group_column, "ignored")
    return infer_kinds(train, types, missing=settings.missing)


def _of(types: dict[str, str], names: list[str]) -> dict[str, str]:
    return {name: kind for name, kind in types.items() if name in names}


def _scaled(target: Target, y: np.ndarray) -> Target:
    from dataclasses import replace

    return replace(target, center=float(y.mean()), scale=float(y.std()) or 1.0)


def _empty(series: pl.Series, column: Column) -> np.ndarray:
    if column.kind == "number":
        return np.isnan(numbers(series, column)[0])
    if column.kind == "date":
        return np.isnan(dates(series, column)[0])
    cells = series.cast(str)
    return (cells.is_null() | (cells == "") | cells.is_in(list(column.missing))).to_numpy()
