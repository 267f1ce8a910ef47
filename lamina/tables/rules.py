"""What the cells of one column make it: the rules, in the order in which they are asked.

Each takes the cells and answers with a kind, or with None for the next rule to decide. All of
them give a reason that a person can check against the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lamina.tables import date_formats, days, hints
from lamina.tables.cells import DECIMAL_COMMA, numbers_of, quoted
from lamina.tables.errors import TableError
from lamina.tables.evidence import Cells, Kind
from lamina.tables.labels import are_booleans, are_codes

if TYPE_CHECKING:
    import polars as pl

ALMOST_ALL = 0.95  # of the cells must be numbers or dates for the others to be mistakes
FEW = 20  # distinct values that are levels rather than measurements or texts
WORDS_OF_TEXT = 5.0  # on average
COUNTS = "counts the rows"
_COUNTING_FROM = 10  # rows from which numbers that count up by one look like row numbers
_WORDS = r"\S+"
_WITHOUT_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}]"  # about three of these make a word


def _empty(c: Cells) -> Kind | None:
    return None if len(c.rest) else Kind(c.name, "ignored", "all cells are empty", c.nothing)


def _constant(c: Cells) -> Kind | None:
    if c.known.n_unique() > 1:
        return None
    if len(c.known) == c.rows:
        return c.note("ignored", f"{quoted(c.known[:1])} in all rows")
    return c.note("category", f"{quoted(c.known[:1])} or nothing")


def _boolean(c: Cells) -> Kind | None:
    if not are_booleans(c.rest):
        return None
    return c.note("category", "true or false", c.words_for_nothing())


def date(c: Cells) -> Kind | None:
    """A date, if nearly all cells are.

    Args:
        c: the cells.
    Raises:
        TableError: they can be read as dates in two ways.
    """
    if c.series.dtype.is_temporal():
        written = date_formats.format_of_typed(c.series)
        return c.note("date", "dates, as they came", written=written)
    found = date_formats.find_formats(c.rest)
    if not found.formats or found.share < ALMOST_ALL:
        return None
    if len(found.formats) > 1:
        raise _ambiguous(c, found.formats)
    return written_date(c, found.formats[0])


def written_date(c: Cells, written: str) -> Kind:
    """A date in a known format.

    Args:
        c: the cells.
        written: the format.
    Raises:
        TableError: no cell is in that format.
    """
    odd = c.rest.filter(np.isnan(days.read_days(c.rest, written)))
    if len(odd) == len(c.rest):
        raise TableError(
            f"Column {c.name!r}: no cell is a date in the format {written}; seen: "
            f"{quoted(c.rest.unique(maintain_order=True))}.",
            f"--types {c.name}=date:%d/%m/%Y and the like name the format; without the format it "
            "is found",
        )
    return c.note("date", f"dates as {written}" + mistakes(odd), c.words_for_nothing(), written)


def _ambiguous(c: Cells, formats: tuple[str, ...]) -> TableError:
    return TableError(
        f"Column {c.name!r} holds dates such as {c.rest[0]!r}, in which day and month cannot be "
        f"told apart: all {len(c.rest):,} fit {' and '.join(formats)}.",
        "say which: " + " or ".join(f"--types {c.name}=date:{f}" for f in formats),
    )


def mistakes(odd: pl.Series) -> str:
    """What a reason says of cells that are not what their column is; "" if there are none.

    Args:
        odd: these cells.
    """
    if not len(odd):
        return ""
    shown = quoted(odd.unique(maintain_order=True))
    what = "1 cell is none" if len(odd) == 1 else f"{len(odd):,} cells are none"
    return f"; {what}: {shown}"


def number(c: Cells) -> Kind | None:
    """A number, if nearly all cells are, unless they name rows or places.

    Args:
        c: the cells.
    """
    typed = c.series.dtype.is_numeric()
    if not typed and numbers_of(c.few_of_the_rest())[0].is_null().all():
        return None
    values, written = numbers_of(c.rest)
    known = values.drop_nulls()
    odd = c.rest.filter(values.is_null())
    repeated = _repeated_words(odd, known)
    if len(known) < ALMOST_ALL * len(c.rest) and not repeated and not typed:
        return None
    if not len(known):
        return c.note("ignored", "no cell is a finite number")
    if known.n_unique() == 1 and len(known) == c.rows and not are_codes(c.rest):
        return c.note("ignored", f"{known[0]:g} in all rows")
    whole = (known == known.floor()).all()
    if whole and are_codes(c.rest):
        if c.rest.n_unique() == len(c.rest) > FEW:
            return c.note("ignored", "digits, different in every row: they name rows")
        return c.note("category", "digits with leading zeros: codes, not amounts")
    if whole:
        named = _naming(c, known)
        if named is not None:
            return named
    what = "whole numbers" if whole else "numbers"
    reason = f"{what}, {known.n_unique():,} distinct"
    if written:
        reason += ", with decimal commas" if written == DECIMAL_COMMA else f" of {written!r}"
    others = "" if repeated else mistakes(odd)
    return c.note("number", reason + others, c.words_for_nothing() + repeated, written)


def _repeated_words(odd: pl.Series, known: pl.Series) -> tuple[str, ...]:
    """One or two words that come again and again among many numbers: they stand for nothing."""
    words = odd.unique(maintain_order=True)
    few = (
        0 < len(words) <= 2 and len(odd) > 2 * len(words) and not words.str.contains("[0-9]").any()
    )
    many = known.n_unique() > FEW and 4 * len(known) >= len(odd)
    return tuple(words.to_list()) if few and many else ()


def _naming(c: Cells, known: pl.Series) -> Kind | None:
    """Whole numbers that name rows, are left out; those that name places or things, categories."""
    distinct = known.n_unique()
    steps = np.diff(known.to_numpy())
    counting = (
        len(known) == c.rows >= _COUNTING_FROM
        and (steps > 0).all()
        and steps.sum() < 2 * c.rows
        and not hints.names_time(c.name)
    )
    if counting:
        return c.note("ignored", COUNTS)
    if hints.names_codes(c.name):
        return c.note("category", f"{distinct:,} codes by the column's name, not amounts")
    if hints.names_rows(c.name):
        if 2 * distinct >= len(known):
            seen = f"{distinct:,} distinct numbers in {len(known):,} rows"
            return c.note("ignored", f"{seen}, and its name: they name rows")
        return c.note("category", f"{distinct:,} numbers by which its name says things are called")
    return None


def words(c: Cells) -> Kind:
    """A category, a text, or names of rows.

    Args:
        c: the cells.
    """
    distinct, count = c.known.n_unique(), len(c.known)
    length = mean_words(c.few_of_the_rest())
    levels = distinct <= FEW and distinct * 5 <= count
    if length >= WORDS_OF_TEXT and not levels:
        return c.note("text", f"{length:.0f} words on average")
    names = distinct == count and (length < 1.5 or _share_of_letters(c.known) < 0.5)
    if names or (hints.names_rows(c.name) and 2 * distinct >= count and distinct > FEW):
        if distinct == count:
            return c.note("ignored", "a different word in every row: they name rows")
        return c.note("ignored", f"{distinct:,} distinct words, and its name: they name rows")
    if distinct > FEW and 2 * distinct >= count or distinct == count:
        return c.note("text", f"short texts, {distinct:,} distinct in {count:,} rows")
    return c.note("category", f"{distinct:,} distinct words")


def mean_words(cells: pl.Series) -> float:
    """How many words a cell has on average; three Chinese or Japanese characters count as one.

    Args:
        cells: text without nulls.
    Example:
        >>> import polars as pl
        >>> mean_words(pl.Series(["so it goes", "yes"]))
        2.0
    """
    words = cells.str.count_matches(_WORDS).to_numpy()
    characters = cells.str.count_matches(_WITHOUT_SPACES).to_numpy()
    return float(np.maximum(words, characters / 3).mean())


def _share_of_letters(cells: pl.Series) -> float:
    letters = cells.str.count_matches(r"\p{L}").to_numpy().sum()
    return float(letters / max(1, cells.str.count_matches(r"\S").to_numpy().sum()))


RULES: tuple[Callable[[Cells], Kind | None], ...] = (
    _empty,
    _constant,
    _boolean,
    date,
    number,
    words,
)
