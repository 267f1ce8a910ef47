"""A whole training state in one file: arrays and plain values, with a checksum.

Decides only the container: `BackupAndRestore` decides what goes in (weights, optimizer, random
    states, shuffle
order, epoch, batch, callbacks). A file is written whole or not at all, the one before it is kept,
and a damaged file is told from a good one before anything is read from it.
"""

import hashlib
import json
import os
import struct
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lamina.base import dtypes
from lamina.base.atomic import atomic_write
from lamina.base.errors import ArgumentError, FileFormatError, message
from lamina.saving.json_text import parse_json

_MAGIC = b"lamina-state-1\r\n"  # the line end shows copies made in text mode
_DIGEST_BYTES = 32
_CHUNK = 1 << 20
_written: dict[str, tuple[int, int]] = {}  # files this process wrote: path -> mtime in ns, bytes


def save_training_state(
    path: str | os.PathLike, arrays: dict[str, np.ndarray], info: dict[str, Any]
) -> None:
    """Write a training state; the state before it stays as `<path>.previous`.

    Args:
        path: the file; its folder must exist.
        arrays: name -> array of numbers or bools.
        info: what JSON can hold: dicts with string keys, lists, text, numbers, bool, None. NaN and
            infinities keep their value; tuples come back as lists.
    Raises:
        ArgumentError: a value that cannot be stored.
        OSError: the disk is full, or the folder cannot be written.
    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = os.path.join(folder.name, "state")
        >>> save_training_state(path, {"w": np.arange(3.0)}, {"epoch": 2})
        >>> arrays, info = load_training_state(path)
        >>> arrays["w"].tolist(), info
        ([0.0, 1.0, 2.0], {'epoch': 2})
        >>> folder.cleanup()
    """
    header, values = _header(arrays, info)
    with atomic_write(path) as temporary:
        digest = hashlib.sha256()
        with open(temporary, "wb") as file:
            for part in (_MAGIC, struct.pack("<Q", len(header)), header):
                file.write(part)
                digest.update(part)
            for value in values:
                data = value.reshape(-1).view(np.uint8).data
                file.write(data)
                digest.update(data)
            file.write(digest.digest())
        spare = _second_name(Path(path))
    if spare is not None:
        os.replace(spare, previous_path(path))
    status = os.stat(path)
    _written[os.path.abspath(path)] = (status.st_mtime_ns, status.st_size)


def load_training_state(
    path: str | os.PathLike,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read one file that `save_training_state` wrote.

    Args:
        path: the file.
    Returns:
        The arrays and the plain values.
    Raises:
        FileNotFoundError: no such file.
        FileFormatError: the file is damaged or of another kind.
    """
    with open(path, "rb") as file:
        header_bytes, size = _verify(file, os.fspath(path))
        start = len(_MAGIC) + 8
        file.seek(start)
        header = parse_json(file.read(header_bytes), os.fspath(path), size)
        data_start = start + header_bytes
        try:
            arrays = {
                name: _read_array(file, data_start, *entry)
                for name, entry in header["arrays"].items()
            }
            return arrays, header["info"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _damaged(os.fspath(path), f"its header is malformed ({error})") from None


def load_latest_training_state(
    path: str | os.PathLike,
) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """Read the newest undamaged state: the file itself, else the one before it, with a warning.

    Args:
        path: the file.
    Returns:
        The arrays and the plain values; None if there is no state at all.
    Raises:
        FileFormatError: there are states, and all are damaged.
    """
    damage: FileFormatError | None = None
    for candidate in (Path(path), previous_path(path)):
        try:
            state = load_training_state(candidate)
        except FileNotFoundError:
            continue
        except FileFormatError as error:
            damage = damage or error
            continue
        if damage is not None:
            warnings.warn(f"{damage}\nThe state before it is used: {candidate}", stacklevel=2)
        return state
    if damage is not None:
        raise damage
    return None


def previous_path(path: str | os.PathLike) -> Path:
    """Where the state before the newest one is kept."""
    return Path(f"{os.fspath(path)}.previous")


def _spare_path(path: str | os.PathLike) -> Path:
    return Path(f"{os.fspath(path)}.previous.link")


def remove_training_state(path: str | os.PathLike) -> None:
    """Remove a state and the one before it, if they exist."""
    for file in (_spare_path(path), previous_path(path), Path(path)):
        file.unlink(missing_ok=True)
    _written.pop(os.path.abspath(path), None)


def _header(arrays: dict[str, np.ndarray], info: dict[str, Any]) -> tuple[bytes, list[np.ndarray]]:
    table: dict[str, list] = {}
    values = []
    offset = 0
    for name, given in arrays.items():
        value = np.ascontiguousarray(given)
        dtype = dtypes.name_of(value.dtype)
        if value.dtype.kind not in "biufcV" or dtype not in dtypes.ALL:
            raise ArgumentError(
                message(f"Array {name!r} has a dtype that a state cannot hold.", received=dtype)
            )
        value = value.astype(_little_endian(value.dtype), copy=False)
        table[name] = [dtype, list(np.shape(given)), offset]
        values.append(value)
        offset += value.nbytes
    try:
        text = json.dumps({"arrays": table, "info": info, "bytes": offset}, default=_plain)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"`info` holds a value that a state cannot hold: {error}.") from None
    return text.encode(), values


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} {value!r:.60}")


def _read_array(
    file: BinaryIO, data_start: int, dtype: str, shape: list[int], offset: int
) -> np.ndarray:
    wanted = dtypes.to_numpy(dtypes.standardize_dtype(dtype))
    stored = _little_endian(wanted)
    file.seek(data_start + offset)
    count = int(np.prod(shape, dtype=np.int64))
    value = np.fromfile(file, stored, count)
    return value.reshape(shape).astype(wanted, copy=False)


def _little_endian(dtype: np.dtype) -> np.dtype:
    return dtype.newbyteorder("<") if dtype.kind in "iufc" else dtype


def _verify(file: BinaryIO, path: str) -> tuple[int, int]:
    """Check the whole file; the header's length and the file's."""
    size = os.fstat(file.fileno()).st_size
    start = file.read(len(_MAGIC) + 8)
    if len(start) < len(_MAGIC) + 8 or not start.startswith(_MAGIC):
        raise _damaged(path, f"it does not begin as one; it has {size} bytes")
    (header_bytes,) = struct.unpack("<Q", start[len(_MAGIC) :])
    rest = size - len(start) - _DIGEST_BYTES
    if header_bytes > rest:
        raise _damaged(path, f"it is cut off at {size} bytes")
    digest = hashlib.sha256(start)
    while rest > 0:
        chunk = file.read(min(_CHUNK, rest))
        if not chunk:
            break
        digest.update(chunk)
        rest -= len(chunk)
    if file.read(_DIGEST_BYTES) != digest.digest():
        raise _damaged(path, "its checksum does not fit its content; it is cut off or was changed")
    return header_bytes, size


def _damaged(path: str, reason: str) -> FileFormatError:
    return FileFormatError(
        message(
            f"{path} is not a usable training state: {reason}.",
            fix="remove it to start afresh, or restore it from a backup",
        )
    )


def _second_name(path: Path) -> Path | None:
    """A second name for the current file, unless it is damaged; called before it is replaced.

    The second name becomes the previous file's after the replacement, so that at every moment
    there are two files, and the damage of one leaves the other.
    """
    try:
        status = path.stat()
        if _written.get(os.path.abspath(path)) != (status.st_mtime_ns, status.st_size):
            with open(path, "rb") as file:
                _verify(file, str(path))
    except (FileNotFoundError, FileFormatError):
        return None
    spare = _spare_path(path)
    spare.unlink(missing_ok=True)
    try:
        os.link(path, spare)
    except OSError:  # a file system without such links
        os.replace(path, previous_path(path))
        return None
    return spare
