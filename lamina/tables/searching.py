"""Looking for better settings: Optuna tries some, validation rows judge, the best make a run.

What is tuned, a table or a folder of pictures, is a `Subject`, which has taken its test rows away
before the first trial: what a trial is given does not have them, so no choice can lean on them. A
trial that does worse than the median of its elders at the same epoch ends early. The study is kept
in a database, so that it can go on later, or on several machines at once.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message, missing_extra
from lamina.callbacks import Callback
from lamina.tables.errors import TrainingFailed
from lamina.tables.finished import FinishedRun
from lamina.tables.studies import Place, digest, finished, plain, rows_of
from lamina.tables.times import TimeLimit

_STARTUP = 5  # trials, and epochs of a trial, before any is ended early


@dataclass
class Tuned:
    """What tuning found.

    Attributes:
        best: the settings with the least validation loss.
        score: that loss.
        trials: one row per finished trial: number, state, score, epochs, and what was tried.
        place: where the study is kept.
        run: with the best settings; None if `train_best` was False.
    """

    best: Any
    score: float
    trials: list[dict[str, Any]]
    place: Place
    run: Any = None


class Subject:
    """What is tuned: a table or a folder of pictures, which say what differs.

    Args:
        name: of the study, if no other is given.
        settings: what is named there is not tried.
    """

    def __init__(self, name: str, settings: Any) -> None:
        self.name = name
        self.settings = settings

    def described(self) -> dict[str, Any]:
        """What a study says of itself: trials of others cannot be compared with its own."""
        return {"data": digest(self.content()).hex()[:16], "settings": plain(self.settings)}

    def changed(self, parameters: dict[str, Any]) -> Any:
        """The settings with the parameters of a trial."""
        return self.settings.model_copy(update=self.changes(parameters))

    # --- what differs ---

    def content(self) -> str:
        """All that the scores of trials depend on, but for the settings."""
        raise NotImplementedError

    def starts(self) -> list[dict[str, Any]]:
        """Parameters of the first trials; empty if every one is chosen already."""
        raise NotImplementedError

    def suggested(self, trial: Any) -> dict[str, Any]:
        """Parameters that a trial of Optuna tries."""
        raise NotImplementedError

    def changes(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Parameters of a trial as settings."""
        raise NotImplementedError

    def fit(self, settings: Any, callbacks: Sequence[Any]) -> Any:
        """Train without test rows; the result says whether it was `interrupted`."""
        raise NotImplementedError

    def finish(
        self, settings: Any, out: str | Path, report: bool, callbacks: Sequence[Any]
    ) -> FinishedRun:
        """The run that settings make."""
        raise NotImplementedError


def search(
    subject: Subject,
    *,
    trials: int = 30,
    time_limit: float | None = None,
    storage: str | None = None,
    study: str | None = None,
    resume: bool = False,
    out: str | Path = "runs",
    report: bool = True,
    train_best: bool = True,
    on_trial: Callable[[dict[str, Any]], None] | None = None,
    on_place: Callable[[Place], None] | None = None,
    callbacks: Sequence[Any] = (),
) -> Tuned:
    """Try settings and train with the best.

    Args:
        subject: what is tuned.
        trials: how many finished trials the study is to have, those of earlier calls included.
        time_limit: seconds after which no trial begins, and the current one ends.
        storage: URL of a database that Optuna knows; None makes a SQLite file in a new folder.
        study: its name there; None takes the subject's.
        resume: whether to go on with the newest study of the subject in `out`.
        out: folder of runs.
        report: whether the run gets a report.
        train_best: whether the best settings are trained; False only tries.
        on_trial: is told of every finished trial, as in `Tuned.trials`.
        on_place: is told where the study is kept, before the first trial.
        callbacks: further callbacks of the best settings' `fit`.
    Returns:
        The best settings and their run.
    Raises:
        ArgumentError: the study is of something else, or cannot be opened.
        TrainingFailed: no trial came to an end.
    """
    with quiet_optuna() as optuna:
        place = Place.find(storage, study or subject.name, Path(out), resume)
        found = place.open(optuna, subject.described(), subject.settings.seed, _pruner(optuna))
        if on_place is not None:
            on_place(place)
        begin = subject.starts()
        if not begin:
            raise ArgumentError("every setting that tuning tries is chosen already")
        for start in begin:
            found.enqueue_trial(start, skip_if_exists=True)
        end = math.inf if time_limit is None else time.monotonic() + time_limit
        while len(finished(found)) < trials and time.monotonic() < end:
            _one_trial(optuna, found, subject, end)
            if on_trial is not None:
                on_trial(rows_of(found)[-1])
        rows = rows_of(found)
        if not any(row["state"] == "complete" for row in rows):
            raise TrainingFailed(
                message("No trial came to an end.", fix="give more time, or another --lr")
            )
        place.write_rows(rows)
        best = subject.changed(found.best_params)
        score = float(found.best_value)
    run = subject.finish(best, out, report, callbacks) if train_best else None
    return Tuned(best, score, rows, place, run)


@contextmanager
def quiet_optuna() -> Iterator[Any]:
    """Optuna, saying nothing while it lasts."""
    try:
        import optuna
    except ImportError:
        raise missing_extra("optuna", "tune", "lamina tune") from None
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield optuna
    finally:
        optuna.logging.set_verbosity(before)


def _pruner(optuna: Any) -> Any:
    return optuna.pruners.MedianPruner(n_startup_trials=_STARTUP, n_warmup_steps=_STARTUP)


def _one_trial(optuna: Any, study: Any, subject: Subject, end: float) -> None:
    """Try what the study asks for; whatever becomes of it, the study is told."""
    trial = study.ask()
    failed = optuna.trial.TrialState.FAIL
    try:
        settings = subject.changed(subject.suggested(trial))
        watcher = Watcher(trial)
        more: list[Any] = [watcher]
        if end < math.inf:
            more.append(TimeLimit(max(0.0, end - time.monotonic())))
        fitted = subject.fit(settings, more)
        if fitted.interrupted:  # Ctrl-C, which keeps the best weights of a run; a trial has no use
            raise KeyboardInterrupt
    except TrainingFailed:
        study.tell(trial, state=failed)
    except BaseException:  # Ctrl-C among them: the trial must not seem to run on
        trial.set_user_attr("interrupted", True)
        study.tell(trial, state=failed)
        raise
    else:
        trial.set_user_attr("epochs", watcher.epochs)
        if watcher.pruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, watcher.best)


class Watcher(Callback):
    """Tells a trial of every epoch's validation loss, and ends it if the trial says so.

    Args:
        trial: of Optuna.
    Attributes:
        best: the least validation loss.
        epochs: how many there were.
        pruned: whether the trial was ended.
    """

    def __init__(self, trial: Any) -> None:
        super().__init__()
        self.trial = trial
        self.best = math.inf
        self.epochs = 0
        self.pruned = False

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin anew: after a NaN, `fit` is called once more."""
        self.best = math.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report, and ask whether to go on."""
        loss = float((logs or {}).get("val_loss", math.nan))
        if not math.isfinite(loss):
            return
        self.best = min(self.best, loss)
        if epoch < self.epochs:
            return  # a second attempt's: the trial has heard of this epoch
        self.epochs = epoch + 1
        self.trial.report(loss, epoch)
        if self.trial.should_prune():
            self.pruned = True
            self.model.stop_training = True
