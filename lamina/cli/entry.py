"""The entry of the command: run what was asked, turn any failure into a message and a code."""

import importlib.util
import os
import sys
from collections.abc import Sequence

from lamina.base.errors import missing_extra
from lamina.cli.failures import describe, wants_json


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the `lamina` command.

    Args:
        arguments: the words after `lamina`; None takes them from the command line.
    Returns:
        The exit code, see `failures`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _dispatch(words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever read the output has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except (Exception, KeyboardInterrupt) as error:
        return describe(error).tell(wants_json(words))


def _dispatch(words: list[str]) -> int:
    if importlib.util.find_spec("typer") is None:
        return _without_typer(words)
    from lamina.cli.app import run_command

    return run_command(words)


def _without_typer(words: list[str]) -> int:
    from lamina.cli import doctor

    if words[:1] == ["doctor"]:
        doctor.show(as_json="--json" in words)
        return 0
    if words == ["--version"]:
        print(doctor.version_line())
        return 0
    raise missing_extra("typer", "cli", "The `lamina` command")
