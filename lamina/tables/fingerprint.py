"""By what a run that is resumed knows that its data are the same as when it began.

The number of rows and the names are there to say what changed; two hashes, of the content and of
what was decided about it, to be sure that nothing else did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.base.version import VERSION
from lamina.datasets.named import is_named
from lamina.tables.errors import TableError
from lamina.tables.schema import Schema

if TYPE_CHECKING:
    from lamina.tables.prepared import Prepared

Fingerprint = dict[str, Any]
FIELDS = frozenset(("version", "unit", "rows", "names", "content", "decisions"))


def fingerprint(
    unit: str, rows: int, names: Iterable[str], content: str, decisions: Iterable[bytes]
) -> Fingerprint:
    """What is kept about data.

    Args:
        unit: what is counted: "rows" or "pictures".
        rows: how many there are.
        names: of columns or classes.
        content: a hash of all of it.
        decisions: what was decided, as bytes.
    """
    digest = hashlib.sha256()
    for part in decisions:
        digest.update(len(part).to_bytes(8, "little") + part)
    return {
        "version": VERSION,
        "unit": unit,
        "rows": rows,
        "names": list(names),
        "content": content,
        "decisions": digest.hexdigest(),
    }


def table_fingerprint(prepared: Prepared, source: str) -> Fingerprint:
    """What is kept about a table.

    Args:
        prepared: the table.
        source: path of its file; "-" or "" if it has none.
    """
    split = prepared.split
    return fingerprint(
        "rows",
        prepared.table.rows,
        prepared.table.frame.columns,
        _content(prepared, source),
        (
            Schema(prepared.columns, prepared.target, series=prepared.series).to_json(),
            prepared.rows.tobytes(),
            prepared.y.tobytes(),
            split.part.tobytes(),
            b"" if split.fold is None else split.fold.tobytes(),
        ),
    )


def check_same(then: Fingerprint, now: Fingerprint, fix: str) -> None:
    """Refuse data that are not those of the beginning.

    Args:
        then: of the data with which the run began.
        now: of the data that are there.
        fix: what to do about it.
    Raises:
        TableError: they differ; says in what.
    """
    told = _differences(then, now)
    if told:
        raise TableError(f"The data have changed since the run began: {told}.", fix)


def _differences(then: Fingerprint, now: Fingerprint) -> str:
    told = []
    if then["rows"] != now["rows"]:
        told.append(f"{then['rows']:,} {then['unit']} then, {now['rows']:,} now")
    gone = [name for name in then["names"] if name not in now["names"]]
    new = [name for name in now["names"] if name not in then["names"]]
    told += [f"{_named(names)} {what}" for names, what in ((gone, "gone"), (new, "new")) if names]
    if told:
        return "; ".join(told)
    if then["content"] != now["content"]:
        return f"there are as many {now['unit']} as before, but their content differs"
    if then["decisions"] != now["decisions"]:
        return (
            f"Lamina {then['version']} and the packages there were then divided or read the "
            f"{now['unit']} otherwise than Lamina {now['version']} and those of now"
        )
    return ""


def _named(names: list[str]) -> str:
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return ", ".join(map(repr, names[:5])) + more


def is_path(source: str) -> bool:
    """Whether a source is the path of a file or folder.

    Args:
        source: "" for rows from memory, "-" for the standard input, or the name of a dataset; else
            a path.
    """
    return source not in ("", "-") and not is_named(source)


def _content(prepared: Prepared, source: str) -> str:
    if not is_path(source):
        return hashlib.sha256(prepared.frame.write_csv().encode()).hexdigest()
    with open(Path(source).expanduser(), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
