"""How a training command goes: say what was decided, train, say how good the model is.

Decisions and progress go to stderr, the result to stdout; with `--json`, one object and nothing
else.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any

from lamina.cli.failures import INTERRUPTED, CommandError
from lamina.cli.progress import EpochProgress


def carry_out(
    text: Callable[[], str],
    plain: Callable[[], dict[str, Any]],
    begin: Callable[[], Any],
    train: Callable[[Any, EpochProgress], Any],
    epochs: int,
    *,
    as_json: bool,
    quiet: bool,
    dry_run: bool = False,
) -> int:
    """Train and tell.

    Args:
        text: gives the decisions for people.
        plain: gives them as a dict, for a dry run with `--json`.
        begin: gives the `UnfinishedRun`, whose folder it makes if there is none yet.
        train: trains that run with a callback that shows progress; returns a `FinishedRun`.
        epochs: the most there will be.
        as_json: print one JSON object and nothing else.
        quiet: print nothing.
        dry_run: stop before training.
    Returns:
        The exit code. After Ctrl-C the run is finished with the best weights so far, and can be
        resumed.
    Raises:
        CommandError: a second Ctrl-C, or one before the first epoch; the hint is the command that
            goes on.
    """
    talk = not (as_json or quiet)
    if talk:
        print(text(), file=sys.stderr)
    if dry_run:
        if as_json:
            print(json.dumps(plain(), ensure_ascii=False))
        return 0
    begun = begin()
    if talk:
        print(
            f"in {begun.folder}; after an interruption go on with: {begun.command}", file=sys.stderr
        )
    progress = EpochProgress(epochs, not talk)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # whatever is told meanwhile is progress
            run = train(begun, progress)
    except KeyboardInterrupt:
        problem = f"interrupted; what was trained is kept in {begun.folder}"
        raise CommandError(INTERRUPTED, problem, begun.command) from None
    finally:
        progress.close()
    if as_json:
        told = {"run": str(run.folder), **run.metrics_json()}
        if run.interrupted:
            told["resume"] = run.resume_command
        print(json.dumps(told, ensure_ascii=False))
    elif not quiet:
        print(result_text(run))
    return INTERRUPTED if run.interrupted else 0


def result_text(run: Any) -> str:
    """How good the model is, and where everything lies."""
    lines = [
        f"trained {len(run.history)} epochs in {run.seconds:.1f} s, kept epoch {run.best_epoch}"
    ]
    if run.network_reason:
        lines.append(f"chose {run.network_reason}")
    lines += scores_lines(run.scores, run.facts.get("baselines", {}))
    if run.threshold != 0.5:
        lines.append(f"threshold {run.threshold:.3f}, chosen on validation rows by F1")
    lines.append(
        f"saved in {run.folder}: {', '.join(sorted(p.name for p in run.folder.iterdir()))}"
    )
    lines.append(f"to make it again: {run.command}")
    if run.interrupted:
        lines.append(f"interrupted; to go on: {run.resume_command}")
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
