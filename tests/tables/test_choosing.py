"""A small table gets the network that predicts held-out rows best."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lamina.callbacks import Callback
from lamina.cli import main
from lamina.report.phrases import translated
from lamina.tables import load, train
from lamina.tables.choosing import LINEAR, SHARP, SMOOTHED, Choice, choose, held_out_losses
from lamina.tables.schema import Target

FEW = {"members": 5, "epochs": 30, "learning_rate": 0.01, "report": False}


CHOICES = [
    Choice("log-loss", {LINEAR: 0.1, SMOOTHED: 0.2, SHARP: 0.3}),
    Choice("log-loss", {LINEAR: 0.3, SMOOTHED: 0.2, SHARP: 0.1}),
    Choice("RMSE", {LINEAR: 2e9, SMOOTHED: 1.0}),
]


def table(truth: str, rows: int = 150) -> pl.DataFrame:
    """Three numbers and a class that follows them linearly with noise, or as XOR of two signs."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(rows, 3))
    score = x[:, 0] * x[:, 1]
    if truth == "linear":
        score = x @ [1.0, -2.0, 0.5] + rng.logistic(0, 0.7, rows)
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2]}).with_columns(
        y=pl.Series(np.where(score > 0, "yes", "no"))
    )


def dense_layers(run) -> list[str]:
    return [x.name for x in run.model.network.layers if type(x).__name__ == "EinsumDense"]


def test_a_linear_truth_gets_a_linear_network(tmp_path, capsys):
    path = tmp_path / "straight.csv"
    table("linear").write_csv(path)
    run = train(str(path), "y", out=tmp_path, **{**FEW, "report": True})
    assert run.settings.layers == () and dense_layers(run) == ["linear"]
    reason = run.facts["network"]["reason"]
    assert reason.startswith("a linear network: log-loss 0.")
    assert reason in (run.folder / "report.html").read_text("utf-8")
    assert reason in (run.folder / "metrics.json").read_text("utf-8")
    again = load(run.folder / "model.keras")
    frame = table("linear", 20).drop("y")
    np.testing.assert_array_equal(again.outputs(frame)[0], run.model.outputs(frame)[0])
    # its config says what was chosen, and gives the same bits
    words = shlex.split(run.command)[1:]
    assert main([*words, "--out", str(tmp_path), "--no-report", "--json"]) == 0
    repeated = Path(json.loads(capsys.readouterr().out)["run"])
    for name in ("predictions.csv", "history.csv"):
        assert (repeated / name).read_bytes() == (run.folder / name).read_bytes()


def test_xor_gets_hidden_layers():
    run = train(table("xor"), "y", out=None, **FEW)
    assert run.settings.layers == (128, 128) and "hidden_1" in dense_layers(run)
    assert run.network_reason.startswith("hidden layers")


def test_labels_stay_as_they_are_where_that_predicts_better():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 2))
    score = 4 * np.sin(2 * x[:, 0]) + 3 * x[:, 1] + rng.logistic(0, 0.5, 300)
    names = np.where(score > 0, "yes", "no")
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": names})
    run = train(frame, "y", out=None, **{**FEW, "epochs": 60})
    assert run.network_reason.startswith("hidden layers, labels not smoothed: log-loss 0.1")
    assert run.settings.smoothing == 0 and run.settings.layers == (128, 128)
    # with the share given, it is not tried
    run = train(frame, "y", out=None, smoothing=0.1, **FEW)
    assert "labels" not in run.network_reason and run.settings.smoothing == 0.1


@pytest.mark.parametrize("choices", [{"layers": (8,)}, {"layers": ()}, {"folds": 0}])
def test_nothing_is_chosen_where_it_is_given_or_no_row_is_held_out(choices):
    run = train(table("linear"), "y", out=None, **{**FEW, "epochs": 2, **choices})
    assert run.network_reason == ""
    assert run.settings.layers == choices.get("layers", (128, 128))


class Stopping(Callback):
    """Ctrl-C in the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def test_ctrl_c_keeps_the_network_that_was_trained():
    run = train(table("linear"), "y", out=None, callbacks=[Stopping()], **FEW)
    assert run.interrupted and len(run.history) == 2
    assert run.network_reason == "" and run.settings.layers == (128, 128)


def test_a_time_limit_leaves_no_time_for_a_second_network():
    choices = {**FEW, "epochs": 100_000, "patience": 100_000, "time_limit": 0.01}
    run = train(table("linear"), "y", out=None, **choices)
    assert run.network_reason == "" and len(run.history) < 100


def test_held_out_losses():
    two = Target(("y",), "binary", "", classes=("a", "b"))
    y, scores = np.array([0, 1, 1, 0] * 20), np.array([-1.0, 1.0, 1.0, 1.0] * 20)[:, None]
    held = held_out_losses(y, scores, two)
    assert held.mean() < np.log(2)
    # as sure as they are right, whatever the scale of scores; rows that taught do not count
    np.testing.assert_allclose(held_out_losses(y, 5 * scores, two), held, rtol=1e-3)
    more = np.concatenate([scores, np.full((3, 1), np.nan)])
    np.testing.assert_array_equal(held_out_losses(np.append(y, [1, 1, 1]), more, two), held)
    three = Target(("y",), "multiclass", "", classes=("a", "b", "c"))
    np.testing.assert_allclose(
        held_out_losses(np.array([0, 1]), np.zeros((2, 3)), three), np.log(3)
    )
    labels = Target(("y", "z"), "multilabel", "", classes=("y", "z"))
    found = held_out_losses(np.eye(2, dtype=int), np.zeros((2, 2)), labels)
    np.testing.assert_allclose(found, np.log(2))


def test_the_better_network_is_kept_and_of_equal_ones_the_linear_one():
    target = Target(("y",), "regression", "", center=10.0, scale=2.0)
    y, zero = np.full(50, 10.0), np.zeros((50, 1))
    choice = choose(y, {LINEAR: zero + 1, SMOOTHED: zero + 2}, target)
    assert choice == Choice("RMSE", {LINEAR: 2.0, SMOOTHED: 4.0}) and choice.kept == LINEAR
    assert choose(y, {LINEAR: zero + 1, SMOOTHED: zero + 1}, target).kept == LINEAR
    assert choose(y, {LINEAR: zero + 2, SMOOTHED: zero + 1}, target).kept == SMOOTHED


@pytest.mark.parametrize("choice", CHOICES)
def test_the_reason_is_known_in_korean(choice):
    korean = translated(choice.sentence)
    assert korean.count("신경망") == len(choice.losses)
    assert "network" not in korean and "layers" not in korean and "labels" not in korean
