"""The text heaps of an HDF5 file, checked before the HDF5 library reads them.

Attributes of variable length lie in collections marked "GCOL". In a damaged one the library may
search for an object forever, which no time limit inside Python can end. So their objects are
counted through here first.
"""

import struct
from typing import BinaryIO

from lamina.base.errors import FileFormatError

_MARK = b"GCOL\x01\x00\x00\x00"
_HEADER = 16
_CHUNK = 1 << 20


def check_heaps(file: BinaryIO, name: str) -> None:
    """Check every text heap of an HDF5 file.

    Args:
        file: binary, seekable; left at its start.
        name: the file's name, for errors.
    Raises:
        FileFormatError: the objects of a heap do not fill it in steps.
    """
    for place in _places(file):
        file.seek(place)
        header = file.read(_HEADER)
        (size,) = struct.unpack("<Q", header[8:]) if len(header) == _HEADER else (0,)
        file.seek(place + _HEADER)
        content = file.read(max(0, min(size, _CHUNK << 6) - _HEADER))
        if size < _HEADER or len(content) != size - _HEADER or not _is_whole(content):
            raise FileFormatError(f"{name} is damaged: its text heap at byte {place} is not whole.")
    file.seek(0)


def _places(file: BinaryIO) -> list[int]:
    """Where heaps begin; the HDF5 library places them at multiples of eight bytes."""
    places: list[int] = []
    offset, rest = 0, b""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        data = rest + chunk
        at = data.find(_MARK)
        while at >= 0:
            places.append(offset - len(rest) + at)
            at = data.find(_MARK, at + 1)
        offset += len(chunk)
        rest = data[-len(_MARK) + 1 :]
    return places


def _is_whole(content: bytes) -> bool:
    """Whether objects follow one another to the end, or to free space that takes all the rest."""
    at = 0
    while at + _HEADER <= len(content):
        index, _, _, size = struct.unpack_from("<HHIQ", content, at)
        if index == 0:  # free space; its size includes this header
            return size == len(content) - at
        at += _HEADER + (size + 7) // 8 * 8
    return at == len(content) or (at < len(content) and not any(content[at:]))
