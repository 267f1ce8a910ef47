"""Classes: their names, their order, their numbers, and what counts as yes.

Works on the cells of a target that `tasks` has found to be one of classes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lamina.tables.cells import parse_numbers, texts

if TYPE_CHECKING:
    import polars as pl

YES = frozenset(
    {
        *("true", "t", "yes", "y", "positive", "pos", "spam", "malignant", "present", "sick"),
        *("disease", "abnormal", "fraud", "bad", "fail", "failed", "failure", "defect", "churn"),
        *("churned", "default", "survived", "success", "on", "pass", "passed"),
        *("예", "네", "참", "양성", "악성", "긍정", "스팸", "불량", "이탈", "사기", "합격"),
    }
)
NO = frozenset(
    {
        *("false", "f", "no", "n", "negative", "neg", "ham", "benign", "absent"),
        *("healthy", "normal", "none", "good", "ok", "off"),
        *("아니오", "아니요", "거짓", "음성", "정상", "부정", "양호", "불합격"),
    }
)
TRUE = ("1", "true", "t", "yes", "y")
FALSE = ("0", "false", "f", "no", "n")
_CODE = re.compile(r"^0[0-9]+$")


def are_booleans(cells: pl.Series) -> bool:
    """Whether all cells say true or false in these words.

    Args:
        cells: text without nulls.
    Example:
        >>> import polars as pl
        >>> are_booleans(pl.Series(["True", "false"])), are_booleans(pl.Series(["0", "1"]))
        (True, False)
    """
    return len(cells) > 0 and bool(cells.str.to_lowercase().is_in(["true", "false"]).all())


def are_codes(cells: pl.Series) -> bool:
    """Whether some cells are digits with a zero in front, as of a postcode.

    Args:
        cells: text.
    Example:
        >>> import polars as pl
        >>> are_codes(pl.Series(["01234", "99999"])), are_codes(pl.Series(["0", "0.5"]))
        (True, False)
    """
    return bool(cells.str.contains(_CODE.pattern).any())


def class_counts(cells: pl.Series) -> dict[str, int]:
    """The classes in cells, with how many cells each has.

    Whole numbers are classes by value, so that "1" and "1.0" are one.

    Args:
        cells: text without nulls.
    Returns:
        Counts by the class's name, in `ordered` order.
    Example:
        >>> import polars as pl
        >>> class_counts(pl.Series(["2", "1.0", "10", "2"]))
        {'1': 1, '2': 2, '10': 1}
    """
    numbers = parse_numbers(cells)
    if not numbers.has_nulls() and not are_codes(cells):
        cells = texts(numbers)
    counts = Counter(cells.to_list())
    return {name: counts[name] for name in ordered(list(counts))}


def ordered(names: Sequence[str]) -> list[str]:
    """Classes in their order; of two, the positive one comes second.

    Args:
        names: of the classes.
    Returns:
        Numbers by size, else words by their characters; a pair by meaning where its words are
        known, such as "no" and "yes".
    Example:
        >>> ordered(["spam", "ham"]), ordered(["10", "9"]), ordered(["malignant", "normal"])
        (['ham', 'spam'], ['9', '10'], ['normal', 'malignant'])
    """
    names = sorted(names, key=_sort_key)
    if len(names) == 2:
        first, second = (n.casefold() for n in names)
        positive_first = first in YES and second not in YES
        negative_second = second in NO and first not in NO
        if positive_first or negative_second:
            names.reverse()
    return names


def _sort_key(name: str) -> tuple[bool, float, str]:
    try:
        return (False, float(name), name)
    except ValueError:
        return (True, 0.0, name)


def alike_but_for_case(names: Sequence[str]) -> list[str]:
    """Classes that another one equals when case is ignored.

    Args:
        names: of the classes.
    Example:
        >>> alike_but_for_case(["Yes", "no", "yes"])
        ['Yes', 'yes']
    """
    counts = Counter(n.casefold() for n in names)
    return [n for n in names if counts[n.casefold()] > 1]


def class_numbers(cells: pl.Series, classes: Sequence[str]) -> pl.Series:
    """The number of each cell's class.

    A cell belongs to the class of its name; else to that of the same whole number; else to the one
    class that has its name in another case ("True" from a text file, "true" from a frame).

    Args:
        cells: text, as `texts` gives it.
        classes: names by number.
    Returns:
        An Int64 series, null where a cell is of no class.
    Example:
        >>> import polars as pl
        >>> class_numbers(pl.Series(["a", "1.0", "B", "c"]), ["a", "b", "1"]).to_list()
        [0, 2, 1, None]
    """
    import polars as pl

    numbers = dict(zip(classes, range(len(classes)), strict=True))
    alike = set(alike_but_for_case(classes))
    by_case = {n.casefold(): i for n, i in numbers.items() if n not in alike}
    found: dict[str | None, int | None] = {}
    distinct = cells.unique()
    spelled = texts(parse_numbers(distinct))
    for cell, number in zip(distinct.to_list(), spelled.to_list(), strict=True):
        if cell is not None:
            found[cell] = numbers.get(cell, numbers.get(number, by_case.get(cell.casefold())))
    return pl.Series(cells.name, [found.get(c) for c in cells.to_list()], dtype=pl.Int64)
