"""`lamina train TABLE --target COLUMN`: train, save the run's folder, say how good it is."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.cli.failures import INTERRUPTED
from lamina.cli.progress import EpochProgress
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
        The exit code. After Ctrl-C the run is finished with the best weights so far; a second
        Ctrl-C ends it at once.
    """
    from lamina.tables.preparing import prepare
    from lamina.tables.settings import make_settings
    from lamina.tables.workflow import train_prepared

    choices = dict(choices)
    data = data or choices.pop("data", None)
    choices.pop("data", None)
    if not data:
        raise ArgumentError(
            message(
                "name the table to train on, a folder of images, or a dataset.",
                fix="lamina train FILE --target COLUMN; a config may name it as data",
            )
        )
    if data != "-" and Path(data).is_dir():
        from lamina.cli.images import train_pictures

        return train_pictures(
            data, choices, out=out, as_json=as_json, quiet=quiet, dry_run=dry_run, report=report
        )
    if not choices.get("target"):
        raise ArgumentError(
            message("say what to predict.", fix=f"lamina train {data} --target COLUMN")
        )
    settings = make_settings(choices)
    if not dry_run:
        check_folder(out)
    prepared = prepare(data, settings)
    talk = not (as_json or quiet)
    if talk:
        print(decisions_text(prepared), file=sys.stderr)
    if dry_run:
        if as_json:
            print(json.dumps(_decisions(prepared), ensure_ascii=False))
        return 0
    progress = EpochProgress(settings.epochs, not talk)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # whatever is told meanwhile is progress
            run = train_prepared(prepared, settings, data, out, report=report, callbacks=[progress])
    finally:
        progress.close()
    if as_json:
        from lamina.tables.run import metrics_json

        print(json.dumps({"run": str(run.folder), **metrics_json(run)}, ensure_ascii=False))
    elif not quiet:
        print(result_text(run))
    return INTERRUPTED if run.interrupted else 0


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


def result_text(run: Any) -> str:
    """How good the model is, and where everything lies."""
    lines = [
        f"trained {len(run.history)} epochs in {run.seconds:.1f} s, kept epoch {run.best_epoch}"
    ]
    lines += scores_lines(run.scores, run.facts.get("baselines", {}))
    if run.threshold != 0.5:
        lines.append(f"threshold {run.threshold:.3f}, chosen on validation rows by F1")
    lines.append(
        f"saved in {run.folder}: {', '.join(sorted(p.name for p in run.folder.iterdir()))}"
    )
    lines.append(f"to make it again: {run.command}")
    return "\n".join(lines)


def scores_lines(scores: dict[str, Any], baselines: dict[str, Any]) -> list[str]:
    """The figures of test rows with their intervals, beside the baselines'."""
    if not scores:
        return ["no test rows, no scores"]
    others = {name: b for name, b in baselines.items() if b["figures"]}
    head = "".join(f"{b['name']:>22}" for b in others.values())
    lines = [f"{scores['rows']:,} test rows{'':20}95 % interval{head}"]
    for name, figure in scores["figures"].items():
        lines.append(f"  {name:18} {_figure(figure)}" + "".join(
            f"{_value(b['figures'].get(name)):>22}" for b in others.values()
        ))  # fmt: skip
    return lines


def _figure(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return figure.get("why", "undefined")
    interval = ""
    if figure.get("low") is not None:
        interval = f"{figure['low']:.4g} – {figure['high']:.4g}"
    return f"{figure['value']:>10.4g}  {interval:>18}"


def _value(figure: dict[str, Any] | None) -> str:
    return "" if figure is None or figure["value"] is None else f"{figure['value']:.4g}"
