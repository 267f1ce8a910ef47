"""Compiled code on disk, so that a program is compiled once per machine and not once per process.

An entry is a file named by its key, which the caller makes from all that decides what is in it:
machine code, or a blueprint that says how to run some. Its header repeats the key and holds the
content's own sum, so a damaged or foreign file is noticed. The cache can only save time: whatever
is wrong with it is told in one line, once, and passed over.
"""

import contextlib
import hashlib
import os
import struct
import time
import warnings
from pathlib import Path

from lamina.base import config

MOST_BYTES = 512 * 2**20  # the folder is trimmed above this
_KEPT_SHARE = 0.75  # of MOST_BYTES, after trimming
TRIM_EVERY = 64  # looking through a full folder takes longer than most compilations
CODE, BLUEPRINT = ".o", ".json"  # the kinds of entries, as file names end
_TEMPORARY = ".tmp"
_ABANDONED_SECONDS = 3600  # a temporary file this old belongs to a killed process
_MAGIC = b"LAMINA-1"
_HEADER = struct.Struct("<8s32s32sQ")  # magic, key, sum of the code, its length
_NOTED: set[str] = set()  # problems already told


def folder() -> Path:
    """Where compiled code is kept."""
    return config.cache_folder() / "objects"


def read(key: str, kind: str = CODE) -> bytes | None:
    """What is stored under a key, or None.

    Args:
        key: 64 hexadecimal digits.
        kind: CODE or BLUEPRINT.
    """
    try:
        path = _path(key, kind)
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder
        _note_unusable(error)
        return None
    code = _unpack(content, key)
    if code is None:
        _note("damaged", f"Passed over a damaged file of compiled code: {path}")
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # trimming removes what was used longest ago
    return code


def write(key: str, code: bytes, kind: str = CODE) -> None:
    """Store something under a key; a reader sees the whole entry or none.

    Args:
        key: 64 hexadecimal digits.
        code: an object file, or a blueprint as text.
        kind: CODE or BLUEPRINT.
    """
    try:
        path = _path(key, kind)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(path, _pack(key, code))
        if int(key[-4:], 16) % TRIM_EVERY == 0:
            _trim(path.parent)
    except (OSError, RuntimeError) as error:
        _note_unusable(error)


def _path(key: str, kind: str) -> Path:
    return folder() / (key + kind)


def _pack(key: str, code: bytes) -> bytes:
    digest = hashlib.sha256(code).digest()
    return _HEADER.pack(_MAGIC, bytes.fromhex(key), digest, len(code)) + code


def _unpack(content: bytes, key: str) -> bytes | None:
    """The code in an entry, or None if it is not what was stored under this key."""
    if len(content) < _HEADER.size:
        return None
    magic, stored_key, digest, length = _HEADER.unpack_from(content)
    code = content[_HEADER.size :]
    if magic != _MAGIC or stored_key != bytes.fromhex(key) or len(code) != length:
        return None
    return code if hashlib.sha256(code).digest() == digest else None


def _replace(path: Path, content: bytes) -> None:
    # Not flushed to the disk, unlike what users save: a torn entry is found by its sum.
    temporary = path.with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}{_TEMPORARY}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _trim(place: Path) -> None:
    """Remove what was used longest ago while there is too much, and abandoned temporaries."""
    entries = []
    now = time.time()
    for entry in os.scandir(place):
        with contextlib.suppress(OSError):  # another process may remove it meanwhile
            status = entry.stat()
            if entry.name.endswith((CODE, BLUEPRINT)):
                entries.append((status.st_mtime, status.st_size, entry.path))
            elif entry.name.endswith(_TEMPORARY) and now - status.st_mtime > _ABANDONED_SECONDS:
                os.unlink(entry.path)
    total = sum(size for _, size, _ in entries)
    if total <= MOST_BYTES:
        return
    for _, size, path in sorted(entries):
        if total <= MOST_BYTES * _KEPT_SHARE:
            break
        with contextlib.suppress(OSError):
            os.unlink(path)
            total -= size


def _note_unusable(error: Exception) -> None:
    _note(
        "unusable",
        f"Compiled code is not kept on disk ({error}); set LAMINA_CACHE to a folder that can be "
        "written to start faster.",
    )


def _note(kind: str, text: str) -> None:
    """Tell of a problem, once per process."""
    if kind not in _NOTED:
        _NOTED.add(kind)
        warnings.warn(text, stacklevel=2)
