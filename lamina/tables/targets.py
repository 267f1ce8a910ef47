"""What is to be predicted: the task, the classes, and the target as an array.

Decides from the cells of the target whether it is a number or a class, names the classes, orders
the two of a binary one, and refuses what cannot be learned. Rows without a target are left out by
`known_rows`; which rows train is for `splits` to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lamina.base.errors import ArgumentError, message, near
from lamina.tables import labels, multilabel, tasks
from lamina.tables.cells import is_missing_word, numbers_of, quoted, texts
from lamina.tables.errors import TableError
from lamina.tables.schema import TASKS, Target

if TYPE_CHECKING:
    import polars as pl

OTHER = "(other)"


def infer_target(
    frame: pl.DataFrame,
    names: str | Sequence[str],
    task: str | None = None,
    *,
    merge_rare: bool = False,
) -> Target:
    """Decide the task and the classes.

    Words, booleans and up to 20 distinct whole numbers mean classes, other numbers a regression,
    several columns of 0 and 1 a multilabel task. Rows without a target are passed over.

    Args:
        frame: the table, all rows.
        names: of the column to predict; several only for "multilabel".
        task: "regression", "binary", "multiclass", "multilabel", or "classification" for whichever
            of binary and multiclass the number of classes asks for; None decides from the cells.
        merge_rare: whether classes with fewer than 3 rows become one class, "(other)", instead of
            an error.
    Returns:
        The target, its `center` and `scale` not yet learned.
    Raises:
        TableError: there is no such column, its cells do not fit the task, there are fewer than 20
            rows with a target, only one class, or a class with fewer than 3 rows.
        ArgumentError: no such task, or names that do not go with it.
    Example:
        >>> import polars as pl
        >>> target = infer_target(pl.DataFrame({"sick": ["no", "yes"] * 10}), "sick")
        >>> target.task, target.classes
        ('binary', ('no', 'yes'))
    """
    names = check_names(frame, names)
    if task not in (None, "classification", *TASKS):
        raise ArgumentError(
            message(
                "`task` names no task.",
                received=repr(task),
                required=", ".join((*TASKS, "classification")),
                fix=near(task, TASKS) or None,
            )
        )
    if task == "multilabel" or (len(names) > 1 and task is None):
        return multilabel.infer_labels(frame, names)
    if len(names) > 1:
        raise ArgumentError(
            message(
                f"Task {task!r} has one target column.",
                received=quoted(names),
                fix="name one column, or use the task 'multilabel' for columns of 0 and 1",
            )
        )
    cells = tasks.known_cells(frame[names[0]])
    tasks.check_rows(names[0], len(cells), frame.height)
    if task is None:
        task, reason = tasks.choose_task(names[0], cells)
    else:
        reason = f"asked for: task {task!r}"
    if task == "regression":
        tasks.check_numbers(names[0], frame[names[0]], cells)
        tasks.check_varied(names[0], cells)
        return Target(names, "regression", reason)
    return _classes(names, task, reason, cells, merge_rare)


def known_rows(frame: pl.DataFrame, target: Target) -> np.ndarray:
    """Which rows have a target; the others cannot be learned from, nor scored.

    Args:
        frame: the table.
        target: as `infer_target` found it.
    Returns:
        (rows,) bool.
    Raises:
        TableError: a column of the target is absent.
    Example:
        >>> import polars as pl
        >>> target = Target(("y",), "regression", "")
        >>> known_rows(pl.DataFrame({"y": ["1", "", "NA"]}), target).tolist()
        [True, False, False]
    """
    known = np.ones(frame.height, bool)
    for name in check_names(frame, target.names):
        cells = texts(frame[name])
        words = is_missing_word(cells)
        if target.task in ("binary", "multiclass"):
            words = words & ~_may_be_class(cells, target)
        known &= (cells.is_not_null() & ~words).to_numpy()
    return known


def encode_target(frame: pl.DataFrame, target: Target) -> np.ndarray:
    """The target of rows that have one.

    Args:
        frame: the table, only rows for which `known_rows` holds.
        target: as `infer_target` found it.
    Returns:
        (rows,) int64 class numbers; (rows,) float64 for a regression, neither centred nor scaled;
        (rows, labels) int64 of 0 and 1 for "multilabel".
    Raises:
        TableError: a column is absent, a cell is not a number, or a class is none of the known.
    Example:
        >>> import polars as pl
        >>> target = Target(("y",), "binary", "", ("0", "1"))
        >>> encode_target(pl.DataFrame({"y": ["1", "0", "1.0"]}), target).tolist()
        [1, 0, 1]
    """
    names = check_names(frame, target.names)
    if target.task == "multilabel":
        return multilabel.encode_labels(frame, names)
    column = frame[names[0]]
    if target.task == "regression":
        cells = texts(column)
        tasks.check_numbers(names[0], column, cells)
        return numbers_of(cells)[0].to_numpy().astype(np.float64)
    return _class_numbers(column, target)


def _may_be_class(cells: pl.Series, target: Target) -> pl.Series:
    """Which cells are classes by name, or rare ones that were merged with others.

    Among classes that are numbers, "?" is not a rare one but a missing cell.
    """
    import polars as pl

    named = [c for c in target.classes if c != OTHER]
    if OTHER in target.classes and not tasks.are_numbers(pl.Series(named)):
        return cells.is_not_null()
    return cells.is_in(named).fill_null(False)


def check_names(frame: pl.DataFrame, names: str | Sequence[str]) -> tuple[str, ...]:
    """The names of the target as a tuple.

    Raises:
        TableError: a frame has no such column.
        ArgumentError: there is no name, or one twice.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    if not names or len(set(names)) != len(names):
        raise ArgumentError(
            message("`names` must name target columns, each once.", received=repr(list(names)))
        )
    for name in names:
        if name not in frame.columns:
            raise TableError(
                f"There is no target column {name!r}. {near(name, frame.columns)}".rstrip(),
                f"the columns are {quoted(frame.columns, 20)}",
            )
    return names


def _classes(
    names: tuple[str, ...], task: str, reason: str, cells: pl.Series, merge_rare: bool
) -> Target:
    import polars as pl

    counts = labels.class_counts(cells)
    if len(counts) == 1:
        raise TableError(
            f"Target {names[0]!r} has one class only: {next(iter(counts))!r} in all "
            f"{len(cells):,} rows.",
            "give rows of a second class, or name another target",
        )
    rare = {name: count for name, count in counts.items() if count < tasks.LEAST_OF_A_CLASS}
    if rare and not merge_rare:
        raise _rare_error(names[0], counts, rare, cells)
    if rare:
        counts = _merged(names[0], counts, rare)
        reason += f"; {len(rare)} rare ones became {OTHER!r}"
    classes = labels.ordered(list(counts))
    if task == "binary" and len(classes) > 2:
        raise TableError(
            f"Target {names[0]!r} has {len(classes)} classes, not two: {quoted(classes, 10)}.",
            "say --task multiclass, or leave the task out",
        )
    if len(classes) == 2:
        reason += f"; {classes[1]!r} is the positive class"
    odd = [c for c in classes if is_missing_word(pl.Series([c])).any()]
    if odd:
        reason += f"; careful: {quoted(odd)} counts as a class, not as missing"
    alike = labels.alike_but_for_case(classes)
    if alike:
        reason += f"; careful: {quoted(alike, 4)} differ in upper and lower case only"
    return Target(names, "binary" if len(classes) == 2 else "multiclass", reason, tuple(classes))


def _rare_error(
    name: str, counts: Mapping[str, int], rare: Mapping[str, int], cells: pl.Series
) -> TableError:
    if len(counts) * tasks.LEAST_OF_A_CLASS > len(cells):
        return TableError(
            f"Target {name!r} has {len(counts):,} different values in {len(cells):,} rows: too "
            f"few rows of each to learn a class. Seen: {quoted(counts)}.",
            "name another target"
            + (", or say --task regression" if tasks.are_numbers(cells) else ""),
        )
    listed = ", ".join(f"{key!r} ({count})" for key, count in list(rare.items())[:10])
    more = f" and {len(rare) - 10} more" if len(rare) > 10 else ""
    return TableError(
        f"Target {name!r} has classes with fewer than {tasks.LEAST_OF_A_CLASS} rows: "
        f"{listed}{more}.",
        f"--merge-rare makes them one class {OTHER!r}; or give more rows of them"
        + ("; or say --task regression" if tasks.are_numbers(cells) else ""),
    )


def _merged(name: str, counts: Mapping[str, int], rare: Mapping[str, int]) -> dict[str, int]:
    kept = {key: count for key, count in counts.items() if key not in rare}
    together = sum(rare.values()) + kept.get(OTHER, 0)
    if together < tasks.LEAST_OF_A_CLASS or not kept:
        raise TableError(
            f"Target {name!r}: its rare classes {quoted(rare, 10)} have {together} rows even "
            f"together; {tasks.LEAST_OF_A_CLASS} are needed, and a second class.",
            "remove these rows, or give more of them",
        )
    return {**kept, OTHER: together}


def _class_numbers(column: pl.Series, target: Target) -> np.ndarray:
    cells = texts(column)
    found = labels.class_numbers(cells, target.classes)
    if OTHER in target.classes:
        found = found.fill_null(target.classes.index(OTHER)).set(cells.is_null(), None)
    unknown = found.is_null()
    if unknown.any():
        bad = cells.filter(unknown).fill_null("")
        raise TableError(
            f"Target {target.names[0]!r} has {len(bad):,} cells that are no known class, the first "
            f"in row {(unknown.arg_max() or 0) + 1:,}: {quoted(bad.unique(maintain_order=True))}.",
            f"the classes are {quoted(target.classes, 20)}",
        )
    return found.to_numpy().astype(np.int64)
