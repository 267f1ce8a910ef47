"""Where a study is kept, what it says of itself, and its trials as rows."""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.tables.run_folders import make_run_folder, write_csv

_ATTRIBUTE = "lamina"
_NO_MATTER = {"language", "threshold", "time_limit", "strict"}
_ENDED = ("COMPLETE", "PRUNED", "FAIL")


@dataclass(frozen=True)
class Place:
    """Where a study is kept.

    Attributes:
        storage: URL of a database.
        study: its name there.
        folder: of the SQLite file; None for a storage that was given.
        shared: whether others may work on it at the same time.
    """

    storage: str
    study: str
    folder: Path | None
    shared: bool

    @staticmethod
    def find(storage: str | None, study: str, out: Path, resume: bool) -> Place:
        """The place that a command line asks for.

        Args:
            storage: URL; None is a SQLite file in a folder of `out`.
            study: name.
            out: folder of runs.
            resume: whether the newest such folder is meant, not a new one.
        Raises:
            ArgumentError: there is none to go on with.
        """
        if storage is not None:
            return Place(storage, study, None, True)
        name = f"{study}-tune"
        if resume:
            there = sorted(p for p in out.glob(f"{name}-*") if (p / "study.db").exists())
            if not there:
                raise ArgumentError(
                    message(
                        f"There is no study of {study!r} in {str(out)!r} to go on with.",
                        fix="leave out --resume, or name its --storage",
                    )
                )
            folder = there[-1]
        else:
            folder = make_run_folder(out, name)
        return Place(f"sqlite:///{folder.absolute() / 'study.db'}", study, folder, False)

    def open(self, optuna: Any, described: dict[str, Any], seed: int, pruner: Any) -> Any:
        """The study, made if it is not there.

        Args:
            optuna: the package.
            described: what the study must say of itself.
            seed: of what it suggests.
            pruner: of Optuna.
        Raises:
            ArgumentError: the database cannot be opened, or the study is of something else.
        """
        try:
            study = optuna.create_study(
                storage=self.storage, study_name=self.study, pruner=pruner, load_if_exists=True
            )
            begun = len(study.trials)
        except Exception as error:  # those of SQLAlchemy and of the database's driver
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ArgumentError(
                message(
                    f"The storage {self.storage!r} cannot be opened: {reason:.200}",
                    fix="give a URL that Optuna knows, such as sqlite:///study.db",
                )
            ) from None
        known = study.user_attrs.get(_ATTRIBUTE)
        if known is None:
            study.set_user_attr(_ATTRIBUTE, described)
        else:
            _refuse_other(known, described, self.study)
        # One seed per sitting, and per machine where several share the study, lest they all try
        # the same.
        if self.shared:
            seed += int.from_bytes(digest(f"{socket.gethostname()} {os.getpid()}")[:3])
        # `group` learns width and dropout from the trials that have them: linear ones do not.
        study.sampler = optuna.samplers.TPESampler(
            seed=(seed + begun) % 2**32, multivariate=True, group=True, constant_liar=self.shared
        )
        return study

    def write_rows(self, rows: list[dict[str, Any]]) -> None:
        """Write the trials beside the SQLite file, if it is ours.

        Args:
            rows: as `rows_of` gives them.
        """
        if self.folder is not None:
            write_csv(self.folder / "trials.csv", rows)


def plain(settings: Any) -> dict[str, Any]:
    """The settings that were chosen, as far as they matter to a trial's score.

    Args:
        settings: of all trials.
    """
    return settings.model_dump(mode="json", exclude_unset=True, exclude=_NO_MATTER)


def digest(text: str) -> bytes:
    """What a text is known by.

    Args:
        text: of any length.
    """
    return hashlib.sha256(text.encode()).digest()


def _refuse_other(known: dict[str, Any], wanted: dict[str, Any], name: str) -> None:
    for what, value in wanted.items():
        if known.get(what) != value:
            raise ArgumentError(
                message(
                    f"The study {name!r} is of other {what}; its trials cannot be compared.",
                    received=known.get(what),
                    required=value,
                    fix="give another --study, or leave out --resume",
                )
            )


def finished(study: Any) -> list[Any]:
    """The trials that ended by themselves, failed ones too, so that a study of failures ends.

    Args:
        study: of Optuna.
    """
    ended = [t for t in study.get_trials(deepcopy=False) if t.state.name in _ENDED]
    return [t for t in ended if "interrupted" not in t.user_attrs]


def rows_of(study: Any) -> list[dict[str, Any]]:
    """The trials that ended as rows: number, state, score, epochs, and what was tried.

    Args:
        study: of Optuna.
    """
    ended = finished(study)
    names = list(dict.fromkeys(name for t in ended for name in t.params))
    return [
        {
            "number": t.number,
            "state": t.state.name.lower(),
            "score": t.value,
            "epochs": t.user_attrs.get("epochs"),
            **{name: t.params.get(name) for name in names},
        }
        for t in ended
    ]
