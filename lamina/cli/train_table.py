"""`lamina train TABLE --target COLUMN`, or `train DATASET`: train, save, say how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.cli.sources import are_pictures, source_of
from lamina.cli.training import carry_out
from lamina.cli.writing import check_folder


def train_table(
    data: str | None,
    choices: dict[str, Any],
    *,
    out: Path,
    as_json: bool = False,
    quiet: bool = False,
    dry_run: bool = False,
    report: bool = True,
) -> int:
    """Do the whole run.

    Args:
        data: path or "-"; None takes it from the choices.
        choices: settings by name, and "data".
        out: folder in which the run's folder is made.
        as_json: print one JSON object and nothing else.
        quiet: print nothing.
        dry_run: stop before training and say what was decided.
        report: whether report.html is made.
    Returns:
        The exit code; see `carry_out`.
    """
    from lamina.tables.preparing import prepare
    from lamina.tables.settings import make_settings
    from lamina.tables.workflow import begin_run, finish

    data, choices = source_of(data, choices, as_json)
    if not data:
        raise ArgumentError(
            message(
                "name the table to train on, a folder of images, or a dataset.",
                fix="lamina train FILE --target COLUMN; a config may name it as data",
            )
        )
    if are_pictures(data):
        from lamina.cli.images import train_pictures

        return train_pictures(
            data, choices, out=out, as_json=as_json, quiet=quiet, dry_run=dry_run, report=report
        )
    if not choices.get("target"):
        raise _no_target(data, choices)
    settings = make_settings(choices)
    if not dry_run:
        check_folder(out)
    prepared = prepare(data, settings)
    return carry_out(
        lambda: decisions_text(prepared),
        lambda: _decisions(prepared),
        lambda: begin_run(prepared, settings, data, out, report=report),
        lambda begun, told: finish(prepared, begun, [told]),
        settings.epochs,
        as_json=as_json,
        quiet=quiet,
        dry_run=dry_run,
    )


def _no_target(data: str, choices: dict[str, Any]) -> ArgumentError:
    """The error for a table of which nothing was said, with its columns if it can be read."""
    from lamina.tables.reading import read_table

    columns = ""
    if data != "-":
        asked: dict[str, Any] = {n: choices.get(n) for n in ("separator", "encoding", "header")}
        names = read_table(data, **asked).frame.columns
        more = f" and {len(names) - 30} more" if len(names) > 30 else ""
        columns = f"one of the columns: {', '.join(names[:30])}{more}"
    fix = f"lamina train {data} --target COLUMN"
    return ArgumentError(message("say what to predict.", required=columns or None, fix=fix))


def decisions_text(prepared: Any) -> str:
    """What was read and decided, for people."""
    target, table = prepared.target, prepared.table
    lines = [
        f"{table.name}: {table.rows:,} rows, {table.frame.width} columns",
        *(f"  {note}" for note in table.notes),
        *(f"  {rows:,} rows left out: {why}" for why, rows in prepared.dropped.items()),
        f"target {', '.join(target.names)}: {target.task} ({target.reason})",
        *(f"  {note}" for note in prepared.split.notes),
    ]
    width = max(len(c.name) for c in prepared.columns)
    lines += [f"  {c.name:{width}}  {c.kind:8}  {c.reason}" for c in prepared.columns]
    lines += [f"WARNING: {leak.sentence(target)}" for leak in prepared.leaks]
    return "\n".join(lines)


def _decisions(prepared: Any) -> dict[str, Any]:
    target = prepared.target
    return {
        "rows": prepared.table.rows,
        "target": list(target.names),
        "task": target.task,
        "task_reason": target.reason,
        "notes": [*prepared.table.notes, *prepared.split.notes],
        "columns": {c.name: {"kind": c.kind, "reason": c.reason} for c in prepared.columns},
        "warnings": [leak.sentence(target) for leak in prepared.leaks],
    }
