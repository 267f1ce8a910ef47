"""Guesses about a text file: what separates its cells, whether quotes quote, where names are.

Each is a guess from the first lines, is told to the user, and can be overruled.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from lamina.tables.cells import parse_numbers
from lamina.tables.records import long_cells

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = ("\t", ";", "|", ",")  # of two that fit equally, the one prose has less is right
ONE_COLUMN = "\x1f"  # a character made for separating, which no table has
_LINES = 1000
_FITTING = 0.6  # share of records that must have the same width for a separator to be one
_FITTING_NAMES = 0.3  # the same, where the first record has that width: prose has a name of one
_NUMERIC = 0.8  # share of numbers that makes words above them names


def guess_separator(text: str) -> str:
    r"""What separates the cells: tab, semicolon, bar or comma.

    The one that cuts most records into the same number of cells, at least two.

    Args:
        text: of the file.
    Returns:
        The separator; `ONE_COLUMN` if none fits.
    Example:
        >>> guess_separator("a;b\n1,5;2\n2,5;3")
        ';'
        >>> guess_separator("text\nWell, yes.\nNo.") == ONE_COLUMN
        True
    """
    best, found = 0.0, ONE_COLUMN
    lines = [line for line in islice(_lines(text), _LINES) if line.strip()]
    for separator in SEPARATORS:
        quotes = guess_quoting("\n".join(lines), separator)
        records = csv.reader(
            lines,
            delimiter=separator,
            quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
            skipinitialspace=True,
        )
        with long_cells():
            widths = [len(record) for record in records]
        width, count = max(Counter(widths).items(), key=lambda item: (item[1], item[0]))
        share = count / len(widths)
        least = _FITTING_NAMES if widths[0] == width else _FITTING
        if width > 1 and share > max(best, least):
            best, found = share, separator
    return found


def _lines(text: str) -> Sequence[str]:
    head = text[: 1 << 20]
    whole = head if len(head) == len(text) else head[: head.rfind("\n") + 1] or head
    return whole.split("\n")


def guess_quoting(text: str, separator: str) -> bool:
    r"""Whether quotation marks enclose cells, or are part of the text.

    They enclose, except in files separated by tabs of which some cell begins with a mark that
    does not end it: such files were written without quoting.

    Args:
        text: of the file.
        separator: of its cells.
    Example:
        >>> guess_quoting('a\tb\n"x"\t1', "\t"), guess_quoting('a\tb\n"x" he said\t1', "\t")
        (True, False)
    """
    if '"' not in text:
        return False
    if separator != "\t":
        return True
    opened = len(re.findall(r'(?:^|\t) *"', text, re.MULTILINE))
    closed = len(re.findall(r'(?:^|\t) *"(?:[^"]|"")*" *(?=\t|$)', text, re.MULTILINE))
    return opened == closed


def guess_header(frame: pl.DataFrame) -> bool:
    """Whether the first row holds names.

    It does not if a cell of it is a number, if two cells are equal, or if half of its cells come
    again below. Words above numbers are names in any case, and so are years one after the other
    beside a word, or 0, 1, 2, 3 and so on.

    Args:
        frame: all rows as text.
    Example:
        >>> import polars as pl
        >>> guess_header(pl.DataFrame({"0": ["name", "Kim"], "1": ["age", "30"]}))
        True
        >>> guess_header(pl.DataFrame({"0": ["Lee", "Kim"], "1": ["40", "30"]}))
        False
    """
    import polars as pl

    sample = frame.head(_LINES)
    first = [cell.strip() if cell else "" for cell in sample.row(0)]
    named = [i for i, cell in enumerate(first) if cell]
    if not named:
        return False
    numbers = parse_numbers(pl.Series(first, dtype=pl.String)).drop_nulls().to_list()
    if numbers and not _are_counted(numbers, len(named)):
        return False
    recurring = 0
    for i in named:
        below = sample.to_series(i)[1:].str.strip_chars()
        below = below.filter(below != "")
        if len(below) and parse_numbers(below).is_not_null().mean() >= _NUMERIC:  # type: ignore
            return True
        recurring += bool(len(below.filter(below == first[i])))
    distinct = len({first[i] for i in named}) == len(named)
    return distinct and recurring * 2 < len(named)


def _are_counted(numbers: Sequence[float], named: int) -> bool:
    """Whether numbers in the first row are names that count: years, or places from 0."""
    if [n - numbers[0] for n in numbers] != list(range(len(numbers))):
        return False
    are_years = len(numbers) < named and 1900 <= numbers[0] and numbers[-1] <= 2100
    return (len(numbers) > 1 and are_years) or (len(numbers) > 3 and numbers[0] == 0)
