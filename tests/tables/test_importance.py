"""Shuffling a column costs what the model leans on it, and nothing where it does not."""

import numpy as np
import polars as pl
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

from lamina.tables.importance import importance, loss
from lamina.tables.schema import Target

VALUE = Target(("y",), "regression", "")
BINARY = Target(("y",), "binary", "", ("no", "yes"))
COLOURS = Target(("y",), "multiclass", "", ("red", "green", "blue"))


@pytest.fixture
def frame() -> pl.DataFrame:
    random = np.random.default_rng(0)
    return pl.DataFrame({name: random.normal(size=400) for name in ("much", "some", "none")})


def test_the_order_of_columns_and_their_intervals(frame: pl.DataFrame) -> None:
    y = (3 * frame["much"] + frame["some"]).to_numpy()
    found = importance(
        lambda part: (3 * part["much"] + part["some"]).to_numpy(), frame, y, VALUE, frame.columns
    )
    assert [row["name"] for row in found] == ["much", "some", "none"]
    much, some, none = found
    assert none == {"name": "none", "mean": 0, "low": 0, "high": 0}
    # A shuffled column of variance 1 and weight w is off by w * sqrt(2) on average.
    assert much["mean"] == pytest.approx(3 * 2**0.5, rel=0.1)
    assert some["low"] < 2**0.5 < some["high"]


def test_it_agrees_with_scikit_learn(frame: pl.DataFrame) -> None:
    random = np.random.default_rng(1)
    y = (2 * frame["much"] - frame["some"]).to_numpy() + random.normal(size=400)
    model = LinearRegression().fit(frame.to_numpy(), y)
    found = importance(lambda part: model.predict(part.to_numpy()), frame, y, VALUE, frame.columns)
    theirs = permutation_importance(
        model,
        frame.to_numpy(),
        y,
        scoring="neg_root_mean_squared_error",
        n_repeats=20,
        random_state=0,
    )
    ours = {row["name"]: row for row in found}
    for name, mean in zip(frame.columns, theirs.importances_mean, strict=True):
        assert ours[name]["mean"] == pytest.approx(mean, abs=0.15)


def test_the_frame_and_its_rows_stay_as_they_are(frame: pl.DataFrame) -> None:
    before, read = frame.clone(), []

    def predict(part: pl.DataFrame) -> np.ndarray:
        read.append(part)
        return np.full(len(part), 0.5)

    importance(predict, frame, np.arange(400) % 2, BINARY, ["some"], repeats=6)
    assert frame.equals(before)
    assert len(read) == 7
    for part in read[1:]:
        assert part.drop("some").equals(frame.drop("some"))
        assert sorted(part["some"]) == sorted(frame["some"])
        assert not part["some"].equals(frame["some"])


def test_the_same_seed_gives_the_same_importance(frame: pl.DataFrame) -> None:
    y = (frame["much"] > 0).cast(pl.Int64).to_numpy()

    def predict(part: pl.DataFrame) -> np.ndarray:
        return 1 / (1 + np.exp(-part["much"].to_numpy()))

    first, again, other = (
        importance(predict, frame, y, BINARY, ["much", "some"], seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert first[0]["low"] > 0


def test_many_rows_are_sampled_and_none_are_harmless() -> None:
    frame = pl.DataFrame({"x": np.arange(9000.0)})
    read = []

    def predict(part: pl.DataFrame) -> np.ndarray:
        read.append(len(part))
        return part["x"].to_numpy()

    found = importance(predict, frame, np.arange(9000.0), VALUE, ["x"])
    assert set(read) == {2000}
    assert found[0]["low"] > 1000
    assert importance(predict, frame[:0], np.zeros(0), VALUE, ["x"]) == []


def test_losses() -> None:
    p = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    assert loss(np.array([2, 0]), p, COLOURS) == pytest.approx(-np.log(0.5) / 2, abs=1e-5)
    assert np.isfinite(loss(np.array([2, 1]), p, COLOURS))
    assert loss(np.array([1.0, 3.0]), np.array([1.0, 1.0]), VALUE) == pytest.approx(2**0.5)
