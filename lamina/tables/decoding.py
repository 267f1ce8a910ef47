"""From the bytes of a file to its text: the encoding, and what only looks like text.

Decides between UTF-8, UTF-16 with its mark, and cp949, the encoding of Korean spreadsheets; other
encodings have to be named, since a wrong guess would go unnoticed.
"""

from __future__ import annotations

import codecs
import gzip
import zlib

from lamina.base.errors import ArgumentError, message
from lamina.tables.errors import TableError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSES = ("utf-8", "cp949")
_MOST_CHINESE, _MOST_RARE = 0.15, 0.5  # shares of a Korean text's characters
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
)


def unpack(content: bytes, name: str) -> bytes:
    """The bytes of a file, unpacked if they are a gzip's.

    Args:
        content: of the file.
        name: of the file, for messages.
    Raises:
        TableError: the gzip is damaged.
    Example:
        >>> unpack(gzip.compress(b"a,b"), "a.csv.gz")
        b'a,b'
    """
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(
            f"{name!r} is a gzip file that cannot be unpacked: {error}", "copy or download it again"
        ) from None


def decode(content: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    r"""The text of a file.

    Args:
        content: of the file, unpacked.
        name: of the file, for messages.
        encoding: any that Python knows; None tries UTF-8, UTF-16 by its mark, and cp949.
    Returns:
        The text, every line ending in "\n", and the encoding it was in.
    Raises:
        TableError: the bytes are no text in that encoding, or no text at all.
        ArgumentError: no such encoding.
    Example:
        >>> decode("이름\r\n".encode("cp949"), "a.csv")
        ('이름\n', 'cp949')
    """
    for mark, what in _NOT_TEXT:
        if content.startswith(mark):
            raise TableError(
                f"{name!r} is not a text file but {what}.",
                "save the table as CSV or Parquet and give that",
            )
    asked, (text, encoding) = encoding, _decoded(content, name, encoding)
    if asked is None and encoding == "cp949":
        _check_korean(text, name)
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise _nul_error(content, text, name)
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _decoded(content: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    if encoding is not None:
        guesses: tuple[str, ...] = (_known_encoding(encoding),)
    else:
        marked = [e for mark, e in _MARKS if content.startswith(mark)]
        guesses = tuple(marked) or _GUESSES
    first: UnicodeDecodeError | None = None
    for guess in guesses:
        try:
            return content.decode(guess), guess
        except UnicodeDecodeError as error:
            first = first or error
        except UnicodeError as error:  # UTF-16 cut in the middle, a codec for host names
            raise TableError(f"{name!r} cannot be read as {guess}: {error}.") from None
    assert first is not None
    raise _undecodable(content, first, guesses, name)


def _check_korean(text: str, name: str) -> None:
    """Refuse what only happens to be cp949: Japanese and Chinese text mostly decodes without error.

    It then has syllables that no Korean word has, or more Chinese characters than Korean texts do.
    """
    foreign = [c for c in text[:100_000] if ord(c) > 127]
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in foreign)
    rare = sum(min(c.encode("cp949")) < 0xA1 for c in foreign)  # outside the standard's syllables
    if chinese > _MOST_CHINESE * len(foreign) or rare > _MOST_RARE * len(foreign):
        seen = "".join(foreign[:20])
        raise TableError(
            f"{name!r} is not UTF-8, and as cp949 it does not look Korean: {seen!r}.",
            "name the encoding: --encoding shift_jis or euc_jp (Japanese), gbk (Chinese), cp1252 "
            "(Western Europe), or cp949 if it is Korean",
        )


def _known_encoding(encoding: str) -> str:
    """The name that Python has for an encoding of text; "hex" and "zlib" are codecs of bytes."""
    try:
        name = codecs.lookup(encoding).name
        "a".encode(name)
    except (LookupError, UnicodeError, TypeError, ValueError):
        raise ArgumentError(
            message(
                f"There is no encoding {encoding!r}.",
                fix="for example utf-8, cp949, cp1252 (Western Europe), shift_jis, utf-16",
            )
        ) from None
    return name


def _undecodable(
    content: bytes, error: UnicodeDecodeError, guesses: tuple[str, ...], name: str
) -> TableError:
    line = content.count(b"\n", 0, error.start) + 1
    seen = content[error.start : error.start + 4].hex(" ")
    return TableError(
        f"{name!r} is not text in {' or '.join(guesses)}: the byte at offset {error.start:,} "
        f"(line {line:,}) does not fit; seen: {seen}.",
        "name the encoding, for example --encoding cp1252 (Western Europe), shift_jis or gbk; "
        "or save the table as UTF-8",
    )


def _nul_error(content: bytes, text: str, name: str) -> TableError:
    if content[:200].count(0) > len(content[:200]) // 4:
        little = content[1:200:2].count(0) >= content[0:200:2].count(0)
        guess = "utf-16-le" if little else "utf-16-be"
        return TableError(
            f"{name!r} is full of NUL bytes, as text in UTF-16 without its mark is.",
            f"say --encoding {guess}, or save the table as UTF-8",
        )
    place = text.index("\0")
    return TableError(
        f"{name!r} has a NUL byte in line {text.count(chr(10), 0, place) + 1:,} (character "
        f"{place:,} of the file): it is damaged, or not a text file.",
        "export the table again, or remove the NUL bytes",
    )
