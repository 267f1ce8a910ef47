"""A run from the table to the folder: what it holds, that it is honest, that it can be repeated."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_tables import QUICK, small_table

from lamina.callbacks import Callback
from lamina.cli import main
from lamina.tables import TableError, TrainingFailed, load, train
from lamina.tables.splits import TEST

keras = pytest.importorskip("keras")


def test_the_folder_is_complete(small_run):
    names = {path.name for path in small_run.folder.iterdir()}
    assert names == {
        *("model.keras", "config.toml", "metrics.json", "history.csv", "splits.csv"),
        *("predictions.csv", "facts.json", "report.html"),
    }
    metrics = json.loads((small_run.folder / "metrics.json").read_text())
    assert metrics["rows"] == {"training": 112, "validation": 24, "test": 24}
    assert metrics["scores"]["figures"]["accuracy"]["value"] == small_run.metrics["accuracy"]
    kinds = {n: c["kind"] for n, c in metrics["columns"].items()}
    assert kinds == {"size": "number", "colour": "category", "seen": "date"}
    predictions = pl.read_csv(small_run.folder / "predictions.csv")
    assert len(predictions) == 24
    assert set(predictions["prediction"]) <= {"yes", "no"}


def test_the_saved_model_predicts_the_same(small_run):
    frame = small_table(30, seed=5)
    again = load(small_run.folder / "model.keras")
    ours, _ = small_run.model.outputs(frame)
    np.testing.assert_array_equal(again.outputs(frame)[0], ours)
    table = again.predict(frame)
    np.testing.assert_allclose(table["p_yes"], ours)
    assert table["prediction"].to_list() == [
        "yes" if p >= again.schema.threshold else "no" for p in ours
    ]


def test_keras_opens_the_network(small_run):
    from lamina.tables.encoding import encode

    network = keras.saving.load_model(small_run.folder / "model.keras")
    frame = small_table(20, seed=6)
    arrays = encode(frame, small_run.model.schema.columns)
    theirs = np.asarray(network.predict(arrays, verbose=0))[:, 0]
    np.testing.assert_allclose(theirs, small_run.model.outputs(frame)[0], atol=1e-5)


def test_the_printed_command_makes_the_same_bits(small_run, capsys):
    words = shlex.split(small_run.command)[1:]
    assert main([*words, "--out", str(small_run.folder.parent), "--json"]) == 0
    again = Path(json.loads(capsys.readouterr().out)["run"])
    assert again != small_run.folder
    for name in ("predictions.csv", "history.csv", "splits.csv"):
        assert (again / name).read_bytes() == (small_run.folder / name).read_bytes()


def test_test_rows_are_only_judged():
    """Nonsense in the test rows changes nothing that is learned."""
    frame = small_table()
    first = train(frame, "ripe", out=None, report=False, **QUICK)
    test = first.prepared.split.part == TEST
    spoiled = frame.with_columns(
        pl.when(pl.Series(test)).then(pl.lit("987654321")).otherwise(pl.col("size")).alias("size"),
        pl.when(pl.Series(test)).then(pl.lit("mauve")).otherwise(pl.col("colour")).alias("colour"),
    )
    second = train(spoiled, "ripe", out=None, report=False, **QUICK)
    np.testing.assert_array_equal(second.prepared.split.part, first.prepared.split.part)
    assert second.model.schema.columns == first.model.schema.columns
    assert second.history == first.history
    for a, b in zip(
        first.model.network.get_weights(), second.model.network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("folds", [0, 5])
def test_random_labels_give_chance(folds):
    rng = np.random.default_rng(3)
    rows = 500
    frame = pl.DataFrame(
        {
            "code": [f"c{i}" for i in rng.integers(0, 90, rows)],
            "x": rng.normal(size=rows),
            "y": rng.choice(["a", "b"], rows, p=[0.85, 0.15]),
        }
    )
    frame = pl.concat([frame, frame[:200]])  # repeated rows must not be on two sides
    run = train(frame, "y", out=None, report=False, **{**QUICK, "folds": folds, "epochs": 15})
    auc = run.scores["figures"]["auc"]
    assert auc["low"] < 0.5 < auc["high"], auc


def test_a_leak_is_told(use_data_folder):
    choices = {**QUICK, "epochs": 1}
    run = train(str(use_data_folder / "titanic.csv"), "survived", out=None, report=False, **choices)
    assert [leak.name for leak in run.prepared.leaks] == ["alive"]
    with pytest.raises(TableError, match="'alive' alone predicts 'survived'"):
        train(str(use_data_folder / "titanic.csv"), "survived", out=None, strict=True)
    honest = train(
        str(use_data_folder / "titanic.csv"), "survived", out=None, report=False, drop="alive",
        **choices,
    )  # fmt: skip
    assert honest.prepared.leaks == []


def test_regression_labels_groups_and_time():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 2))
    frame = pl.DataFrame(
        {
            "a": x[:, 0],
            "b": x[:, 1],
            "day": [str(np.datetime64("2020-01-01") + i) for i in range(240)],
            "shop": np.arange(240) // 10,
            "price": 100 + 10 * x[:, 0],
            "up": (x[:, 0] > 0).astype(int),
            "far": (np.abs(x[:, 1]) > 1).astype(int),
        }
    )
    choices = {**QUICK, "epochs": 40, "learning_rate": 0.01}
    run = train(frame.drop("up", "far"), "price", out=None, group_column="shop", **choices)
    assert run.metrics["r2"] > 0.8
    part = {(s, p) for s, p in zip(frame["shop"], run.prepared.split.part, strict=True)}
    assert len(part) == 24  # each shop on one side
    run = train(
        frame.drop("price"), ["up", "far"], out=None, time_column="day", drop=["shop"], **choices
    )
    assert run.metrics["label_accuracy"] > 0.7
    assert (np.diff(run.prepared.split.part) >= 0).all()
    assert {"prediction_up", "p_far"} <= set(run.model.predict(frame).columns)


def test_a_rate_far_too_large_fails_with_words():
    with pytest.raises(TrainingFailed, match="learning rate"):
        train(small_table(), "ripe", out=None, report=False, **QUICK, learning_rate=1e38)


def test_a_time_limit_stops():
    choices = {**QUICK, "epochs": 100_000, "patience": 100_000}
    run = train(small_table(), "ripe", out=None, report=False, time_limit=0.2, **choices)
    assert len(run.history) < 100_000


class Interrupting(Callback):
    """Ctrl-C in the epoch after so many."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epochs:
            raise KeyboardInterrupt


def test_an_interrupted_run_keeps_what_was_reached(tmp_path):
    choices = {**QUICK, "epochs": 50}
    run = train(small_table(), "ripe", out=tmp_path, callbacks=[Interrupting(4)], **choices)
    assert run.interrupted and len(run.history) == 4
    assert json.loads((run.folder / "metrics.json").read_text())["interrupted"]
    whole = train(small_table(), "ripe", out=None, report=False, **{**choices, "epochs": 4})
    np.testing.assert_array_equal(run.test_outputs, whole.test_outputs)


def test_a_dataset_by_its_name():
    run = train("iris", out=None, report=False, **QUICK)
    assert run.prepared.target.names == ("species",) and run.name == "iris"
    assert (run.prepared.split.part == TEST).sum() == 30
    assert set(run.prepared.target.classes) == {"setosa", "versicolor", "virginica"}
