"""The records of a text: where each begins, how many cells it has, and the cells as a table.

Files in which no quotation mark encloses a cell, the usual large ones, are cut by polars; the
others by Python's `csv`, which takes a mark inside a cell for what it is. Both skip blank lines.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lamina.tables.errors import TableError

if TYPE_CHECKING:
    import polars as pl

_CHUNK = 1 << 16
_LONGEST_CELL = 1 << 30


def plain_rows(text: str, separator: str, width: int) -> pl.DataFrame | None:
    r"""The rows of a text that has no quotation marks, no blank lines and even rows.

    Such are most, and need no look at every line: rows that have no cell too many, which polars
    sees, have none too few if there are as many separators as there should be.

    Args:
        text: whole lines.
        separator: of cells.
        width: how many cells a row has.
    Returns:
        String columns named "0", "1", ...; None where the text is not as simple as that.
    Example:
        >>> plain_rows("a,b\n1,2\n", ",", 2).rows(), plain_rows("a,b\n1\n", ",", 2)
        ([('a', 'b'), ('1', '2')], None)
    """
    import polars as pl

    if width < 2 or '"' in text:
        return None
    schema = {str(i): pl.String for i in range(width)}
    try:
        frame = pl.read_csv(
            text.encode(), has_header=False, separator=separator, quote_char=None, schema=schema
        )
    except pl.exceptions.PolarsError:
        return None
    return frame if text.count(separator) == frame.height * (width - 1) else None


class Plain:
    r"""Records of a text without enclosing quotation marks: lines.

    Args:
        text: of the file, lines ending in a newline.
        separator: of cells.
    Attributes:
        lines: the line number of every record, from 1.
        widths: its number of cells.
    Example:
        >>> records = Plain("a,b\n\n1,2\n", ",")
        >>> records.lines, records.widths
        ([1, 3], [2, 2])
    """

    def __init__(self, text: str, separator: str) -> None:
        numbered = [(i, line) for i, line in enumerate(text.split("\n"), 1) if line.strip(" ")]
        self._separator = separator
        self._texts = [line for _, line in numbered]
        self.lines = [i for i, _ in numbered]
        self.widths = [line.count(separator) + 1 for line in self._texts]

    def first(self) -> list[str]:
        """The cells of the first record."""
        return self._texts[0].split(self._separator)

    def frame(self, width: int) -> pl.DataFrame:
        """The cells of records of one width.

        Args:
            width: how many cells.
        Returns:
            String columns named "0", "1", ...; empty cells are null.
        """
        import polars as pl

        kept = [t for t, w in zip(self._texts, self.widths, strict=True) if w == width]
        return pl.read_csv(
            "\n".join(kept).encode(),
            has_header=False,
            separator=self._separator,
            quote_char=None,
            new_columns=[str(i) for i in range(width)],
            infer_schema=False,
        )


class Quoted:
    r"""Records of a text in which quotation marks may enclose cells, and newlines in them.

    Args:
        text: of the file, lines ending in a newline.
        separator: of cells.
        name: of the file, for messages.
    Attributes:
        lines: the line number at which every record begins, from 1.
        widths: its number of cells.
    Raises:
        TableError: a quotation never ends.
    Example:
        >>> Quoted('a,b\n"1\n1",2\n3,4', ",", "a.csv").lines
        [1, 2, 4]
    """

    def __init__(self, text: str, separator: str, name: str) -> None:
        self._text = text
        self._separator = separator
        self.lines: list[int] = []
        self.widths: list[int] = []
        with long_cells():
            reader = self._reader()
            end, begin = 0, 1
            for record in reader:
                begin, end = end + 1, reader.line_num
                if record:
                    self.lines.append(begin)
                    self.widths.append(len(record))
        if end > begin and text.count('"') % 2:
            raise TableError(
                f"{name!r}: the quotation that begins in line {begin:,} never ends.",
                "close it with a quotation mark, or double a mark that belongs to the text",
            )

    def _reader(self) -> csv._reader:  # type: ignore[name-defined]
        return csv.reader(
            io.StringIO(self._text, newline=""), delimiter=self._separator, skipinitialspace=True
        )

    def first(self) -> list[str]:
        """The cells of the first record."""
        return next(record for record in self._reader() if record)

    def frame(self, width: int) -> pl.DataFrame:
        """The cells of records of one width.

        Args:
            width: how many cells.
        Returns:
            String columns named "0", "1", ...; empty cells are null.
        """
        import polars as pl

        schema = dict.fromkeys(map(str, range(width)), pl.String)
        with long_cells():
            pieces = [pl.DataFrame(rows, schema, orient="row") for rows in self._chunks(width)]
        return pl.concat(pieces).with_columns(pl.all().replace("", None))

    def _chunks(self, width: int) -> Iterator[list[list[str]]]:
        rows: list[list[str]] = []
        for record in self._reader():
            if len(record) == width:
                rows.append(record)
            if len(rows) == _CHUNK:
                yield rows
                rows = []
        if rows:
            yield rows


@contextmanager
def long_cells() -> Iterator[None]:
    """Cells of any length, while it lasts; `csv` else refuses those over 128 KiB."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)
