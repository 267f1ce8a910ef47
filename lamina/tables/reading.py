"""Reading a table, wherever it is, without deciding yet what its cells mean.

Text stays text, since a reader that guesses types turns the country "NA" into nothing and the
postcode "01234" into a number; what comes typed stays typed. Every guess about the file is noted.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.base.errors import ArgumentError, message, missing_extra, near
from lamina.tables import decoding, delimited, frames, typed
from lamina.tables.errors import TableError

if TYPE_CHECKING:
    import polars as pl

_SEPARATORS = {"tab": "\t", r"\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}
_RECORDS = (".jsonl", ".ndjson")


@dataclass
class Table:
    """Rows and columns as they were found.

    Attributes:
        frame: a polars frame; all columns String where it came from text.
        notes: every guess that was made, for people.
        name: of the file without its ending, or "table".
        total: how many rows the source has, if these are only some of them.
    """

    frame: pl.DataFrame
    notes: list[str] = field(default_factory=list)
    name: str = "table"
    total: int | None = None

    @property
    def rows(self) -> int:
        """How many rows the source has."""
        return self.frame.height if self.total is None else self.total


def read_table(
    source: Any,
    *,
    separator: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    skip_bad_rows: bool = False,
) -> Table:
    """Read a table.

    Args:
        source: path of a text file such as .csv, .tsv, .txt, of .jsonl, .json or .parquet, each
            also gzipped; "-" for the standard input; a frame of pandas, polars or any other
            library that narwhals knows; a dict of columns; a list of records.
        separator: of the cells of a text file; None guesses.
        encoding: of a text file; None tries UTF-8, marked UTF-16 and cp949.
        header: whether the first row of a text file holds names; None guesses.
        skip_bad_rows: whether rows of too many or too few cells are left out, and counted, instead
            of an error.
    Returns:
        The table.
    Raises:
        TableError: there is no such file, it cannot be read as a table, or it has no rows.
        ArgumentError: a separator or an encoding that cannot be.
        MissingExtraError: polars is not installed.
    Example:
        >>> table = read_table({"age": [31, 52], "sick": ["no", "yes"]})
        >>> table.name, table.frame.shape
        ('table', (2, 2))
    """
    _check_polars()
    separator = _check_separator(separator)
    if isinstance(source, str | os.PathLike):
        content, name, file = _load(source)
        options = (separator, encoding, header, skip_bad_rows)
        frame, notes = _from_bytes(content, name, file, *options)
    else:
        frame, notes, name = _from_memory(source), [], "table"
    frame = typed.settled(frame)
    if not frame.height:
        raise TableError("The table has no rows.", "give a table with at least one row")
    return Table(frame, notes, name)


def _check_polars() -> None:
    try:
        import polars  # noqa: F401
    except ImportError:
        raise missing_extra("polars", "tables", "Reading a table") from None


def _check_separator(separator: str | None) -> str | None:
    """The character itself, for its name too, since shells make a tab hard to write."""
    if separator is None or len(separator.encode()) == 1:
        return separator
    if separator in _SEPARATORS:
        return _SEPARATORS[separator]
    raise ArgumentError(
        message(
            "`separator` must be one character.",
            received=repr(separator),
            fix="for example ',' or ';', or one of " + ", ".join(_SEPARATORS),
        )
    )


def _from_memory(source: Any) -> pl.DataFrame:
    if isinstance(source, Mapping):
        return frames.from_columns(source)
    if isinstance(source, list | tuple):
        return frames.from_records(source)
    return frames.from_frame(source)


def _load(source: str | os.PathLike[str]) -> tuple[bytes, str, str]:
    """The bytes, the name without endings, and the name with them."""
    if source == "-":
        return sys.stdin.buffer.read(), "table", "standard input"
    path = Path(source).expanduser()
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise TableError(
            f"{str(path)!r} is a folder, not a file.", "give one of the files in it"
        ) from None
    except FileNotFoundError:
        raise _no_such_file(path, str(source)) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise TableError(f"{str(source)!r} cannot be read: {why}.") from None
    return content, path.name.removesuffix(".gz").rsplit(".", 1)[0] or "table", path.name


def _no_such_file(path: Path, given: str) -> TableError:
    if re.match(r"[a-z]+:/", given):
        return TableError(f"{given!r} is an address, not a file.", "download it first")
    where = f"There is no folder {str(path.parent)!r}."
    if path.parent.is_dir():
        where = near(path.name, [p.name for p in path.parent.iterdir()], limit=1)
    return TableError(
        f"There is no file {str(path)!r}. {where}".rstrip(), "check the spelling of the path"
    )


def _from_bytes(
    content: bytes,
    name: str,
    file: str,
    separator: str | None,
    encoding: str | None,
    header: bool | None,
    skip_bad_rows: bool,
) -> tuple[pl.DataFrame, list[str]]:
    if not content:
        raise TableError(f"{file!r} is empty.", "give a table with a header and rows")
    content = decoding.unpack(content, file)
    if content.startswith(b"PAR1"):
        return _from_parquet(content, file), ["a Parquet file: columns keep their types"]
    ending = Path(file.removesuffix(".gz")).suffix.lower()
    if ending == ".parquet":
        raise TableError(f"{file!r} is not a Parquet file.", "name it after what it is")
    text, encoding = decoding.decode(content, file, encoding)
    notes = [f"encoding {encoding}"]
    if ending in (*_RECORDS, ".json"):
        return frames.from_records(_records(text, file, ending)), [*notes, "records in JSON"]
    frame, more = delimited.parse(text, file, separator, header, skip_bad_rows)
    return frame, notes + more


def _from_parquet(content: bytes, file: str) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        seen = (str(error).splitlines() or [""])[0]
        raise TableError(
            f"{file!r} is a Parquet file that cannot be read: {seen:.200}", "write it again"
        ) from None


def _records(text: str, file: str, ending: str) -> list[Any]:
    """The records of a JSON file: one per line, or one list of them."""
    if ending == ".json" and text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise TableError(f"{file!r} is not JSON: {error}.", "write it again") from None
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise TableError(
                    f"{file!r}: line {number:,} is not JSON: {error}.",
                    'write one record per line, for example {"age": 31, "sick": "no"}',
                ) from None
            if not isinstance(rows[-1], dict):
                raise TableError(
                    f"{file!r}: line {number:,} is no record but {line.strip():.60}",
                    'write one record per line, for example {"age": 31, "sick": "no"}',
                )
    return rows
