"""Text attributes of HDF5 objects, read without the HDF5 library.

A text of variable length is kept in a collection marked "GCOL"; the attribute holds its length, the
address of the collection and a number in it. The library trusts all three: in a changed file it
takes gigabytes of memory or searches forever. So collections are counted through before the library
opens a file, and the few attributes that matter are decoded here.

Source: HDF5 File Format Specification 3.0, sections III.E (global heap) and IV.A (object headers).
"""

import math
import struct
from typing import BinaryIO

from lamina.base.errors import FileFormatError

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HEAP = b"GCOL\x01\x00\x00\x00"
_HEAP_HEADER = 16
_HEAP_LIMIT = 64 << 20
_BLOCK_LIMIT = 16 << 20
_CHUNK = 1 << 20
_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10  # types of header messages
_FIXED_TEXT, _VARIABLE = 3, 9  # classes of datatypes


def check_heaps(file: BinaryIO, name: str) -> None:
    """Check every text collection of an HDF5 file.

    Args:
        file: binary, seekable; left at its start.
        name: the file's name, for errors.
    Raises:
        FileFormatError: the texts of a collection do not follow one another to its end.
    """
    reader = TextReader(file, name)
    offset, rest = 0, b""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        data = rest + chunk
        at = data.find(_HEAP)
        while at >= 0:
            reader.collection(offset - len(rest) + at)
            at = data.find(_HEAP, at + 1)
        offset += len(chunk)
        rest = data[-len(_HEAP) + 1 :]
        file.seek(offset)
    file.seek(0)


class TextReader:
    """Reads text attributes of the objects of one file.

    Args:
        file: binary, seekable.
        name: the file's name, for errors.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name

    def root(self) -> int:
        """Address of the root group.

        Raises:
            FileFormatError: the file is laid out in a way that `.h5` files of Keras are not.
        """
        start = self._read(0, 128)
        shift = {0: 0, 1: 4}.get(start[8])
        if not start.startswith(_SIGNATURE) or shift is None or start[13:15] != b"\x08\x08":
            raise FileFormatError(f"{self._name} is not laid out as Keras's `.h5` files are.")
        return struct.unpack_from("<Q", start, 64 + shift)[0]

    def texts(self, address: int, attribute: str) -> list[str] | None:
        """The value of an attribute that is a text or a list of texts.

        Args:
            address: of the object that has it.
            attribute: its name.
        Returns:
            The texts; None if the object has no such attribute.
        Raises:
            FileFormatError: the object or the attribute is damaged, or it is not text.
        """
        try:
            for message in self._messages(address):
                name, value = _split(message)
                if name == attribute.encode():
                    return [text.decode("utf-8") for text in self._values(*value)]
            return None
        except (struct.error, IndexError, ValueError, KeyError) as error:
            if isinstance(error, FileFormatError):
                raise
            raise self._damaged(f"attribute {attribute!r}") from None

    def collection(self, address: int) -> dict[int, bytes]:
        """The texts of a collection by number."""
        header = self._read(address, _HEAP_HEADER)
        size = struct.unpack_from("<Q", header, 8)[0]
        if not header.startswith(_HEAP) or not _HEAP_HEADER <= size <= _HEAP_LIMIT:
            raise self._damaged(f"text collection at byte {address}")
        content = self._read(address + _HEAP_HEADER, size - _HEAP_HEADER)
        texts: dict[int, bytes] = {}
        at = 0
        while at + _HEAP_HEADER <= len(content):
            number, _, _, length = struct.unpack_from("<HHIQ", content, at)
            if number == 0:  # free space; its size includes its header
                if length != len(content) - at:
                    raise self._damaged(f"text collection at byte {address}")
                return texts
            if number in texts or length > len(content) - at - _HEAP_HEADER:
                raise self._damaged(f"text collection at byte {address}")
            texts[number] = content[at + _HEAP_HEADER : at + _HEAP_HEADER + length]
            at += _HEAP_HEADER + _padded(length)
        if any(content[at:]):
            raise self._damaged(f"text collection at byte {address}")
        return texts

    def _messages(self, address: int) -> list[bytes]:
        """The attribute messages in an object's header and its continuations."""
        version, _, _, _, size = struct.unpack_from("<BBHII", self._read(address, 16))
        if version != 1:
            raise FileFormatError(f"{self._name} is not laid out as Keras's `.h5` files are.")
        blocks = [(address + 16, size)]
        seen: set[int] = set()
        found = []
        while blocks:
            start, size = blocks.pop()
            if start in seen or size > _BLOCK_LIMIT:
                raise self._damaged(f"header at byte {address}")
            seen.add(start)
            block = self._read(start, size)
            at = 0
            while at + 8 <= len(block):
                kind, length = struct.unpack_from("<HH", block, at)
                data = block[at + 8 : at + 8 + length]
                if kind == _CONTINUATION:
                    blocks.append(struct.unpack("<QQ", data[:16]))
                elif kind == _ATTRIBUTE:
                    found.append(data)
                at += 8 + length
        return found

    def _values(self, datatype: bytes, shape: tuple[int, ...], data: bytes) -> list[bytes]:
        count = math.prod(shape)
        if count == 0:
            return []
        kind, (size,) = datatype[0] & 0x0F, struct.unpack_from("<I", datatype, 4)
        if kind not in (_FIXED_TEXT, _VARIABLE) or size < 1 or count * size > len(data):
            raise ValueError("not text")
        items = [data[i * size : (i + 1) * size] for i in range(count)]
        if kind == _FIXED_TEXT:
            return [item.rstrip(b"\0") for item in items]
        collections: dict[int, dict[int, bytes]] = {}
        texts = []
        for item in items:
            length, address, number = struct.unpack("<IQI", item)
            if length and address not in collections:
                collections[address] = self.collection(address)
            text = collections[address][number] if length else b""
            if length > len(text):
                raise ValueError("a text is shorter than noted")
            texts.append(text[:length])
        return texts

    def _read(self, address: int, size: int) -> bytes:
        if not 0 <= address < 1 << 62:
            raise self._damaged(f"address {address}")
        self._file.seek(address)
        data = self._file.read(size)
        if len(data) < size:
            raise self._damaged(f"block at byte {address}")
        return data

    def _damaged(self, what: str) -> FileFormatError:
        return FileFormatError(f"{self._name} is damaged or cut off: {what} is not whole.")


def _split(message: bytes) -> tuple[bytes, tuple[bytes, tuple[int, ...], bytes]]:
    """An attribute message as its name and (datatype, shape, data)."""
    version, _, *sizes = struct.unpack_from("<BBHHH", message)
    at = 9 if version == 3 else 8
    parts = []
    for size in sizes:
        parts.append(message[at : at + size])
        at += _padded(size) if version == 1 else size
    name, datatype, space = parts
    space_version, rank = space[0], space[1]
    dims = struct.unpack_from(f"<{rank}Q", space, 8 if space_version == 1 else 4)
    return name.rstrip(b"\0"), (datatype, dims, message[at:])


def _padded(size: int) -> int:
    return (size + 7) // 8 * 8
