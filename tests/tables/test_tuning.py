"""Tuning: it never sees test rows, goes on where it stopped, and leaves a normal run."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from lamina.base.errors import ArgumentError
from lamina.cli import main
from lamina.tables import search_space, searching, tuning
from lamina.tables.preparing import prepare
from lamina.tables.settings import Settings, make_settings, resolved
from lamina.tables.splits import TEST
from lamina.tables.tuning import tune, without_test_rows


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=(120, 2))
    words = np.where(x[:, 0] + 0.3 * random.normal(size=120) > 0, "yes", "no")
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": words})


@pytest.fixture
def settings() -> Settings:
    """Depth, width and batch are fixed, so that few programs are compiled."""
    return make_settings(
        {"target": "y", "epochs": 2, "members": 1, "layers": [4], "batch_size": 64}
    )


def test_test_rows_are_taken_away(frame: pl.DataFrame, settings: Settings) -> None:
    prepared = prepare(frame, settings)
    known = without_test_rows(prepared)
    kept = prepared.split.part != TEST
    assert 0 < len(known.y) == known.frame.height == kept.sum() < len(prepared.y)
    assert not (known.split.part == TEST).any() and (known.split.fold >= 0).all()
    assert known.table.frame.height == 0
    assert known.frame.equals(prepared.frame.filter(kept))


def test_poisoned_test_rows_change_nothing(
    frame: pl.DataFrame, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poisoned(*arguments):
        prepared = prepare(*arguments)
        test = prepared.split.part == TEST
        cells = {n: np.where(test, 1e30, prepared.frame[n].to_numpy()) for n in ("a", "b")}
        y = np.where(test, -(10**6), prepared.y)
        return replace(prepared, frame=pl.DataFrame(cells), y=y)

    def trials(folder: str) -> list:
        found = tune(frame, settings, trials=2, out=tmp_path / folder, train_best=False)
        return [found.best, found.trials]

    clean = trials("clean")
    monkeypatch.setattr(tuning, "prepare", poisoned)
    assert trials("poisoned") == clean


def test_it_goes_on_and_leaves_a_normal_run(
    frame: pl.DataFrame, settings: Settings, tmp_path: Path
) -> None:
    first = tune(frame, settings, trials=2, out=tmp_path, train_best=False)
    seen: list = []
    more = tune(
        frame, settings, trials=3, out=tmp_path, resume=True, report=False, on_trial=seen.append
    )
    assert [row["number"] for row in seen] == [2] and len(more.trials) == 3
    assert more.trials[:2] == first.trials
    usual = resolved(settings, 102)
    assert more.trials[0]["dropout"] == usual.dropout
    assert more.trials[0]["learning_rate"] == usual.learning_rate
    assert "depth" not in more.trials[0] and more.best.layers == (4,)
    ended = [row["score"] for row in more.trials if row["state"] == "complete"]
    assert more.score == min(ended)
    assert more.run is not None and more.run.folder is not None
    assert (more.run.folder / "model.keras").exists() and more.run.metrics
    assert more.run.settings.dropout == more.best.dropout
    (folder,) = tmp_path.glob("*-tune-001")
    assert (folder / "study.db").exists() and len(list(tmp_path.glob("*-tune-*"))) == 1
    assert len((folder / "trials.csv").read_text().splitlines()) == 4


def test_a_study_of_something_else_is_refused(
    frame: pl.DataFrame, settings: Settings, tmp_path: Path
) -> None:
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    tune(frame, settings, trials=1, storage=storage, study="s", train_best=False)
    joined = tune(frame, settings, trials=2, storage=storage, study="s", train_best=False)
    assert len(joined.trials) == 2
    other = settings.model_copy(update={"epochs": 3})
    with pytest.raises(ArgumentError, match="other settings"):
        tune(frame, other, trials=2, storage=storage, study="s", train_best=False)
    with pytest.raises(ArgumentError, match="other data"):
        tune(frame[:100], settings, trials=2, storage=storage, study="s", train_best=False)
    with pytest.raises(ArgumentError, match="cannot be opened"):
        tune(frame, settings, trials=1, storage="nonsense://x", train_best=False)
    with pytest.raises(ArgumentError, match="no study"):
        tune(frame, settings, trials=1, out=tmp_path / "empty", resume=True)


def _pretends(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Trials only seem to train; linear networks are best, of them those near the rate 0.02."""
    seen: list[Settings] = []

    def fit(prepared: object, settings: Settings, callbacks: list) -> SimpleNamespace:
        seen.append(settings)
        far = abs(np.log(settings.learning_rate / 0.02))
        loss = far + (10 if settings.layers else 0)
        callbacks[0].set_model(SimpleNamespace(stop_training=False))
        callbacks[0].on_train_begin()
        callbacks[0].on_epoch_end(0, {"val_loss": loss})
        return SimpleNamespace(interrupted=False)

    monkeypatch.setattr(tuning, "fit_prepared", fit)
    return seen


def test_linear_networks_are_tried(
    frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = _pretends(monkeypatch)
    found = tune(frame, make_settings({"target": "y"}), trials=16, out=tmp_path, train_best=False)
    assert [s.layers for s in seen[:2]] == [(128, 128), ()] and seen[1].learning_rate == 2e-2
    linear = [row for row in found.trials if row["depth"] == 0]
    deep = [row for row in found.trials if row["depth"] != 0]
    assert len(linear) > 3 and len(deep) > 3
    assert all(row["width"] is None and row["dropout"] is None for row in linear)
    assert all(row["linear_learning_rate"] is None and row["width"] for row in deep)
    assert found.best.layers == () and found.score < 0.5


def test_chosen_layers_decide_what_else_is_tried(
    frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretends(monkeypatch)
    linear = make_settings({"target": "y", "layers": []})
    found = tune(frame, linear, trials=2, out=tmp_path / "linear", train_best=False)
    assert not {"depth", "width", "dropout", "learning_rate"} & set(found.trials[1])
    deep = make_settings({"target": "y", "layers": [8]})
    found = tune(frame, deep, trials=2, out=tmp_path / "deep", train_best=False)
    assert "dropout" in found.trials[1] and "linear_learning_rate" not in found.trials[1]


def test_a_study_begun_without_linear_trials_goes_on(
    frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = _pretends(monkeypatch)
    given = make_settings({"target": "y"})
    begin = search_space.starts
    with monkeypatch.context() as earlier:
        earlier.setattr(search_space, "DEPTH", (1, 4))
        earlier.setattr(tuning, "starts", lambda *known: begin(*known)[:1])
        tune(frame, given, trials=12, out=tmp_path, train_best=False)
    assert all(s.layers for s in seen)
    found = tune(frame, given, trials=16, out=tmp_path, resume=True, train_best=False)
    assert len(found.trials) == 16 and seen[12].layers == () and found.best.layers == ()


class Lagging:
    """A trial that its elders have left behind."""

    def __init__(self) -> None:
        self.reported: list = []

    def report(self, value: float, step: int) -> None:
        self.reported.append((step, value))

    def should_prune(self) -> bool:
        return len(self.reported) == 2


def test_a_lagging_trial_ends_early() -> None:
    class Model:
        stop_training = False

    watcher = searching.Watcher(Lagging())
    watcher.set_model(Model())
    watcher.on_train_begin()
    for epoch, loss in enumerate((0.9, float("nan"), 0.8)):
        watcher.on_epoch_end(epoch, {"val_loss": loss})
    assert watcher.trial.reported == [(0, 0.9), (2, 0.8)]
    assert watcher.pruned and watcher.model.stop_training and watcher.best == 0.8


def test_the_command(frame: pl.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "table.csv"
    frame.write_csv(path)
    words = ["--epochs", "2", "--set", "members=1", "--set", "layers=[4]", "--set", "batch_size=64"]
    words += ["--out", str(tmp_path / "runs"), "--no-report", "--json", "--trials", "2"]
    assert main(["tune", str(path), "--target", "y", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["study"] == "table" and len(found["trials"]) == 2
    assert Path(found["run"], "config.toml").exists() and found["scores"]["figures"]["accuracy"]


def test_an_interrupted_study_tells_how_to_go_on(
    frame: pl.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = tmp_path / "table.csv"
    frame.write_csv(path)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(tuning, "fit_prepared", interrupted)
    words = ["tune", str(path), "-t", "y", "--trials", "2", "--out", str(tmp_path / "runs")]
    monkeypatch.setattr("sys.argv", ["lamina", *words])
    assert main(words) == 130
    told = capsys.readouterr().err
    assert "0 trials" in told and "--trials 2" in told and "--resume" in told
    assert (tmp_path / "runs" / "table-tune-001" / "study.db").exists()
