"""Whether a command will be able to write, asked before it works for what it would then lose.

Only looks: nothing is made. What happens between the look and the writing still ends in an error.
"""

from __future__ import annotations

import os
from pathlib import Path

from lamina.base.errors import ArgumentError, message


def check_file(path: Path) -> None:
    """Raise ArgumentError if no file can be written at a path.

    Args:
        path: of a file that is there, or of one to be made in a folder that is there.
    Raises:
        ArgumentError: it is a folder, its folder is not there, or may not be written to.
    """
    if path.is_dir():
        raise _cannot(path, "it is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise _cannot(path, f"there is no folder {str(path.parent)!r}", "make the folder first")
    if not os.access(path.parent, os.W_OK):
        raise _cannot(path, "its folder may not be written to", "choose another folder")


def check_folder(path: Path) -> None:
    """Raise ArgumentError if no folder can be made at a path, nor written to if it is there.

    Args:
        path: of a folder; those above it need not be there either.
    Raises:
        ArgumentError: it or one above it is a file, or may not be written to.
    """
    there = next((p for p in (path, *path.parents) if p.exists()), Path())
    if not there.is_dir():
        raise _cannot(path, f"{str(there)!r} is a file", "choose another folder with --out")
    if not os.access(there, os.W_OK):
        raise _cannot(
            path, f"{str(there)!r} may not be written to", "choose another folder with --out"
        )


def _cannot(path: Path, why: str, fix: str) -> ArgumentError:
    return ArgumentError(message(f"cannot write to {str(path)!r}: {why}", fix=fix))
