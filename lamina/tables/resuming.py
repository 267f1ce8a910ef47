"""Going on with a run that was interrupted or killed, to the bits that it would have had.

The table is read and prepared again, which gives the same rows and columns or an error that says
what changed; the fits go on from their checkpoints, and the run ends in the folder that it began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.tables.errors import TableError
from lamina.tables.fingerprint import table_fingerprint
from lamina.tables.prepared import Prepared
from lamina.tables.preparing import prepare
from lamina.tables.run import Run
from lamina.tables.settings import make_settings
from lamina.tables.unfinished import UnfinishedRun, find
from lamina.tables.workflow import finish


def resume(
    folder: str | Path, data: Any = None, *, test: Any = None, callbacks: Sequence[Any] = ()
) -> Run:
    """Go on with a run on a table; it ends as if nothing had happened.

    Args:
        folder: of the run, as `train` made it.
        data: the rows, if they did not come from a file.
        test: rows to test on, if the run was given some.
        callbacks: further callbacks of `fit`.
    Returns:
        The finished run, in the same folder.
    Raises:
        ArgumentError: the folder is of no run that can be resumed.
        TableError: the rows are not those that the run began with.
        FileFormatError: what was kept of the run is damaged.
    Example:
        >>> resume("runs/titanic-001").metrics                         # doctest: +SKIP
    """
    kind, begun = find(Path(folder))
    if kind != "table":
        raise ArgumentError(
            message(
                f"{str(folder)!r} is a run on pictures.",
                fix="lamina.images.resume goes on with it",
            )
        )
    prepared, begun = prepare_again(begun, data, test)
    return finish(prepared, begun, callbacks)


def prepare_again(
    begun: UnfinishedRun, data: Any = None, test: Any = None
) -> tuple[Prepared, UnfinishedRun]:
    """The rows of a run that was found, and the run with its settings.

    Args:
        begun: as `find` gave it.
        data: the rows, if they did not come from a file.
        test: rows to test on, if the run was given some.
    Raises:
        TableError: the rows are not those that the run began with.
    """
    if data is None and not begun.source:
        raise TableError(
            f"The rows of {str(begun.folder)!r} came from memory.",
            "lamina.tables.resume(folder, data) goes on with them, in Python",
        )
    begun = replace(begun, settings=make_settings(begun.settings))
    prepared = prepare(begun.source if data is None else data, begun.settings, test)
    begun.check_data(table_fingerprint(prepared, begun.source))
    return prepared, begun
