"""A model saved as a folder, read with the checks that an archive gets."""

import hashlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from lamina.base.errors import FileFormatError
from lamina.saving import limits

_CHUNK = 1 << 20


class Folder:
    """The files of a folder, as members of an archive.

    Args:
        path: the folder.
        name: its name, for errors.
    Raises:
        FileFormatError: a link, or too many files.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.members: dict[str, Path] = {}
        for found in path.rglob("*"):
            if found.is_symlink():
                raise FileFormatError(f"{name}: {found.name!r} is a link.")
            if found.is_file():
                self.members[found.relative_to(path).as_posix()] = found
            if len(self.members) > limits.MEMBERS:
                raise FileFormatError(f"{name} holds more than {limits.MEMBERS} files.")
        self.size = sum(file.stat().st_size for file in self.members.values())

    def read(self, member: str) -> bytes:
        """The whole content of a file."""
        return self.members[member].read_bytes()

    def open(self, member: str) -> BinaryIO:
        """A file, opened for reading."""
        return open(self.members[member], "rb")

    def verify(self, digests: dict[str, str] | None) -> None:
        """Compare the files that have a SHA-256 in the metadata with it."""
        for member, noted in (digests or {}).items():
            if member not in self.members:
                raise FileFormatError(f"{self.name}: {member!r} is missing.")
            digest = hashlib.sha256()
            with self.open(member) as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
            if digest.hexdigest() != noted:
                raise FileFormatError(f"{self.name}: {member!r} does not have the SHA-256 noted.")

    def __enter__(self) -> "Folder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass
