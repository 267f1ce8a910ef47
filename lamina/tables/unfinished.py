"""A run that has a folder and is not finished: how its folder begins, and how it is found again.

The folder is made when training starts, with the config and with `checkpoints/`, which holds the
states of the fits (`checkpoints`) and, in run.json, what resuming needs to know besides. When the
run is finished `checkpoints/` goes; so a run that has it can be resumed. Until then config.toml
says what was asked for, afterwards what was decided.
"""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, FileFormatError, message
from lamina.saving.json_text import parse_json
from lamina.tables.checkpoints import NOTHING_KEPT, Checkpoints
from lamina.tables.errors import TrainingFailed
from lamina.tables.fingerprint import FIELDS, Fingerprint, check_same, is_path
from lamina.tables.holding import hold
from lamina.tables.run_folders import make_run_folder, write_json, write_text
from lamina.tables.settings import read_toml, to_toml

FOLDER, _FILE, _CONFIG = "checkpoints", "run.json", "config.toml"


@dataclass(frozen=True, kw_only=True)
class UnfinishedRun:
    """A run before its end.

    Attributes:
        name: of the run.
        settings: as they were given.
        source: where the data are, as it was given; "" for rows from memory.
        report: whether the finished run gets a report.
        folder: of the run; None if nothing is written.
        checkpoints: of its fits.
        data: by what the data are known again; None if nothing is written.
    """

    name: str
    settings: Any
    source: str = ""
    report: bool = True
    folder: Path | None = None
    checkpoints: Checkpoints = NOTHING_KEPT
    data: Fingerprint | None = None

    @property
    def command(self) -> str:
        """The shell command that goes on with the run."""
        return "" if self.folder is None else resume_command(self.folder, self.source)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes off the run while the context lasts.

        Training that fails in it leaves no folder of a run of which nothing came; what an earlier
        sitting saved stays.
        """
        if self.folder is None:
            yield
            return
        with hold(self.folder / FOLDER / _FILE):
            try:
                yield
            except TrainingFailed:
                if {path.name for path in self.folder.iterdir()} == {FOLDER, _CONFIG}:
                    shutil.rmtree(self.folder)
                raise

    def check_data(self, now: Fingerprint) -> None:
        """Refuse data that are not those of the beginning.

        Args:
            now: of the data that are there.
        Raises:
            TableError: they differ.
        """
        assert self.data is not None and self.folder is not None
        again = f"begin anew: lamina train --config {shlex.quote(str(self.folder / _CONFIG))}"
        check_same(self.data, now, f"give the run the data that it began with, or {again}")


def begin(
    parent: Path, kind: str, name: str, settings: Any, source: str, report: bool, data: Fingerprint
) -> UnfinishedRun:
    """Make the folder of a run.

    Args:
        parent: where runs are kept.
        kind: "table" or "pictures".
        name: of the run.
        settings: as they were given.
        source: where the data are.
        report: whether the finished run gets a report.
        data: by what they are known again.
    Raises:
        ArgumentError: no folder can be made there.
    """
    folder = make_run_folder(parent, name)
    config = to_toml(settings, where(source))
    write_text(folder / _CONFIG, config)
    checkpoints = folder / FOLDER
    checkpoints.mkdir()
    known = {"kind": kind, "name": name, "source": source, "report": report, "data": data}
    write_json(checkpoints / _FILE, {**known, "config": config})
    return UnfinishedRun(
        name=name,
        settings=settings,
        source=source,
        report=report,
        folder=folder,
        checkpoints=Checkpoints(checkpoints),
        data=data,
    )


def find(folder: Path) -> tuple[str, UnfinishedRun]:
    """The run of a folder, if it is one that can be resumed.

    Args:
        folder: of the run.
    Returns:
        "table" or "pictures", and the run; its settings are still a dict of values.
    Raises:
        ArgumentError: it is no run's folder, a finished run, one that another process is training,
            or its config was changed.
        FileFormatError: its run.json is damaged.
    """
    if not (folder / _CONFIG).is_file():
        raise ArgumentError(
            message(
                f"{str(folder)!r} is no run that could be resumed: it has no {_CONFIG}.",
                fix="give the folder of a run, such as runs/NAME-001",
            )
        )
    if not (folder / FOLDER).is_dir() or _has_ended(folder):
        why = "is finished; there is nothing to go on with"
        if not _has_ended(folder):
            why = f"has no {FOLDER}/ to go on from"
        raise ArgumentError(
            message(
                f"{str(folder)!r} {why}.",
                fix=f"to make it again: lamina train --config {folder / _CONFIG}",
            )
        )
    known = _known(folder / FOLDER / _FILE)
    if (folder / _CONFIG).read_text(encoding="utf-8") != known["config"]:
        raise ArgumentError(
            message(
                f"{str(folder / _CONFIG)!r} was changed since the run began.",
                fix="undo the changes to go on; to begin anew with them: "
                f"lamina train --config {folder / _CONFIG}",
            )
        )
    values = read_toml(folder / _CONFIG)
    source, path = known["source"], values.pop("data")
    run = UnfinishedRun(
        name=known["name"],
        settings=values,
        source=source if where(source) == path else path,  # it may be resumed from elsewhere
        report=known["report"],
        folder=folder,
        checkpoints=Checkpoints(folder / FOLDER),
        data=known["data"],
    )
    with run.held():
        return known["kind"], run


def where(source: str) -> str:
    """A source as a config names it: the whole path of a file; names, "-" and "" as they are."""
    return str(Path(source).expanduser().absolute()) if is_path(source) else source


def resume_command(folder: Path, source: str) -> str:
    """The shell command that goes on with the run of a folder."""
    rows = " < ROWS" if source == "-" else ""
    return f"lamina train --resume {shlex.quote(str(folder))}{rows}"


def _has_ended(folder: Path) -> bool:
    """Whether all was done, though the run may have been killed before its checkpoints went."""
    try:
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        return metrics["interrupted"] is False
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _known(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from None
    known = parse_json(content, str(path), len(content))
    kinds = {"kind": str, "name": str, "source": str, "report": bool, "config": str, "data": dict}
    for name, kind in kinds.items():
        if not isinstance(known, dict) or not isinstance(known.get(name), kind):
            raise _damaged(path, f"{name!r} is absent")
    if not known["data"].keys() >= FIELDS:
        raise _damaged(path, "'data' is not whole")
    return known


def _damaged(path: Path, why: str) -> FileFormatError:
    fix = "restore it from a backup, or begin anew: lamina train --config "
    return FileFormatError(
        message(f"{path} is damaged: {why}.", fix=f"{fix}{path.parent.parent / _CONFIG}")
    )
