"""From a source in memory to rows ready to learn from: read, choose rows, split, then decide.

The order is the point. The split comes before anything is learned, and what follows reads only
training rows: kinds, levels, scales, and the guard that looks for columns that tell the target.
Before it, rows of a series are only told what was earlier than they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.datasets import named
from lamina.tables.errors import TableError
from lamina.tables.finding_series import find_series
from lamina.tables.moments import time_kind, times
from lamina.tables.prepared import Prepared, check_names, check_same_columns, decide
from lamina.tables.reading import Table, read_table
from lamina.tables.schema import Target
from lamina.tables.settings import Settings
from lamina.tables.splits import Split, split_rows
from lamina.tables.streaming import is_streamed, prepare_streamed
from lamina.tables.targets import encode_target, infer_target, known_rows

if TYPE_CHECKING:
    import polars as pl


def prepare(data: Any, settings: Settings, test: Any = None) -> Prepared:
    """Read and prepare a table.

    Args:
        data: what `read_table` reads; or the name of a dataset, which has test rows of its own.
        settings: of the run.
        test: rows to test on, read the same way; None takes them from the data.
    Returns:
        Rows, split and columns.
    Raises:
        TableError: the table cannot be read or learned from.
    """
    if is_streamed(data, settings.stream):
        return prepare_streamed(data, settings, None if test is None else _read(test, settings))
    if isinstance(data, str) and data in named.TABLES:
        rows_of, own = named.load_table(data)
        table, test = replace(_read(rows_of, settings), name=data), own if test is None else test
    else:
        table = _read(data, settings)
    frame = table.frame
    given = np.zeros(frame.height, bool)
    if test is not None:
        import polars as pl

        more = _read(test, settings).frame
        check_same_columns(frame.columns, more.columns)
        frame = pl.concat([frame, more.select(frame.columns)], how="vertical_relaxed")
        given = np.concatenate([given, np.ones(more.height, bool)])
    check_names(frame.columns, settings)
    target = infer_target(frame, settings.target, settings.task, merge_rare=settings.merge_rare)
    known = known_rows(frame, target)
    dropped = {"no target": int((~known).sum())} if not known.all() else {}
    frame, rows, given = frame.filter(known), np.flatnonzero(known), given[known]
    y = encode_target(frame, target)
    series = None
    found = find_series(frame, y, target, settings, given)
    if found is not None:
        series, kept = found.series, found.complete
        settings = settings.model_copy(update={"time_column": series.moment.name})
        dropped[f"fewer than {series.lags} earlier values"] = int((~kept).sum())
        frame, rows, y, given = found.frame.filter(kept), rows[kept], y[kept], given[kept]
    split = _split(
        frame, y, target, settings, given if test is not None else None, series is not None
    )
    if found is not None:
        split.notes.append(found.reason)
    return decide(table, frame, rows, y, target, split, settings, dropped, series)


def _read(data: Any, settings: Settings) -> Table:
    return read_table(
        data,
        separator=settings.separator,
        encoding=settings.encoding,
        header=settings.header,
        skip_bad_rows=settings.skip_bad_rows,
    )


def _split(
    frame: pl.DataFrame,
    y: np.ndarray,
    target: Target,
    settings: Settings,
    given: np.ndarray | None,
    past_known: bool,
) -> Split:
    """The split, by time or groups if the settings name a column of them."""
    time = groups = None
    if settings.time_column is not None:
        column = frame[settings.time_column]
        time = times(column, time_kind(column, settings.types))
    if settings.group_column is not None:
        groups = frame[settings.group_column].cast(str).fill_null("").to_numpy()
        _check_groups(groups, settings)
    return split_rows(
        frame,
        y,
        target,
        shares=settings.split,
        seed=settings.seed,
        time=time,
        groups=groups,
        folds=settings.folds,
        past_known=past_known,
        given=given,
    )


def _check_groups(groups: np.ndarray, settings: Settings) -> None:
    found, parts = len(np.unique(groups)), sum(share > 0 for share in settings.split)
    if found < parts:
        raise TableError(
            f"--group-column {settings.group_column!r} has {found} "
            f"{'group' if found == 1 else 'groups'}, too few for {parts} parts of the rows.",
            "name a column with more different values, or leave the groups out",
        )
