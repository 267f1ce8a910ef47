"""The folder of one run: a new number each time, files written whole, nothing ever overwritten."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lamina.base.atomic import atomic_write
from lamina.base.errors import ArgumentError, message


def make_run_folder(parent: Path, name: str) -> Path:
    """Make `parent/name-001`, or with the first higher number that is free.

    Args:
        parent: where runs are kept; made if it is not there.
        name: of the run.
    Returns:
        The new, empty folder.
    Raises:
        ArgumentError: no folder can be made there.
    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     [make_run_folder(Path(folder), "digits").name for _ in range(2)]
        ['digits-001', 'digits-002']
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        taken = [_number(path.name, name) for path in parent.glob(f"{name}-*")]
        number = max(taken, default=0) + 1
        while True:
            folder = parent / f"{name}-{number:03d}"
            try:
                folder.mkdir()  # fails if another process has just made it
                return folder
            except FileExistsError:
                number += 1
    except OSError as cause:
        reason = cause.strerror or str(cause)
        raise ArgumentError(
            message(
                f"cannot make a folder for the run in {str(parent)!r}: {reason}", fix="choose --out"
            )
        ) from cause


def _number(folder_name: str, name: str) -> int:
    digits = folder_name[len(name) + 1 :]
    return int(digits) if digits.isdecimal() else 0


def write_text(path: Path, text: str) -> None:
    """Write a text file whole."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one line per row under a header of names; no rows give an empty file."""
    stream = io.StringIO()
    if rows:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_text(path, stream.getvalue())
