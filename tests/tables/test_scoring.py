"""Scores agree with scikit-learn, intervals with theory, and what does not exist says why."""

import json
import time

import numpy as np
import pytest
from sklearn import metrics

from lamina.base.errors import ArgumentError
from lamina.tables.baselines import ahead, baselines
from lamina.tables.bootstrap import repeats_for, resampled_tables, resamples
from lamina.tables.curves import curves, threshold_table
from lamina.tables.decisions import choose_temperature, choose_threshold
from lamina.tables.figures import NO_NEGATIVES, NO_POSITIVES, NO_PREDICTED
from lamina.tables.mistakes import worst
from lamina.tables.ranking import PLACES, Ranking
from lamina.tables.schema import Target
from lamina.tables.scoring import scores

BINARY = Target(("y",), "binary", "", ("no", "yes"))
COLOURS = Target(("y",), "multiclass", "", ("red", "green", "blue"))
LABELS = Target(("a", "b"), "multilabel", "", ("a", "b"))
VALUE = Target(("y",), "regression", "")


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


def binary(random: np.random.Generator, rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Answers and probabilities, some of which are equal."""
    y = random.integers(0, 2, rows)
    return y, np.clip(random.normal(0.4 + 0.2 * y, 0.25), 0.01, 0.99).round(2)


def colours(random: np.random.Generator, rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    y = random.integers(0, 3, rows)
    scored = random.normal(size=(rows, 3)) + 1.5 * np.eye(3)[y]
    p = np.exp(scored)
    return y, p / p.sum(axis=1, keepdims=True)


def values(found: dict) -> dict:
    return {name: figure["value"] for name, figure in found["figures"].items()}


def test_binary_figures_are_those_of_scikit_learn(random: np.random.Generator) -> None:
    y, p = binary(random)
    answers = (p >= 0.45).astype(int)
    assert values(scores(y, p, BINARY, 0.45)) == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y, answers),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, answers),
            "precision": metrics.precision_score(y, answers),
            "recall": metrics.recall_score(y, answers),
            "f1": metrics.f1_score(y, answers),
            "auc": metrics.roc_auc_score(y, p),
            "average_precision": metrics.average_precision_score(y, p),
            "log_loss": metrics.log_loss(y, p),
            "brier": metrics.brier_score_loss(y, p),
        }
    )


def test_multiclass_figures_are_those_of_scikit_learn(random: np.random.Generator) -> None:
    y, p = colours(random)
    found = scores(y, p, COLOURS)
    assert values(found) == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y, p.argmax(1)),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, p.argmax(1)),
            "f1": metrics.f1_score(y, p.argmax(1), average="macro"),
            "auc": metrics.roc_auc_score(y, p, multi_class="ovr"),
            "average_precision": metrics.average_precision_score(y, p),
            "log_loss": metrics.log_loss(y, p),
            "brier": metrics.brier_score_loss(y, p),
        }
    )
    assert found["confusion"]["matrix"] == metrics.confusion_matrix(y, p.argmax(1)).tolist()
    table = metrics.classification_report(y, p.argmax(1), output_dict=True)
    for k, row in enumerate(found["per_class"]):
        assert row["support"] == table[str(k)]["support"]
        for name, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert row[name]["value"] == pytest.approx(table[str(k)][theirs])


def test_label_figures_are_those_of_scikit_learn(random: np.random.Generator) -> None:
    y = random.integers(0, 2, (200, 2))
    p = np.clip(random.normal(0.3 + 0.4 * y, 0.3), 0.01, 0.99)
    assert values(scores(y, p, LABELS)) == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y, p >= 0.5),
            "label_accuracy": 1 - metrics.hamming_loss(y, p >= 0.5),
            "f1": metrics.f1_score(y, p >= 0.5, average="macro"),
            "auc": metrics.roc_auc_score(y, p),
            "average_precision": metrics.average_precision_score(y, p),
            "log_loss": np.mean([metrics.log_loss(y[:, k], p[:, k]) for k in (0, 1)]),
            "brier": np.mean((y - p) ** 2),
        }
    )


def test_regression_figures_are_those_of_scikit_learn(random: np.random.Generator) -> None:
    y = random.normal(1e6, 1, 200)  # far from zero: variances must not be differences of squares
    predicted = y + random.normal(0, 0.5, 200)
    assert values(scores(y, predicted, VALUE)) == pytest.approx(
        {
            "rmse": metrics.root_mean_squared_error(y, predicted),
            "mae": metrics.mean_absolute_error(y, predicted),
            "r2": metrics.r2_score(y, predicted),
        }
    )


def test_intervals_are_as_wide_as_theory_says(random: np.random.Generator) -> None:
    y, p = binary(random, 2000)
    found = scores(y, p, BINARY)["figures"]
    share = found["accuracy"]["value"]
    half = 1.96 * (share * (1 - share) / 2000) ** 0.5
    assert found["accuracy"]["high"] - share == pytest.approx(half, rel=0.15)
    errors = (p - y) ** 2
    width = found["brier"]["high"] - found["brier"]["low"]
    assert width == pytest.approx(2 * 1.96 * errors.std() / 2000**0.5, rel=0.15)
    # DeLong's variance of the area under the curve
    pairs = (p[y == 1][:, None] > p[y == 0]) + 0.5 * (p[y == 1][:, None] == p[y == 0])
    variance = pairs.mean(1).var() / (y == 1).sum() + pairs.mean(0).var() / (y == 0).sum()
    width = found["auc"]["high"] - found["auc"]["low"]
    assert width == pytest.approx(2 * 1.96 * variance**0.5, rel=0.15)


def test_the_same_seed_gives_the_same_intervals(random: np.random.Generator) -> None:
    y, p = colours(random)
    assert scores(y, p, COLOURS, seed=3) == scores(y, p, COLOURS, seed=3)
    assert scores(y, p, COLOURS, seed=3) != scores(y, p, COLOURS, seed=4)


def test_a_large_table_is_scored_quickly(random: np.random.Generator) -> None:
    y, p = binary(random, 54_000)
    scores(y[:100], p[:100], BINARY)
    deadline, best = time.monotonic() + 20, np.inf
    while best > 1 and time.monotonic() < deadline:  # a busy machine deserves another try
        start = time.perf_counter()
        scores(y, p, BINARY)
        best = min(best, time.perf_counter() - start)
    assert best < 1


def test_sharing_places_hardly_moves_the_area(random: np.random.Generator) -> None:
    y = random.integers(0, 2, 20_000) == 1
    p = random.normal(0.5 * y, 1)
    ones = np.ones((len(y), 1))
    for exact, quick in zip(
        Ranking(y, p).figures(ones), Ranking(y, p, PLACES).figures(ones), strict=True
    ):
        assert exact != quick
        assert abs(exact - quick) < 5e-4


def test_a_ranking_of_drawn_rows_is_that_of_repeated_rows(random: np.random.Generator) -> None:
    y, p = binary(random, 60)
    ranking = Ranking(y == 1, p)
    for counts in resamples(60, 3, seed=1):
        area, average = ranking.figures(counts)
        for k in range(counts.shape[1]):
            drawn = np.repeat(np.arange(60), counts[:, k].astype(int))
            assert area[k] == pytest.approx(metrics.roc_auc_score(y[drawn], p[drawn]))
            theirs = metrics.average_precision_score(y[drawn], p[drawn])
            assert average[k] == pytest.approx(theirs)


def test_resampled_tables_keep_the_number_of_rows() -> None:
    table = np.array([[30, 0], [10, 60]])
    drawn = resampled_tables(table, 500, seed=0)
    assert (drawn.sum(axis=(1, 2)) == 100).all()
    assert (drawn[:, 0, 1] == 0).all()
    assert drawn.mean(axis=0) == pytest.approx(table, abs=1.5)
    assert repeats_for(10**9, 50) == 50


def test_what_does_not_exist_says_why() -> None:
    found = scores(np.zeros(30, int), np.full(30, 0.1), BINARY)
    for name, why in (
        ("recall", NO_POSITIVES),
        ("auc", NO_POSITIVES),
        ("average_precision", NO_POSITIVES),
        ("precision", NO_PREDICTED),
    ):
        assert found["figures"][name] == {"value": None, "why": why}
    assert found["per_class"][1]["recall"] == {"value": None, "why": NO_POSITIVES}
    assert scores(np.ones(9, int), np.ones(9), BINARY)["figures"]["auc"]["why"] == NO_NEGATIVES
    assert scores(np.ones(9), np.zeros(9), VALUE)["figures"]["r2"]["value"] is None
    json.dumps(found, allow_nan=False)


def test_a_class_that_is_found_by_nobody_has_a_recall_of_zero() -> None:
    found = scores(np.array([0, 1, 1]), np.array([0.1, 0.2, 0.3]), BINARY)["per_class"][1]
    assert found["recall"]["value"] == 0
    assert found["f1"]["value"] == 0


def test_no_rows_at_all() -> None:
    for target, shape in ((BINARY, (0,)), (COLOURS, (0, 3)), (LABELS, (0, 2)), (VALUE, (0,))):
        y = np.zeros((0, 2) if target is LABELS else 0)
        found = scores(y, np.zeros(shape), target)
        assert all(figure["value"] is None for figure in found["figures"].values())
        curves(y, np.zeros(shape), target)


def test_a_class_without_rows_is_left_out_and_named(random: np.random.Generator) -> None:
    y, p = colours(random)
    kept = y != 2
    found = scores(y[kept], p[kept], COLOURS)
    assert found["figures"]["auc"]["note"] == "without blue"
    areas = [metrics.roc_auc_score(y[kept] == k, p[kept, k]) for k in (0, 1)]
    assert found["figures"]["auc"]["value"] == pytest.approx(np.mean(areas))


def test_a_perfect_score_is_not_certain() -> None:
    y = np.arange(40) % 2
    found = scores(y, y.astype(float), BINARY)["figures"]["accuracy"]
    assert found["value"] == found["high"] == 1
    assert 0.88 < found["low"] < 0.93


@pytest.mark.parametrize(
    ("y", "predicted", "target"),
    [
        (np.zeros(3), np.zeros(4), BINARY),
        (np.zeros(3), np.zeros((3, 2)), COLOURS),
        (np.zeros(3), np.array([0.1, np.nan, 0.2]), BINARY),
        (np.zeros(3), np.array([0.1, np.inf, 0.2]), VALUE),
    ],
)
def test_predictions_that_do_not_fit(y: np.ndarray, predicted: np.ndarray, target: Target) -> None:
    with pytest.raises(ArgumentError):
        scores(y, predicted, target)


def test_the_temperature_undoes_a_scaling(random: np.random.Generator) -> None:
    logits = random.normal(0, 1, 20_000)
    y = (random.uniform(size=20_000) < 1 / (1 + np.exp(-logits))).astype(int)
    assert choose_temperature(y, 3 * logits) == pytest.approx(3, rel=0.1)
    assert choose_temperature(np.stack([y, y], 1), np.stack([3 * logits] * 2, 1)) == pytest.approx(
        3, rel=0.1
    )
    both = np.stack([np.zeros(20_000), 3 * logits], axis=1)
    assert choose_temperature(y, both) == pytest.approx(3, rel=0.1)
    assert choose_temperature(y[:0], logits[:0]) == 1


def test_rows_without_an_error_do_not_ask_for_certainty() -> None:
    y = np.arange(40) % 2
    assert choose_temperature(y, np.where(y == 1, 5.0, -5.0)) > 0.9


def test_the_threshold_is_that_of_the_best_f1(random: np.random.Generator) -> None:
    y, p = binary(random)
    chosen = choose_threshold(y, p)
    best = max(metrics.f1_score(y, p >= t) for t in np.unique(p))
    assert metrics.f1_score(y, p >= chosen) == pytest.approx(best)
    assert choose_threshold(y[:49], p[:49]) == 0.5
    assert choose_threshold(np.ones(80), p[:80]) == 0.5


def test_a_threshold_that_is_better_by_chance_is_not_taken(random: np.random.Generator) -> None:
    y = np.arange(400) % 2
    p = np.where(y == 1, 0.9, 0.1)
    p[y == 1] = random.uniform(0.8, 1, 200)
    p[1] = 0.45  # one positive just below asks for another threshold
    best = max(np.unique(p), key=lambda t: metrics.f1_score(y, p >= t))
    assert metrics.f1_score(y, p >= best) > metrics.f1_score(y, p >= 0.5)
    p[5:105:2] = 0.45
    assert choose_threshold(y, p) < 0.46  # fifty are no chance
    p[5:105:2] = 0.9
    assert choose_threshold(y, p) == 0.5


def test_baselines_are_those_of_scikit_learn(random: np.random.Generator) -> None:
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression

    y, _ = colours(random)
    x = random.normal(size=(300, 2)) + y[:, None]
    found = baselines(x[:200], y[:200], x[200:], y[200:], COLOURS, predicted=np.eye(3)[y[200:]])
    dummy = DummyClassifier().fit(x[:200], y[:200])
    linear = LogisticRegression(max_iter=500).fit(x[:200], y[:200])
    for name, model in (("majority", dummy), ("linear", linear)):
        share = model.score(x[200:], y[200:])
        assert found[name]["figures"]["accuracy"]["value"] == pytest.approx(share)
        assert found[name]["ahead"]["value"] == pytest.approx(1 - share)
    assert found["majority"]["answer"] == COLOURS.classes[np.bincount(y[:200]).argmax()]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("target", [BINARY, LABELS, VALUE])
def test_baselines_of_every_task(target: Target, random: np.random.Generator) -> None:
    x = random.normal(size=(120, 3))
    y = (x > 0).astype(int)[:, :2] if target is LABELS else (x[:, 0] > 0).astype(int)
    if target is VALUE:
        y = 2 * x[:, 0] + 5
    found = baselines(x[:80], y[:80], x[80:], y[80:], target, predicted=y[80:].astype(float))
    assert found["majority"]["ahead"]["low"] > 0
    assert found["linear"]["ahead"]["value"] >= 0
    same = scores(y[80:], y[80:].astype(float), target)
    assert same["figures"].keys() == found["linear"]["figures"].keys()


def test_a_linear_model_of_one_class_says_so() -> None:
    x = np.random.default_rng(0).normal(size=(40, 2))
    found = baselines(x[:20], np.zeros(20, int), x[20:], np.arange(20) % 2, BINARY)
    assert found["linear"]["figures"]["accuracy"]["value"] == 0.5


def test_ahead_is_judged_in_pairs(random: np.random.Generator) -> None:
    y = random.normal(size=400)
    shared = random.normal(0, 1, 400)  # what both find hard
    better, worse = y + shared, y + 1.1 * shared
    found = ahead(y, better, worse, VALUE)
    assert 0 < found["low"] < found["value"] < found["high"]
    alone = scores(y, better, VALUE)["figures"]["rmse"]
    assert found["high"] - found["low"] < 0.3 * (alone["high"] - alone["low"])


def test_curves_are_those_of_scikit_learn(random: np.random.Generator) -> None:
    y, p = binary(random)
    found = curves(y, p, BINARY, 0.37)
    (roc,) = found["roc"]
    assert metrics.auc(roc["fpr"], roc["tpr"]) == pytest.approx(
        metrics.roc_auc_score(y, p), abs=1e-3
    )
    assert [row["threshold"] for row in found["thresholds"] if row["chosen"]] == [0.37]
    for row in found["thresholds"]:
        assert row["precision"] == pytest.approx(metrics.precision_score(y, p >= row["threshold"]))
        assert row["recall"] == pytest.approx(metrics.recall_score(y, p >= row["threshold"]))
    bins = found["calibration"]["bins"]
    assert sum(b["rows"] for b in bins) == 300
    assert all(b["low"] <= b["observed"] <= b["high"] for b in bins)
    json.dumps(found, allow_nan=False)


def test_long_curves_are_thinned_but_keep_their_shape(random: np.random.Generator) -> None:
    y = random.integers(0, 2, 20_000)
    p = random.uniform(size=20_000) * 0.8 + 0.2 * y
    (roc,) = curves(y, p, BINARY)["roc"]
    assert len(roc["fpr"]) <= 202
    assert (roc["fpr"][0], roc["tpr"][-1]) == (0, 1)
    assert metrics.auc(roc["fpr"], roc["tpr"]) == pytest.approx(
        metrics.roc_auc_score(y, p), abs=5e-3
    )


def test_a_curve_that_does_not_exist_is_left_out() -> None:
    assert curves(np.zeros(5, int), np.linspace(0, 1, 5), BINARY)["roc"] == []
    assert threshold_table(np.zeros(5, int), np.zeros(5), 0.5)[0]["recall"] is None


def test_points_of_a_large_regression_are_a_sample() -> None:
    y = np.arange(5000.0)
    points = curves(y, y + 1, VALUE)["points"]
    assert len(points["true"]) == len(points["predicted"]) == 1500
    assert points["rows"] == 5000
    assert np.array(points["predicted"]) == pytest.approx(np.array(points["true"]) + 1)


def test_the_worst_answers() -> None:
    p = np.array([[0.8, 0.1, 0.1], [0.3, 0.4, 0.3], [0.9, 0.05, 0.05]])
    found = worst(np.array([0, 0, 2]), p, COLOURS)
    assert [row["position"] for row in found] == [2, 1]
    assert (found[0]["true"], found[0]["predicted"]) == ("blue", "red")
    assert found[0]["probability"] == pytest.approx(0.05)
    found = worst(np.array([1.0, 2.0]), np.array([1.5, -2.0]), VALUE, count=1)
    assert (found[0]["position"], found[0]["error"]) == (1, -4)
    found = worst(np.array([[1, 1]]), np.array([[0.9, 0.2]]), LABELS)
    assert (found[0]["true"], found[0]["predicted"]) == ("a, b", "a")
