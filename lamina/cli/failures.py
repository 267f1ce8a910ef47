"""How the command fails: which exit code, and one clear message instead of a traceback.

| code | meaning |
|---|---|
| 0 | success |
| 1 | a bug of ours; the traceback is in a log file |
| 2 | wrong usage |
| 3 | the data cannot be used |
| 4 | the model file cannot be used |
| 5 | a package is missing |
| 6 | the training failed |
| 130 | interrupted |
"""

import errno
import json
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from lamina.base.errors import (
    ArgumentError,
    FileFormatError,
    LaminaError,
    MissingExtraError,
    message,
)
from lamina.datasets.files import DatasetNotFoundError
from lamina.tables.errors import SchemaError, TableError, TrainingFailed

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
_HELP = "lamina --help shows what there is, and so does --help after a command."
BUG, USAGE, DATA, MODEL_FILE, MISSING_PACKAGE, TRAINING, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130


class CommandError(LaminaError):
    """A command cannot go on; carries its exit code, and optionally what to do."""

    def __init__(self, code: int, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.failure = Failure(code, problem, hint)


@dataclass(frozen=True)
class Failure:
    """What is told to the user: the exit code, what is wrong, what to do about it."""

    code: int
    message: str
    hint: str = ""

    def tell(self, as_json: bool) -> int:
        """Print it, on stdout as one JSON object or on stderr as text; returns the exit code."""
        if as_json:
            print(json.dumps({"error": vars(self)}, ensure_ascii=False))
        else:
            text = message(self.message, fix=self.hint or None)
            print(f"lamina: {text}", file=sys.stderr)
        return self.code


def describe(error: BaseException) -> Failure:
    """The failure that stands for an exception.

    Args:
        error: anything that ended a command.
    Returns:
        Exit code, message and hint. An exception that no command foresees is a bug of ours: its
        traceback goes to a log file, which the message names.
    """
    if isinstance(error, CommandError):
        return error.failure
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":
        return Failure(INTERRUPTED, "interrupted")
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # typer, any version
        return Failure(USAGE, error.format_message(), _HELP)
    for kind, code in (
        (MissingExtraError, MISSING_PACKAGE),
        (DatasetNotFoundError, DATA),
        (TrainingFailed, TRAINING),
        (SchemaError, MODEL_FILE),
        (TableError, DATA),
        (FileFormatError, DATA),
        (ArgumentError, USAGE),
    ):
        if isinstance(error, kind):
            problem, _, hint = str(error).partition("\n  to fix:   ")
            return Failure(code, problem, hint or (_HELP if code == USAGE else ""))
    if isinstance(error, OSError) and error.errno in _DISK:
        where = f"{error.filename!r}: " if error.filename else ""
        return Failure(USAGE, f"cannot write {where}{error.strerror}", "choose --out")
    return Failure(
        BUG,
        f"something is wrong in Lamina itself: {type(error).__name__}: {error}",
        f"please report it with the log {_write_log(error)}",
    )


def _write_log(error: BaseException) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="lamina-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        traceback.print_exception(error, file=log)
    return log.name


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether `--json` is among the command's own arguments; those of a script are its own."""
    return "--json" in arguments and arguments[:1] != ["run"]
