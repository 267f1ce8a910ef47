"""`lamina train --resume RUN`: go on with a run that was interrupted or killed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lamina.base.errors import FileFormatError
from lamina.cli import images, train_table
from lamina.cli.failures import MODEL_FILE, USAGE, CommandError
from lamina.cli.training import carry_out

_ALLOWED = ("resume", "as_json", "quiet", "no_report")


def check_alone(context: Any) -> None:
    """Refuse options beside `--resume` that would make it another run.

    Args:
        context: of typer, for the command line as it was given.
    Raises:
        CommandError: there are some; names them.
    """
    others = [
        parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.name.upper()
        for parameter in context.command.params
        if parameter.name not in _ALLOWED
        and getattr(context.get_parameter_source(parameter.name), "name", "") == "COMMANDLINE"
    ]
    if others:
        raise CommandError(
            USAGE,
            f"--resume goes on with a run as it began, so it does not go with {_listed(others)}",
            "leave out the rest; or begin another run: lamina train --config RUN/config.toml with "
            "other options",
        )


def resume_run(folder: Path, *, as_json: bool, quiet: bool, report: bool) -> int:
    """Do the rest of a run.

    Args:
        folder: of the run.
        as_json: print one JSON object and nothing else.
        quiet: print nothing.
        report: whether report.html is made, if the run was to have one.
    Returns:
        The exit code; see `carry_out`.
    Raises:
        CommandError: what was kept of the run is damaged, exit code 4.
    """
    try:
        return _resume(folder, as_json, quiet, report)
    except FileFormatError as error:
        problem, _, hint = str(error).partition("\n  to fix:   ")
        raise CommandError(MODEL_FILE, problem, hint) from None


def _resume(folder: Path, as_json: bool, quiet: bool, report: bool) -> int:
    from lamina.images import resuming as of_pictures
    from lamina.images.workflow import finish as finish_pictures
    from lamina.tables import resuming as of_tables
    from lamina.tables.unfinished import find
    from lamina.tables.workflow import finish as finish_table

    kind, begun = find(folder)
    last = begun.checkpoints.last()
    begun = replace(begun, report=begun.report and report)
    steps: tuple[Any, Callable[[Any], str], Callable[..., Any]] = (
        (of_pictures.prepare_again, images.decisions_text, finish_pictures)
        if kind == "pictures"
        else (of_tables.prepare_again, train_table.decisions_text, finish_table)
    )
    prepare_again, decisions, finish = steps
    prepared, begun = prepare_again(begun)
    return carry_out(
        lambda: f"{decisions(prepared)}\n{_standing(last)}",
        dict,
        lambda: begun,
        lambda run, told: finish(prepared, run, [told]),
        begun.settings.epochs,
        as_json=as_json,
        quiet=quiet,
    )


def _standing(last: tuple[str, int] | None) -> str:
    if last is None:
        return "no epoch was kept yet: going on from the beginning"
    return f"going on after epoch {last[1]} of {last[0]}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
