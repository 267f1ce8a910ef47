"""Whether a target is a number or a class, and whether there is enough of it to learn from.

Words, booleans and few whole numbers mean classes, all other numbers a regression. A rating from 1
to 5 is truly both: the reason says how to ask for the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.tables import labels
from lamina.tables.cells import is_missing_word, numbers_of, quoted, texts
from lamina.tables.errors import TableError

if TYPE_CHECKING:
    import polars as pl

LEAST_ROWS = 20
LEAST_OF_A_CLASS = 3
MOST_NUMBER_CLASSES = 20


def known_cells(column: pl.Series) -> pl.Series:
    """The cells that hold a target.

    Words such as "NA" mean "nothing here" only among numbers and booleans; else they are a class.

    Args:
        column: the target.
    Returns:
        Text without nulls.
    """
    cells = texts(column).drop_nulls()
    rest = cells.filter(~is_missing_word(cells))
    if are_numbers(rest) or labels.are_booleans(rest):
        return rest
    return cells


def are_numbers(cells: pl.Series) -> bool:
    """Whether all cells are numbers.

    Args:
        cells: text without nulls.
    """
    return len(cells) > 0 and numbers_of(cells)[0].null_count() == 0


def check_rows(name: str, known: int, rows: int) -> None:
    """Refuse a target of too few rows.

    Args:
        name: of the target.
        known: rows that have it.
        rows: all rows.
    Raises:
        TableError: there are fewer than `LEAST_ROWS`.
    """
    if not rows:
        raise TableError("The table has no rows.", "give a table with rows under its header")
    if not known:
        raise TableError(
            f"Target {name!r} is empty in all {rows:,} rows.",
            "name another column as the target, or fill it in",
        )
    if known < LEAST_ROWS:
        raise TableError(
            f"Only {known} of {rows:,} rows have a target {name!r}; {LEAST_ROWS} are needed.",
            "give more rows",
        )


def choose_task(name: str, cells: pl.Series) -> tuple[str, str]:
    """The task, and why.

    Args:
        name: of the target.
        cells: of `known_cells`.
    Returns:
        "regression", or "classification", which leaves binary or multiclass to the number of
        classes; and the reason.
    Raises:
        TableError: most cells are numbers, but not all.
    Example:
        >>> import polars as pl
        >>> choose_task("price", pl.Series([str(1.5 * i) for i in range(40)]))
        ('regression', 'numbers with fractions, 40 distinct')
    """
    distinct = cells.n_unique()
    if labels.are_booleans(cells):
        return "classification", "true or false"
    if not are_numbers(cells):
        numbers = numbers_of(cells)[0]
        if distinct > MOST_NUMBER_CLASSES and numbers.null_count() <= len(cells) // 2:
            others = cells.filter(numbers.is_null())
            raise TableError(
                f"Target {name!r} holds numbers except in {len(others):,} of {len(cells):,} "
                f"cells: {quoted(others.unique(maintain_order=True))}.",
                "correct or empty these cells, or say --task multiclass if all are classes",
            )
        return "classification", f"{distinct} distinct words"
    numbers = numbers_of(cells)[0]
    distinct = numbers.n_unique()
    if labels.are_codes(cells):
        return "classification", f"{distinct} distinct codes with leading zeros"
    if (numbers != numbers.floor()).any():
        if distinct == 2:
            return "classification", "only 2 distinct numbers"
        return "regression", f"numbers with fractions, {distinct:,} distinct"
    if distinct > MOST_NUMBER_CLASSES:
        return "regression", f"whole numbers, {distinct:,} distinct"
    if distinct * LEAST_OF_A_CLASS > len(cells):
        return "regression", f"whole numbers, {distinct} distinct in only {len(cells)} rows"
    advice = "" if distinct == 2 else "; if they measure or count something, say --task regression"
    return "classification", f"{distinct} distinct whole numbers{advice}"


def check_numbers(name: str, column: pl.Series, cells: pl.Series) -> None:
    """Refuse a regression's target of other things than numbers.

    Args:
        name: of the target.
        column: all of its cells, to count rows in.
        cells: those that must be numbers, as text.
    Raises:
        TableError: a cell is not a number.
    """
    numbers = numbers_of(cells)[0]
    if numbers.null_count():
        bad = cells.filter(numbers.is_null()).fill_null("")
        first = texts(column).fill_null("").index_of(bad[0])
        raise TableError(
            f"Target {name!r} has {len(bad):,} of {len(cells):,} cells that are not numbers, the "
            f"first in row {(first or 0) + 1:,}: {quoted(bad.unique(maintain_order=True))}.",
            "a regression needs numbers: correct or empty these cells, or choose another task",
        )


def check_varied(name: str, cells: pl.Series) -> None:
    """Refuse a regression's target that is one number throughout.

    Args:
        name: of the target.
        cells: its numbers, as text.
    Raises:
        TableError: all are the same.
    """
    if len(cells) >= LEAST_ROWS and numbers_of(cells)[0].n_unique() == 1:
        raise TableError(
            f"Target {name!r} is {cells[0]} in all {len(cells):,} rows: nothing can be learned.",
            "give rows with other values, or name another target",
        )
