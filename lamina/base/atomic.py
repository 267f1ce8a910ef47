"""Writing a file whole or not at all.

Whatever is saved (models, checkpoints, logs) is written to a temporary file in the same folder,
flushed to the disk and renamed. A reader, or the next run after a kill, sees the old file or the
new one, never a part. What goes into the file is the caller's business.
"""

import contextlib
import os
import platform
import secrets
from collections.abc import Iterator
from pathlib import Path

_SUFFIX = ".tmp"


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path to write to; on leaving the block it becomes `path`.

    If the block raises, the temporary file is removed and the old file stays as it was. A symbolic
    link is followed, so the link survives. Temporary files that a killed run on this machine left
    behind for the same target are removed.

    Args:
        path: the file to create or replace; its folder must exist.
    Yields:
        The path to write to, in the same folder; an empty file is already there.
    Raises:
        OSError: the folder does not exist or cannot be written, or the disk is full.
    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with atomic_write(os.path.join(folder, "note.txt")) as temporary:
        ...         _ = temporary.write_text("whole")
        ...     os.listdir(folder)
        ['note.txt']
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder; a file name is needed.")
    _remove_orphans(target)
    temporary = target.parent / f"{_prefix(target)}{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
    temporary.touch(exist_ok=False)
    try:
        if target.exists():
            os.chmod(temporary, target.stat().st_mode & 0o777)
        yield temporary
        _flush_file(temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    flush_folder(target.parent)


def _prefix(target: Path) -> str:
    # Cut by bytes: most file systems allow 255 in a name, and Korean letters take three each.
    name = target.name.encode()[:120].decode(errors="ignore")
    return f".{name}.{platform.node()}-"


def _flush_file(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut, where the system lets folders be flushed."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_orphans(target: Path) -> None:
    """Remove temporaries of this target whose process on this machine is gone."""
    if os.name != "posix":  # signal 0 would end the process elsewhere
        return
    prefix = _prefix(target)
    with contextlib.suppress(OSError):
        for name in os.listdir(target.parent):
            if name.startswith(prefix) and name.endswith(_SUFFIX):
                owner = name[len(prefix) :].partition("-")[0]
                if owner.isdigit() and not _is_running(int(owner)):
                    os.unlink(target.parent / name)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
