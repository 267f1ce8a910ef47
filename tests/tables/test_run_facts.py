"""What a run tells its report beyond the loss: accuracy by epoch, the figure of each fold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_tables import small_table

from lamina.report.page import report_html
from lamina.tables import fitting, train
from lamina.tables.fold_scores import fold_scores
from lamina.tables.members_accuracy import MembersAccuracy, accuracies
from lamina.tables.schema import Schema, Target
from lamina.tables.splits import TEST, Split

BINARY = Target(("y",), "binary", "", ("no", "yes"))
SEVERAL = Target(("y",), "multiclass", "", ("a", "b", "c"))
VALUES = Target(("y",), "regression", "", center=10.0, scale=2.0)
CHOICES: dict[str, Any] = {"layers": (4,), "members": 3, "folds": 3, "epochs": 2}


@pytest.fixture(scope="module")
def run() -> Any:
    return train(small_table(), "ripe", out=None, **CHOICES)


def test_a_run_with_folds_says_the_figure_of_each(run: Any) -> None:
    split = run.prepared.split
    rows = split.part != TEST
    y, fold = run.prepared.y[rows], split.fold[rows]
    answers = run.held_out[:, 0] / run.model.schema.temperature >= 0
    wanted = [float((answers == y)[fold == k].mean()) for k in range(3)]
    assert run.facts["split"]["folds"] == pytest.approx(wanted)


def test_a_run_with_classes_says_its_accuracy_by_epoch(run: Any) -> None:
    for row in run.facts["training"]["history"]:
        assert 0 < row["accuracy"] <= 1 and 0 < row["val_accuracy"] <= 1
    page = report_html(run.facts, "en")
    assert (
        "Cross-validation in <strong>3</strong> folds" in page and "Accuracy</figcaption>" in page
    )


def test_measuring_accuracy_does_not_change_what_is_learned(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "accuracies", lambda target: [])
    other = train(small_table(), "ripe", out=None, report=False, **CHOICES)
    assert "accuracy" not in other.history[0]
    assert [row["loss"] for row in other.history] == [row["loss"] for row in run.history]
    for mine, theirs in zip(
        run.model.network.get_weights(), other.model.network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_accuracy_counts_members_that_a_row_is_for() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(40, 3, 3)).astype("float32")
    y = rng.integers(0, 3, 40)
    counts = rng.integers(0, 2, (40, 3))
    right = scores.argmax(axis=-1) == y[:, None]
    weights = counts * rng.uniform(0.5, 2.0, (40, 3))  # weights of classes do not enter
    accuracy = MembersAccuracy(SEVERAL)
    for rows in (slice(0, 15), slice(15, 40)):
        accuracy.update_state(y[rows], scores[rows], weights[rows])
    assert float(accuracy.result()) == pytest.approx((right * counts).sum() / counts.sum())
    whole = MembersAccuracy(SEVERAL)
    whole.update_state(y, scores, np.full(40, 0.3))
    assert float(whole.result()) == pytest.approx(right.mean())


def test_accuracy_is_for_classes() -> None:
    accuracy = MembersAccuracy(BINARY)
    accuracy.update_state(np.array([1, 0]), np.array([[[2.0], [-1.0]], [[-1.0], [-3.0]]]))
    assert float(accuracy.result()) == 0.75
    assert not accuracies(VALUES) and len(accuracies(BINARY)) == 1


def test_figures_of_folds_by_task() -> None:
    part = np.array([0, 0, 0, 0, 2], "int8")
    split = Split(part, np.array([0, 0, 1, 1, -1], "int8"))
    values = np.array([[0.0], [1.0], [0.0], [np.nan]])
    y = np.array([10.0, 12.0, 13.0, 10.0, 0.0])
    assert fold_scores(y, values, split, Schema((), VALUES)) == [0.0, 3.0]
    classes = np.array([0, 2, 1, 1, 0])
    outputs = np.eye(3)[[0, 1, 1, 1]]
    assert fold_scores(classes, outputs, split, Schema((), SEVERAL)) == [0.5, 1.0]
    nowhere = np.full((4, 3), np.nan)
    assert fold_scores(classes, nowhere, split, Schema((), SEVERAL)) == []
    assert fold_scores(classes, outputs, Split(part), Schema((), SEVERAL)) == []
