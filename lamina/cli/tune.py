"""`lamina tune TABLE --target COLUMN`, or `tune FOLDER`: try settings, train with the best."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.cli.failures import INTERRUPTED, CommandError
from lamina.cli.sources import are_pictures, source_of
from lamina.cli.training import result_text


def tune_table(
    data: str | None,
    choices: dict[str, Any],
    *,
    out: Path,
    trials: int,
    time_limit: float | None,
    storage: str | None,
    study: str | None,
    resume: bool,
    as_json: bool,
    quiet: bool,
    report: bool,
) -> int:
    """Do the whole of it.

    Args:
        data: path or "-"; None takes it from the choices.
        choices: settings by name, and "data"; what they name is not tried.
        out: folder of runs.
        trials: how many the study is to have.
        time_limit: seconds of trying.
        storage: URL of a database.
        study: its name there.
        resume: whether to go on with the newest study.
        as_json: print one JSON object and nothing else.
        quiet: print nothing.
        report: whether report.html is made.
    Returns:
        The exit code: 130 if the last training was interrupted, whose best weights are kept.
    Raises:
        CommandError: interrupted; the hint is the command that goes on.
    """
    tune, data, settings = _asked(data, choices, as_json)
    teller = _Teller(talks=not (as_json or quiet), trials=trials)
    try:
        tuned = tune(
            data,
            settings,
            trials=trials,
            time_limit=time_limit,
            storage=storage,
            study=study,
            resume=resume,
            out=out,
            report=report,
            on_trial=teller.trial,
            on_place=teller.begin,
        )
    except KeyboardInterrupt:
        raise CommandError(INTERRUPTED, teller.interrupted(), teller.resume_command()) from None
    if as_json:
        print(json.dumps(_plain(tuned), ensure_ascii=False))
    elif not quiet:
        print(_text(tuned))
    return INTERRUPTED if tuned.run is not None and tuned.run.interrupted else 0


def _asked(data: str | None, choices: dict[str, Any], as_json: bool) -> tuple[Any, str, Any]:
    """The function that tunes a table or pictures, where these are, and the settings."""
    from lamina.tables.settings import make_settings

    data, choices = source_of(data, choices, as_json)
    if data and are_pictures(data):
        from lamina.cli.images import picture_settings
        from lamina.images import tuning as of_pictures

        return of_pictures.tune, data, picture_settings(data, choices)
    from lamina.tables import tuning

    if not data or not choices.get("target"):
        raise ArgumentError(
            message(
                "say on which table, and what to predict.",
                fix="lamina tune FILE --target Y; or lamina tune FOLDER for pictures",
            )
        )
    return tuning.tune, data, make_settings(choices)


class _Teller:
    """Tells on stderr how it goes, and how to go on."""

    def __init__(self, talks: bool, trials: int) -> None:
        self.talks = talks
        self.trials = trials
        self.done = 0
        self.best: float | None = None
        self.place: Any = None

    def begin(self, place: Any) -> None:
        self.place = place
        if self.talks:
            print(f"study {place.study!r} in {place.storage}", file=sys.stderr)

    def trial(self, row: dict[str, Any]) -> None:
        self.done += 1
        score = row["score"]
        if row["state"] == "complete" and (self.best is None or score < self.best):
            self.best = score
        if self.talks:
            about = ("number", "state", "score", "epochs")
            tried = {n: v for n, v in row.items() if n not in about and v is not None}
            shown = "  ".join(f"{n} {_short(v)}" for n, v in tried.items())
            told = row["state"] if score is None else f"{row['state']} {score:.4f}"
            number = f"trial {row['number'] + 1} of {self.trials}"
            print(f"{number}  {told}  {shown}", file=sys.stderr, flush=True)

    def interrupted(self) -> str:
        best = "" if self.best is None else f", the best with validation loss {self.best:.4f}"
        trials = "1 trial" if self.done == 1 else f"{self.done} trials"
        return f"interrupted; kept of this sitting: {trials}{best}"

    def resume_command(self) -> str:
        if self.place is None:
            return ""
        words = [w for w in sys.argv[1:] if w != "--resume"]
        more = ["--resume"] if self.place.folder is not None else []
        return shlex.join(["lamina", *words, *more])


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _plain(tuned: Any) -> dict[str, Any]:
    return {
        "study": tuned.place.study,
        "storage": tuned.place.storage,
        "trials": tuned.trials,
        "best": tuned.best.model_dump(mode="json", exclude_unset=True),
        "validation_loss": tuned.score,
        "run": str(tuned.run.folder),
        **tuned.run.metrics_json(),
    }


def _text(tuned: Any) -> str:
    chosen = tuned.best.model_dump(mode="json", exclude_unset=True, exclude={"target"})
    first = next((r for r in tuned.trials if r["number"] == 0), {"score": None})
    lines = [f"best of {len(tuned.trials)} trials: validation loss {tuned.score:.4f}"]
    if first["score"] is not None:
        lines[0] += f" (the first trial, {first['score']:.4f}, had the defaults)"
    lines += [f"  {name} = {_short(value)}" for name, value in chosen.items()]
    return "\n".join([*lines, result_text(tuned.run)])
