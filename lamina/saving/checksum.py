"""The SHA-256 that a weights file carries in itself.

The digest stands in the HDF5 attribute `sha256` behind a marker; it covers all bytes of the file
with its own 64 digits counted as zeros. So it can be verified before an HDF5 library sees the file,
and any other program reads the file as if nothing were there.
"""

import hashlib
import os
from typing import Any, BinaryIO

from lamina.base.errors import FileFormatError, message

MARKER = b"lamina-sha256:"
_DIGITS = 64
_CHUNK = 1 << 20


def reserve(file: Any) -> None:
    """Put the attribute with zeros for digits into an h5py file that is being written."""
    import numpy as np

    file.attrs.create("sha256", np.bytes_(MARKER + b"0" * _DIGITS))


def fill_in(path: str | os.PathLike) -> None:
    """Compute the digest of a written and closed file and put it into the attribute."""
    with open(path, "rb+") as file:
        positions, digest = _scan(file)
        if len(positions) != 1:
            raise AssertionError("the digest's place must have been reserved once")
        file.seek(positions[0])
        file.write(digest.encode())


def verify(file: BinaryIO, name: str) -> bool:
    """Compare the digest of a weights file with its content.

    Args:
        file: binary, seekable; left at its start.
        name: the file's name, for errors.
    Returns:
        False if the file carries no digest, as files of real Keras do not.
    Raises:
        FileFormatError: the content has another digest.
    """
    positions, digest = _scan(file)
    if not positions:
        file.seek(0)
        return False
    file.seek(positions[0])
    noted = file.read(_DIGITS)
    file.seek(0)
    if len(positions) > 1 or noted != digest.encode():
        raise FileFormatError(
            message(
                f"{name} does not have the SHA-256 noted in it; it is damaged or was changed.",
                fix="restore it from a backup or save the weights again",
            )
        )
    return True


def check_not_removed(verified: bool, file: Any, name: str) -> None:
    """Refuse a file that has the attribute although no digest was found in it.

    Args:
        verified: what `verify` returned.
        file: the opened h5py file.
        name: the file's name, for errors.
    Raises:
        FileFormatError: the digest's marker is damaged.
    """
    if not verified and "sha256" in file.attrs:
        raise FileFormatError(f"{name}: the SHA-256 noted in it is damaged.")


def _scan(file: BinaryIO) -> tuple[list[int], str]:
    """Places of the digits, and the digest of the content with the first digits zeroed."""
    digest = hashlib.sha256()
    positions: list[int] = []
    offset, pending = 0, b""  # `pending`: bytes not digested yet, as a marker may begin in them
    keep = len(MARKER) + _DIGITS
    file.seek(0)
    while True:
        chunk = file.read(_CHUNK)
        pending += chunk
        start = 0
        while (at := pending.find(MARKER, start)) >= 0:
            if chunk and len(pending) - at < keep:
                break  # the digits come with the next chunk
            place = at + len(MARKER)
            if offset + place not in positions:
                positions.append(offset + place)
                if len(positions) == 1:
                    zeros = b"0" * len(pending[place : place + _DIGITS])
                    pending = pending[:place] + zeros + pending[place + _DIGITS :]
            start = place
        ready = max(0, len(pending) - keep) if chunk else len(pending)
        digest.update(pending[:ready])
        offset, pending = offset + ready, pending[ready:]
        if not chunk:
            return positions, digest.hexdigest()
