"""From the text of a CSV or TSV file to a table of text.

Decides which records do not fit the others, and how columns are called. Nothing becomes a number
here: "01234" and "NA" stay what they are until `kinds` has seen their column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lamina.tables import records as records_of
from lamina.tables import sniffing
from lamina.tables.cells import quoted
from lamina.tables.errors import TableError

if TYPE_CHECKING:
    import polars as pl

_SHOWN = 5
_NAMES = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}


def parse(
    text: str,
    name: str,
    separator: str | None = None,
    header: bool | None = None,
    skip_bad_rows: bool = False,
) -> tuple[pl.DataFrame, list[str]]:
    r"""The table in a text.

    Args:
        text: of the file, lines ending in "\n".
        name: of the file, for messages.
        separator: of cells; None guesses.
        header: whether the first row holds the columns' names; None guesses.
        skip_bad_rows: whether to leave out rows with too many or too few cells.
    Returns:
        The table, all columns String, and notes about every guess.
    Raises:
        TableError: there is no row, rows are ragged, a quotation never ends, or names repeat.
    Example:
        >>> frame, notes = parse("a,b\n1,x\n2,y\n", "a.csv")
        >>> frame.rows()
        [('1', 'x'), ('2', 'y')]
        >>> notes
        ['separated by comma', 'the first row holds the names']
    """
    if not text.strip():
        raise TableError(f"{name!r} has no rows.", "give a table with a header and rows")
    notes = []
    guessed = separator is None
    if separator is None:
        separator = sniffing.guess_separator(text)
        what = _NAMES.get(separator)
        notes.append(f"separated by {what}" if what else "one column: nothing separates cells")
    if sniffing.guess_quoting(text, separator):
        records: records_of.Plain | records_of.Quoted = records_of.Quoted(text, separator, name)
    else:
        records = records_of.Plain(text, separator)
        if '"' in text:
            notes.append("quotation marks are part of the text")
    frame, more = _even(records, name, guessed, skip_bad_rows)
    notes += more
    if header is None:
        header = sniffing.guess_header(frame)
        holds = (
            "the first row holds the names"
            if header
            else "no row holds names: columns are numbered"
        )
        notes.append(holds)
    names, unnamed = _names(frame, header, name)
    if unnamed:
        notes.append(f"columns without a name were given one: {quoted(unnamed)}")
    frame = frame.slice(int(header)).rename(dict(zip(frame.columns, names, strict=True)))
    if not frame.height:
        raise TableError(
            f"{name!r} has a row of names but no rows below it: {quoted(names)}.",
            "give a table with rows, or say --no-header if this row is data",
        )
    return frame, notes


def parse_rows(
    text: str, name: str, separator: str, columns: Sequence[str], skip_bad_rows: bool = False
) -> pl.DataFrame:
    r"""The rows in a part of a text whose beginning `parse` has read.

    Args:
        text: whole lines of the file.
        name: of the file, for messages.
        separator: of cells.
        columns: their names.
        skip_bad_rows: as for `parse`.
    Returns:
        The rows, all columns String.
    Raises:
        TableError: rows have more or fewer cells than there are columns.
    Example:
        >>> parse_rows("3,z\n", "a.csv", ",", ["a", "b"]).rows()
        [('3', 'z')]
    """
    frame = records_of.plain_rows(text, separator, len(columns))
    if frame is None:
        frame, _ = parse(text, name, separator, False, skip_bad_rows)
    if frame.width == len(columns) + 1 and frame.to_series(-1).null_count() == frame.height:
        frame = frame.drop(frame.columns[-1])  # every row ends in a separator
    if frame.width != len(columns):
        raise TableError(
            f"{name!r}: rows have {frame.width} cells where there are {len(columns)} columns.",
            "correct these lines",
        )
    return frame.rename(dict(zip(frame.columns, columns, strict=True)))


def _even(
    records: records_of.Plain | records_of.Quoted, name: str, guessed: bool, skip_bad_rows: bool
) -> tuple[pl.DataFrame, list[str]]:
    """The records that have as many cells as most."""
    widths = records.widths
    width = Counter(widths).most_common(1)[0][0]
    bad = [i for i, w in enumerate(widths) if w != width]
    if bad == [0] and widths[0] == width - 1 and len(widths) > 2:
        return _with_short_names(records, width)
    if not bad:
        return records.frame(width), []
    shown = ", ".join(_counted(widths[i], f"line {records.lines[i]:,} has") for i in bad[:_SHOWN])
    if len(bad) > _SHOWN:
        shown += f" and {len(bad) - _SHOWN:,} more"
    if skip_bad_rows:
        left = f"{len(bad):,} of {len(widths):,} rows left out, not of {width} cells: {shown}"
        return records.frame(width), [left]
    raise TableError(
        f"{name!r}: {len(bad):,} of {len(widths):,} rows do not have {width} cells as the others "
        f"do: {shown}.",
        "correct these lines, or leave them out with --skip-bad-rows"
        + ("; if the wrong separator was guessed, say --sep" if guessed else ""),
    )


def _counted(cells: int, start: str) -> str:
    return f"{start} {cells} cell{'' if cells == 1 else 's'}"


def _with_short_names(
    records: records_of.Plain | records_of.Quoted, width: int
) -> tuple[pl.DataFrame, list[str]]:
    """The table of a file whose row of names alone lacks a cell.

    It is the last if all rows end in a separator, else the first: names of rows, as R writes them.
    """
    import polars as pl

    names = records.first()
    frame = records.frame(width)
    if frame.to_series(-1).null_count() == frame.height:
        frame, note = frame.drop(frame.columns[-1]), "every row ends in a separator"
    else:
        names = ["", *names]
        note = "the first row lacks one name: taken for that of the first column"
    first = pl.DataFrame([names], schema=frame.schema, orient="row")
    return pl.concat([first, frame]), [note]


def _names(frame: pl.DataFrame, header: bool, name: str) -> tuple[list[str], list[str]]:
    """Names of the columns, and those of them that were made up."""
    numbered = [f"column_{i + 1}" for i in range(frame.width)]
    if not header:
        return numbered, []
    given = [(cell or "").strip() for cell in frame.row(0)]
    repeated = [n for n, count in Counter(filter(None, given)).items() if count > 1]
    if repeated:
        places = [str(i + 1) for i, n in enumerate(given) if n == repeated[0]]
        raise TableError(
            f"{name!r}: {_several(len(repeated))} more than once in the row of names: "
            f"{quoted(repeated, 5)}; {repeated[0]!r} is in columns {' and '.join(places)}.",
            "give every column a name of its own, or say --no-header if the first row is data",
        )
    names = [n or made for n, made in zip(given, numbered, strict=True)]
    if len(set(names)) < len(names):
        raise TableError(
            f"{name!r}: a column without a name cannot be called like another, {quoted(names)}.",
            "give every column a name",
        )
    return names, [made for n, made in zip(given, numbered, strict=True) if not n]


def _several(count: int) -> str:
    return "a name stands" if count == 1 else f"{count} names stand"
