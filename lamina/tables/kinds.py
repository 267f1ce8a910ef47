"""What kind of thing every column holds: what the user says, else what the rules find.

The rules themselves are in `rules`; `values` reads cells accordingly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lamina.base.errors import ArgumentError, message, near
from lamina.tables import days, rules
from lamina.tables.cells import numbers_of, quoted
from lamina.tables.errors import TableError
from lamina.tables.evidence import Cells
from lamina.tables.evidence import Kind as Kind
from lamina.tables.schema import KINDS
from lamina.tables.values import dates as dates
from lamina.tables.values import numbers as numbers
from lamina.tables.values import words as words

if TYPE_CHECKING:
    import polars as pl

ASKED = "asked for"


def infer_kinds(
    frame: pl.DataFrame,
    overrides: Mapping[str, str] | None = None,
    *,
    missing: Sequence[str] = (),
) -> list[Kind]:
    """Decide the kind of every column.

    Args:
        frame: training rows, without the target.
        overrides: kinds by column that the user asks for: "number", "category", "text", "ignored",
            "date", or "date:" and a format such as "date:%d/%m/%Y".
        missing: cells that mean "nothing here" in any column.
    Returns:
        A kind per column, in the order of the frame.
    Raises:
        TableError: dates can be read in two ways, an override does not fit the cells, or it names
            no column.
        ArgumentError: an override is no kind.
    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"age": ["31", "?", "45"], "city": ["Busan", "Seoul", "Busan"]})
        >>> [(k.name, k.kind, k.missing) for k in infer_kinds(frame)]
        [('age', 'number', ('?',)), ('city', 'category', ())]
    """
    overrides = overrides or {}
    for name, asked in overrides.items():
        _check_override(name, asked, frame.columns)
    found = []
    for name in frame.columns:
        cells = Cells(frame[name], tuple(missing))
        if name in overrides:
            found.append(_asked(cells, overrides[name]))
        else:
            found.append(next(k for rule in rules.RULES if (k := rule(cells)) is not None))
    if all(k.kind == "ignored" for k in found):
        return [_kept_after_all(k) if k.name not in overrides else k for k in found]
    return found


def _kept_after_all(kind: Kind) -> Kind:
    """Numbers that count rows, where there is nothing else to learn from."""
    if kind.reason.startswith(rules.COUNTS):
        return replace(kind, kind="number", reason=f"{kind.reason}, but there is nothing else")
    return kind


def _check_override(name: str, asked: str, columns: Sequence[str]) -> None:
    if name not in columns:
        raise TableError(
            f"A kind is given for {name!r}, which is no column. {near(name, columns)}".rstrip(),
            f"the columns are {quoted(columns, 20)}",
        )
    kind, colon, written = asked.partition(":")
    if kind not in KINDS or (colon and kind != "date"):
        raise ArgumentError(
            message(
                f"The kind given for column {name!r} is none.",
                received=repr(asked),
                required=", ".join(KINDS) + ", or date:%d/%m/%Y and the like",
                fix=near(kind, KINDS) or None,
            )
        )
    if colon:
        days.check_format(written)


def _asked(c: Cells, asked: str) -> Kind:
    """The kind that the user asks for, if the cells allow it."""
    kind, _, written = asked.partition(":")
    if not len(c.rest) and kind in ("date", "number"):
        return c.note("ignored", f"{ASKED} as {kind}, but all cells are empty")
    if kind == "date":
        return _asked_date(c, written)
    if kind == "number":
        return _asked_number(c)
    return c.note(kind, ASKED)


def _asked_date(c: Cells, written: str) -> Kind:
    if c.series.dtype.is_temporal():
        found = rules.date(c)
    elif written:
        found = rules.written_date(c, written)
    else:
        found = rules.date(c)
    if found is None:
        raise TableError(
            f"Column {c.name!r} is to be a date, but no known format fits its cells: "
            f"{quoted(c.rest.unique(maintain_order=True))}.",
            f"name the format, for example --types {c.name}=date:%d/%m/%Y",
        )
    return found


def _asked_number(c: Cells) -> Kind:
    values, written = numbers_of(c.rest)
    odd = c.rest.filter(values.is_null())
    if len(odd) == len(c.rest):
        raise TableError(
            f"Column {c.name!r} is to be a number, but no cell is one: "
            f"{quoted(c.rest.unique(maintain_order=True))}.",
            f"say --types {c.name}=category, or leave the kind to be found",
        )
    return c.note("number", ASKED + rules.mistakes(odd), c.words_for_nothing(), written)
