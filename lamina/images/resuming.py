"""Going on with a run on pictures that was interrupted or killed; see `lamina.tables.resuming`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.images.preparing import Pictures, prepare
from lamina.images.run import ImageRun
from lamina.images.settings import ImageSettings
from lamina.images.workflow import finish
from lamina.tables.settings import make_settings
from lamina.tables.unfinished import UnfinishedRun, find


def resume(folder: str | Path, *, more: Sequence[Any] = ()) -> ImageRun:
    """Go on with a run on pictures that was interrupted or killed; it ends as if it had not been.

    Args:
        folder: of the run, as `train` made it.
        more: further callbacks of `fit`.
    Returns:
        The finished run, in the same folder.
    Raises:
        ArgumentError: the folder is of no run that can be resumed.
        TableError: the pictures are not those that the run began with.
        FileFormatError: what was kept of the run is damaged.
    Example:
        >>> resume("runs/pets-001").metrics                            # doctest: +SKIP
    """
    kind, begun = find(Path(folder))
    if kind != "pictures":
        raise ArgumentError(
            message(
                f"{str(folder)!r} is a run on a table.", fix="lamina.tables.resume goes on with it"
            )
        )
    return finish(*prepare_again(begun), more)


def prepare_again(begun: UnfinishedRun) -> tuple[Pictures, UnfinishedRun]:
    """The pictures of a run that was found, and the run with its settings.

    Args:
        begun: as `find` gave it.
    Raises:
        TableError: the pictures are not those that the run began with.
    """
    begun = replace(begun, settings=make_settings(begun.settings, ImageSettings))
    found = prepare(begun.source, begun.settings)
    begun.check_data(found.fingerprint())
    return found, begun
