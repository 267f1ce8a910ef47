"""A table in a file, read a piece at a time, as often as wanted: for files larger than memory.

The first piece decides what all share: encoding, separator, the columns' names. A piece of text is
whole lines of the file, and is cut into cells by the same parser as a whole file; where every line
has its cells and none is quoted, which a count of separators shows, polars does it alone.
"""

from __future__ import annotations

import gzip
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from lamina.tables import decoding, delimited, sniffing, typed
from lamina.tables.errors import TableError

if TYPE_CHECKING:
    import polars as pl

PIECE_BYTES = 16 << 20
_PIECE_CELLS = 2_000_000  # of a Parquet file
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"


class Pieces(ABC):
    """A table in a file.

    Attributes:
        path: of the file.
        name: of the table, the file's without its endings.
        notes: every guess that was made, for people.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name.removesuffix(".gz").rsplit(".", 1)[0] or "table"
        self.notes: list[str] = []

    @abstractmethod
    def __iter__(self) -> Iterator[pl.DataFrame]:
        """The rows from the first to the last, some at a time.

        Raises:
            TableError: a piece cannot be read as the first could.
        """


class ParquetPieces(Pieces):
    """The table in a Parquet file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.notes = ["a Parquet file: columns keep their types"]

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """As `Pieces`."""
        import polars as pl

        try:
            scan = pl.scan_parquet(self.path)
            rows = scan.select(pl.len()).collect().item()
            step = max(1, _PIECE_CELLS // max(1, len(scan.collect_schema())))
            for start in range(0, rows, step):
                yield typed.settled(scan.slice(start, step).collect())
        except (pl.exceptions.PolarsError, OSError) as error:
            seen = (str(error).splitlines() or [""])[0]
            raise TableError(
                f"{self.path.name!r} is a Parquet file that cannot be read: {seen:.200}",
                "write it again",
            ) from None


class TextPieces(Pieces):
    """The table in a text file, which may be a gzip.

    Args:
        path: of the file.
        separator, encoding, header, skip_bad_rows: as for `read_table`.
        size: bytes of a piece.
    Raises:
        TableError: the first piece is no table, or in an encoding whose lines cannot be told apart
            byte by byte.
    """

    def __init__(
        self,
        path: Path,
        separator: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        skip_bad_rows: bool = False,
        size: int | None = None,
    ) -> None:
        super().__init__(path)
        self._size = size or PIECE_BYTES
        self._skip_bad_rows = skip_bad_rows
        with self._opened() as file:
            content, _ = cut_lines(file.read(self._size))
        if not content:
            raise TableError(f"{path.name!r} is empty.", "give a table with a header and rows")
        text, self._encoding = decoding.decode(content, path.name, encoding)
        if self._encoding.replace("-", "_").startswith(("utf_16", "utf_32", "utf_7")):
            raise TableError(
                f"{path.name!r} is in {self._encoding}, which cannot be read in pieces.",
                "save it as UTF-8, or as Parquet",
            )
        frame, notes = delimited.parse(text, path.name, separator, header, skip_bad_rows)
        self._separator = separator or sniffing.guess_separator(text)
        self._columns = frame.columns
        self.notes = [f"encoding {self._encoding}", *notes]
        self._header = header

    def _opened(self) -> BinaryIO:
        with open(self.path, "rb") as file:
            packed = file.read(2) == _GZIP
        return cast(BinaryIO, gzip.open(self.path)) if packed else open(self.path, "rb")

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """As `Pieces`."""
        line, rest = 1, b""
        with self._opened() as file:
            while True:
                read = file.read(self._size)
                content, rest = cut_lines(rest + read) if read else (rest, b"")
                if content.strip():
                    yield self._frame(content, line)
                elif not read:
                    return
                line += content.count(b"\n")

    def _frame(self, content: bytes, line: int) -> pl.DataFrame:
        """The rows of a piece that begins with this line of the file."""
        name = self.path.name
        try:
            text, _ = decoding.decode(content, name, self._encoding)
            if line == 1:
                return delimited.parse(
                    text, name, self._separator, self._header, self._skip_bad_rows
                )[0]
            return delimited.parse_rows(
                text, name, self._separator, self._columns, self._skip_bad_rows
            )
        except TableError as error:
            if line == 1:
                raise
            where = f" Here lines and bytes count from line {line:,} of the file."
            raise TableError(error.problem + where, error.hint) from None


def cut_lines(content: bytes) -> tuple[bytes, bytes]:
    r"""The whole lines at the beginning, and the rest.

    A newline between quotation marks ends no line; so the marks before the cut are even in number.
    Where they are not up to the last half, marks are plain characters and any newline will do.

    Args:
        content: of a file, from the beginning of a line.
    Example:
        >>> cut_lines(b'a,b\n1,"x\ny",2\n1,"x\n')
        (b'a,b\n1,"x\ny",2\n', b'1,"x\n')
    """
    end = last = content.rfind(b"\n") + 1
    odd = content.count(b'"', 0, end) % 2
    while odd and end > len(content) // 2:
        before = content.rfind(b"\n", 0, end - 1) + 1
        odd ^= content.count(b'"', before, end) % 2
        end = before
    end = end if end > len(content) // 2 else last
    return content[:end], content[end:]


def open_pieces(
    path: Path,
    separator: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    skip_bad_rows: bool = False,
) -> Pieces:
    """A file to be read in pieces.

    Args:
        path: of a text file, perhaps a gzip, or of a Parquet file.
        separator, encoding, header, skip_bad_rows: as for `read_table`.
    Raises:
        TableError: it cannot be read as a table.
    """
    try:
        with open(path, "rb") as file:
            is_parquet = file.read(4) == _PARQUET
        if is_parquet:
            return ParquetPieces(path)
        return TextPieces(path, separator, encoding, header, skip_bad_rows)
    except OSError as error:
        raise TableError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None
