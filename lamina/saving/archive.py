"""A zip archive from outside, checked before any member is read.

Decides that an archive is whole and honest: its table of contents matches the members, no two
    overlap, no
name occurs twice or leaves the archive, nothing unpacks to much more than is stored. Reading goes
through Python's `zipfile`; members stored without compression are read in place, without a copy in
memory.
"""

import hashlib
import io
import struct
import tempfile
import zipfile
from types import TracebackType
from typing import Any, BinaryIO, cast

from lamina.base.errors import FileFormatError, message
from lamina.saving import limits

_CHUNK = 1 << 20
_END = b"PK\x05\x06"


class Archive:
    """An opened archive.

    Args:
        file: binary, seekable, opened for reading.
        name: the file's name, for errors.
    Raises:
        FileFormatError: not a zip archive, damaged, or one that breaks a limit.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self._file = file
        self.size = file.seek(0, io.SEEK_END)
        self._check_directory_size()
        try:
            self._zip = zipfile.ZipFile(file)
        except Exception as error:  # zipfile raises what struct, zlib and codecs raise
            raise self._damaged(error) from None
        self.members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            self._check_member(info)
            self.members[info.filename] = info
        self._check_expansion()
        try:
            self._data_offsets = self._check_layout()
        except OSError as error:  # an offset outside the file
            raise self._damaged(error) from None

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()  # not the file, which the caller opened

    def read(self, member: str) -> bytes:
        """A whole member; its CRC is verified."""
        with self._zip.open(self.members[member]) as file:
            return file.read()

    def open(self, member: str) -> BinaryIO:
        """A seekable file with a member's content, without a copy in memory if it is stored."""
        info = self.members[member]
        if info.compress_type == zipfile.ZIP_STORED:
            return io.BufferedReader(
                _Window(self._file, self._data_offsets[member], info.file_size), _CHUNK
            )
        unpacked = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=limits.SLACK_BYTES))
        with self._zip.open(info) as file:
            while chunk := file.read(_CHUNK):
                unpacked.write(chunk)
        unpacked.seek(0)
        return unpacked

    def verify(self, digests: dict[str, str] | None) -> None:
        """Read every member once and compare its CRC, and its SHA-256 where one is given.

        Args:
            digests: member -> SHA-256 in hexadecimal, for all members but the metadata; None if the
                writer gave none.
        Raises:
            FileFormatError: a member is damaged, missing or not listed.
        """
        for name, info in self.members.items():
            digest = hashlib.sha256()
            try:
                with self._zip.open(info) as file:
                    while chunk := file.read(_CHUNK):
                        digest.update(chunk)
            except Exception as error:  # BadZipFile, zlib.error, EOFError, NotImplementedError …
                raise self._damaged(error, name) from None
            if digests is None or name == "metadata.json":
                continue
            if name not in digests:
                raise FileFormatError(
                    f"{self.name}: member {name!r} is not listed in metadata.json."
                )
            if digest.hexdigest() != digests[name]:
                raise FileFormatError(
                    message(
                        f"{self.name}: member {name!r} does not have the SHA-256 noted when the "
                        "file was written; the file is damaged or was changed.",
                        fix="restore it from a backup or save the model again",
                    )
                )
        missing = sorted(set(digests or ()) - set(self.members))
        if missing:
            raise FileFormatError(f"{self.name}: member {missing[0]!r} is missing.")

    def _damaged(self, error: Exception, member: str | None = None) -> FileFormatError:
        where = f"{self.name}: member {member!r}" if member else self.name
        return FileFormatError(
            message(
                f"{where} is damaged or not a zip archive: {type(error).__name__} {error}",
                received=f"a file of {self.size} bytes",
                fix="restore it from a backup; a save or a copy cut short gives such a file",
            )
        )

    def _check_directory_size(self) -> None:
        """Refuse a huge table of contents before `zipfile` reads all of it."""
        tail_bytes = min(self.size, 65_557)  # the end record and the longest comment
        self._file.seek(self.size - tail_bytes)
        tail = self._file.read(tail_bytes)
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            raise self._damaged(ValueError("no end of a zip archive"))
        entries, directory_bytes = struct.unpack_from("<HI", tail, at + 10)
        if directory_bytes == 0xFFFFFFFF or entries == 0xFFFF:
            at64 = tail.rfind(b"PK\x06\x06")
            if at64 < 0 or len(tail) - at64 < 56:
                raise self._damaged(ValueError("no end record of a large zip archive"))
            entries, directory_bytes = struct.unpack_from("<QQ", tail, at64 + 32)
        if entries > limits.MEMBERS or directory_bytes > limits.DIRECTORY_BYTES:
            raise FileFormatError(
                f"{self.name}: {entries} members are listed; at most {limits.MEMBERS} are accepted."
            )

    def _check_member(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        if name in self.members:
            raise FileFormatError(f"{self.name}: member {name!r} occurs twice.")
        parts = name.removesuffix("/").split("/")
        unsafe = "\\" in name or ":" in parts[0] or any(p in ("", ".", "..") for p in parts)
        if unsafe or name != info.orig_filename or not name.isprintable() or len(name) > 1024:
            raise FileFormatError(f"{self.name}: member name {name!r:.80} is not accepted.")
        if info.flag_bits & 0x1:
            raise FileFormatError(f"{self.name}: member {name!r} is encrypted.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileFormatError(f"{self.name}: member {name!r} uses an unknown compression.")
        if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
            raise FileFormatError(f"{self.name}: member {name!r} has two different sizes.")
        mode = info.external_attr >> 16
        if mode & 0o170000 not in (0, 0o100000, 0o040000):
            raise FileFormatError(f"{self.name}: member {name!r} is a link or a device.")

    def _check_expansion(self) -> None:
        unpacked = sum(info.file_size for info in self.members.values())
        stored = sum(info.compress_size for info in self.members.values())
        if unpacked > limits.EXPANSION * max(stored, 1) + 1024 or (
            unpacked > self.size + limits.SLACK_BYTES
        ):
            raise FileFormatError(
                message(
                    f"{self.name} unpacks to far more than it stores.",
                    received=f"{unpacked:,} bytes from {stored:,}",
                    fix="if you trust it, unpack it and zip the members again without compression",
                )
            )

    def _check_layout(self) -> dict[str, int]:
        """Where each member's data begin; members must fill the file without overlap."""
        offsets: dict[str, int] = {}
        end = 0
        for info in sorted(self.members.values(), key=lambda i: i.header_offset):
            self._file.seek(info.header_offset)
            header = self._file.read(30)
            if len(header) < 30 or header[:4] != b"PK\x03\x04" or info.header_offset < end:
                raise self._damaged(ValueError("members overlap or are missing"), info.filename)
            if end == 0 and info.header_offset != 0:
                raise FileFormatError(f"{self.name} begins with something that is not the archive.")
            name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
            offsets[info.filename] = info.header_offset + 30 + name_bytes + extra_bytes
            end = offsets[info.filename] + info.compress_size
        if end > self.size:
            raise self._damaged(ValueError("the last member is cut off"))
        return offsets


class _Window(io.RawIOBase):
    """A part of a file, seen as a file."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file, self._start, self._length, self._position = file, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._position, self._length)[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._position)
        data = self._file.read(max(0, min(len(buffer), self._length - self._position)))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
