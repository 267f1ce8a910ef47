"""What the rules about kinds look at, and what they answer: the cells of a column, and its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lamina.tables.cells import is_missing_word, quoted, texts

if TYPE_CHECKING:
    import polars as pl

_FIRST_LOOK = 2000


@dataclass(frozen=True)
class Kind:
    """The kind of one column.

    Attributes:
        name: of the column.
        kind: "number", "category", "date", "text" or "ignored".
        reason: why, for people.
        missing: cells that mean "nothing here", beside empty ones.
        format: of dates, as `datetime.strptime` has it; "," for numbers with a decimal comma.
    """

    name: str
    kind: str
    reason: str
    missing: tuple[str, ...] = ()
    format: str = ""


class Cells:
    """The cells of a column, as the rules look at them.

    Args:
        series: the column, of text or typed.
        nothing: cells that mean "nothing here" besides empty ones, because the user said so.
    Attributes:
        series: as given.
        name: of the column.
        nothing: as given.
        rows: how many cells there are.
        known: the cells that are not empty, as text.
        rest: those of them that are no word for "nothing here" either.
    """

    def __init__(self, series: pl.Series, nothing: tuple[str, ...] = ()) -> None:
        cells = texts(series)
        if nothing:
            cells = cells.set(cells.is_in(list(nothing)).fill_null(False), None)
        self.series = series
        self.name = series.name
        self.nothing = nothing
        self.rows = len(cells)
        self.known = cells.drop_nulls()
        said = is_missing_word(self.known)
        self.rest = self.known.filter(~said)
        self._words_for_nothing = self.known.filter(said)

    def words_for_nothing(self) -> tuple[str, ...]:
        """Those of `known` that mean "nothing here"."""
        return tuple(self._words_for_nothing.unique().sort().to_list())

    def few_of_the_rest(self) -> pl.Series:
        """Cells of `rest` from all over it, for a first look at a large column."""
        return self.rest.gather_every(max(1, len(self.rest) // _FIRST_LOOK))

    def note(self, kind: str, reason: str, more: tuple[str, ...] = (), written: str = "") -> Kind:
        """A kind of this column, its reason completed by how many cells are empty.

        Args:
            kind: one of schema.KINDS.
            reason: why.
            more: cells that mean "nothing here" in this column.
            written: its format.
        """
        empty = self.rows - len(self.known)
        if more:
            reason += f"; {quoted(more)} {'means' if len(more) == 1 else 'mean'} nothing here"
        if empty:
            reason += f"; empty in {empty:,} of {self.rows:,} rows"
        return Kind(self.name, kind, reason, (*self.nothing, *more), written)
