"""A table that is a series: when it is one, what rows are told, how rows ahead are predicted."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from small_tables import small_table

from lamina.base.errors import ArgumentError
from lamina.cli import main
from lamina.cli.predict_stream import predict_stream
from lamina.tables import TableError, load, train
from lamina.tables.preparing import prepare
from lamina.tables.settings import make_settings
from lamina.tables.splits import TEST

keras = pytest.importorskip("keras")


def days(count: int, first: str = "2020-01-01") -> np.ndarray:
    return np.datetime64(first) + np.arange(count)


def weekly(rows: int = 160, seed: int = 0) -> pl.DataFrame:
    """A level that rises, a week's pattern, and a column beside it that has a say."""
    rng = np.random.default_rng(seed)
    sun = rng.uniform(0, 1, rows).round(3)
    steps = np.arange(rows)
    level = 50 + 0.5 * steps + 5 * np.sin(2 * np.pi * steps / 7) + 4 * sun
    return pl.DataFrame(
        {"day": [str(d) for d in days(rows)], "sun": sun, "sold": level.round(2)},
    )


def prepared(frame: pl.DataFrame, target: str = "sold", **choices: Any) -> Any:
    return prepare(frame, make_settings({"target": target, **choices}))


def test_every_row_is_told_what_was_before_it() -> None:
    found = prepared(weekly(), lags=2)
    y = weekly()["sold"].to_numpy()
    assert found.dropped == {"fewer than 2 earlier values": 2}
    assert found.rows.tolist() == list(range(2, 160))
    np.testing.assert_array_equal(found.frame["sold[t-1]"], y[1:-1])
    np.testing.assert_array_equal(found.frame["sold[t-1]-sold[t-2]"], y[1:-1] - y[:-2])
    np.testing.assert_array_equal(found.naive, y[1:-1])


def test_rows_in_any_order_are_told_the_same() -> None:
    frame = weekly()
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=3)
    one, other = prepared(frame), prepared(mixed)
    assert one.series == other.series
    assert one.frame.sort("day").equals(other.frame.sort("day"))


def test_the_future_tells_nothing() -> None:
    """What comes after a row changes neither its columns nor what was learned of any column."""
    frame = weekly()
    late = np.arange(160) >= 150
    other = frame.with_columns(
        sold=pl.Series(np.where(late, 1e6, frame["sold"].to_numpy())),
    )
    one, two = prepared(frame), prepared(other)
    assert one.columns == two.columns
    assert (one.target.center, one.target.scale) == (two.target.center, two.target.scale)
    early = one.rows <= 150
    assert one.frame.filter(early).equals(two.frame.filter(early))


def test_the_latest_rows_test() -> None:
    found = prepared(weekly())
    test = found.split.part == TEST
    assert found.rows[test].min() > found.rows[~test].max()
    assert set(found.split.fold[~test]) == set(range(5)), "few rows have folds nevertheless"
    assert "day is different in every row and evenly spaced" in found.split.notes[-1]


@pytest.mark.parametrize(
    ("moments", "lags"),
    [
        (days(120), 8),
        ([d for d in days(170) if d.astype(object).weekday() < 5], 8),  # of trade
        (np.arange("2000-01", "2010-01", dtype="M8[M]").astype("M8[D]"), 13),
        (np.arange("2000-01", "2030-01", 3, dtype="M8[M]").astype("M8[D]"), 5),
        (np.arange("1800", "1920", dtype="M8[Y]").astype("M8[D]"), 4),
        (np.arange("2000-01-01T00:00", "2000-01-06T00:00", 60, dtype="M8[m]"), 25),
        (days(120 * 7)[::7], 9),
    ],
)
def test_a_season_and_one_step(moments: Any, lags: int) -> None:
    wave = np.random.default_rng(0).normal(size=len(moments))
    frame = pl.DataFrame({"at": [str(m) for m in moments], "y": wave})
    found = prepared(frame, "y")
    assert found.series.lags == lags
    assert len(found.series.moments) == len(found.series.values) == lags
    assert found.series.values == tuple(wave[-lags:])


def test_what_is_no_series() -> None:
    frame = weekly()
    rng = np.random.default_rng(0)
    uneven = [str(d) for d in days(4000)[np.sort(rng.choice(4000, 160, replace=False))]]
    others = {
        "lags=0": prepared(frame, lags=0),
        "classes": prepared(frame.with_columns(sold=pl.col("sold") > 90)),
        "two rows a day": prepared(pl.concat([frame, frame.with_columns(sun=pl.lit(2.0))])),
        "uneven": prepared(frame.with_columns(day=pl.Series(uneven))),
        "two dates": prepared(frame.with_columns(until=pl.Series([str(d) for d in days(160)]))),
        "no dates": prepared(frame.drop("day")),
        "few rows": prepared(frame.head(45)),
        "groups": prepared(frame, group_column="sun"),
        "day dropped": prepared(frame, drop=["day"]),
        "day as words": prepared(frame, types={"day": "category"}, drop=[]),
    }
    assert {name for name, found in others.items() if found.series is not None} == set()
    assert all("t-1" not in " ".join(found.frame.columns) for found in others.values())


def test_a_number_may_say_when() -> None:
    frame = weekly().with_columns(day=pl.Series(np.arange(160)))
    assert prepared(frame).series is None
    found = prepared(frame, time_column="day")
    assert found.series.moment.kind == "number" and found.series.lags == 13
    assert prepared(frame, time_column="day", lags=0).series is None


def test_a_name_that_is_taken() -> None:
    with pytest.raises(TableError, match=r"'sold\[t-1\]'.*\n.*--lags 0"):
        prepared(weekly().with_columns(pl.lit(1.0).alias("sold[t-1]")))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("series")
    weekly().write_csv(folder / "weekly.csv")
    return train(str(folder / "weekly.csv"), "sold", out=folder, folds=0, epochs=60, members=2)


def test_it_finds_the_rhythm(run: Any) -> None:
    baselines = run.facts["baselines"]
    naive = baselines["majority"]
    assert naive["name"] == "latest value"
    test = run.prepared.split.part == TEST
    error = run.prepared.y[test] - run.prepared.naive[test]
    np.testing.assert_allclose(naive["figures"]["rmse"]["value"], np.sqrt(np.mean(error**2)))
    assert run.metrics["rmse"] < 0.7 * naive["figures"]["rmse"]["value"]
    assert baselines["linear"]["figures"]["rmse"]["value"] < naive["figures"]["rmse"]["value"]


def test_a_random_walk_stays_one() -> None:
    """Nothing tells where it goes: no more than its latest value can be known."""
    rng = np.random.default_rng(1)
    y = np.cumsum(rng.normal(size=600))
    frame = pl.DataFrame({"day": [str(d) for d in days(600)], "y": y})
    made = train(frame, "y", out=None, layers=(16,), members=2, epochs=30)
    naive = made.facts["baselines"]["majority"]["figures"]["rmse"]["value"]
    assert made.metrics["rmse"] > 0.9 * naive


def test_steps_ahead_are_predicted_one_by_one(run: Any) -> None:
    ahead = weekly(170).drop("sold").tail(10)
    found = run.model.predict(ahead)
    assert found["warnings"][0] == "" and "predictions stand for it" in found["warnings"][1]
    known: list[float] = []
    for i in range(10):
        told = ahead.head(i + 1).with_columns(sold=pl.Series([*known, None], dtype=pl.Float64))
        known.append(run.model.predict(told)["prediction"][-1])
    np.testing.assert_allclose(found["prediction"], known, rtol=1e-6)
    truth = weekly(170)["sold"].tail(10).to_numpy()
    assert np.sqrt(np.mean((found["prediction"].to_numpy() - truth) ** 2)) < 5


def test_rows_that_are_known_are_predicted_from_one_another(run: Any) -> None:
    frame = weekly(180).tail(30)
    whole, notes = run.model.outputs(frame)
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=1)
    places = [frame["day"].to_list().index(day) for day in mixed["day"]]
    again, _ = run.model.outputs(mixed)
    np.testing.assert_allclose(again, whole[places], rtol=1e-6)
    assert not notes.forecast and not notes.gap
    assert np.flatnonzero(notes.too_few["sold"]).tolist() == list(range(8))
    test = run.prepared.split.part == TEST
    with_past = weekly().tail(test.sum() + 8)
    np.testing.assert_allclose(
        run.model.outputs(with_past)[0][8:], run.test_outputs, rtol=1e-6,
    )  # fmt: skip


def test_too_little_is_known_before(run: Any) -> None:
    found = run.model.predict(weekly().head(10))
    assert found["prediction"].null_count() == 8 and found["prediction"][-1] is not None
    assert "too few earlier values" in found["warnings"][0]
    nothing = run.model.predict({"day": ["soon", "2019-01-01"], "sun": [0.5, 0.5]})
    assert nothing["prediction"].null_count() == 2
    assert "cannot be read" in nothing["warnings"][0]


def test_a_gap_is_told(run: Any) -> None:
    found = run.model.predict({"day": ["2020-06-09", "2020-07-01"], "sun": [0.5, 0.5]})
    assert ["leaves out" in w for w in found["warnings"]] == [False, True]


def test_the_file_knows_the_series(run: Any) -> None:
    again = load(run.folder / "model.keras")
    assert again.schema == run.model.schema and again.schema.series.lags == 8
    ahead = weekly(163).drop("sold").tail(3)
    assert again.predict(ahead).equals(run.model.predict(ahead))
    network = keras.saving.load_model(run.folder / "model.keras")
    from lamina.tables.encoding import encode

    rows = run.prepared.frame.tail(5)
    theirs = np.asarray(network.predict(encode(rows, again.schema.columns), verbose=0))[:, 0]
    np.testing.assert_allclose(theirs, again.outputs(rows)[0], rtol=1e-5)


def test_the_report_draws_its_course(run: Any) -> None:
    from lamina.report import write_report

    course = run.facts["curves"]["course"]
    assert course["dates"] and course["rows"] == len(course["true"]) == len(course["predicted"])
    assert course["moments"] == sorted(course["moments"])
    for language, word in (("en", "what came"), ("ko", "예측과 실제값의 흐름")):
        path = run.folder / f"{language}.html"
        write_report(path, run.facts, language)
        assert word in path.read_text(encoding="utf-8")
    korean = (run.folder / "ko.html").read_text(encoding="utf-8")
    assert "직전 값" in korean and "earlier values" not in korean and "its change" not in korean


def test_the_command(run: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    config = (run.folder / "config.toml").read_text()
    assert "lags = 8" in config and 'time_column = "day"' in config
    again = ["train", "-c", str(run.folder / "config.toml"), "-o", str(tmp_path), "-q"]
    assert main([*again, "--no-report"]) == 0
    same = (tmp_path / "weekly-001" / "predictions.csv").read_text()
    assert same == (run.folder / "predictions.csv").read_text()
    capsys.readouterr()
    data = tmp_path / "rows.csv"
    weekly(180).write_csv(data)
    assert main(["evaluate", str(run.folder), str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 172
    weekly(180).tail(1).write_csv(data)
    assert main(["evaluate", str(run.folder), str(data)]) == 0
    weekly().head(4).write_csv(data)
    assert main(["evaluate", str(run.folder), str(data)]) == 3
    assert "8 rows before those" in capsys.readouterr().err
    with pytest.raises(ArgumentError, match="rows of a series are predicted together"):
        predict_stream(run.model, str(data), {}, "out.csv", False, False)


def growing(rows: int = 156, seed: int = 0) -> pl.DataFrame:
    """Months whose level grows by a per cent, and whose year's swing is a share of it."""
    rng = np.random.default_rng(seed)
    steps = np.arange(rows)
    level = 100 * 1.01**steps * np.exp(0.2 * np.sin(2 * np.pi * steps / 12))
    months = np.datetime64("2000-01") + steps
    sold = (level * np.exp(rng.normal(0, 0.02, rows))).round(1)
    return pl.DataFrame({"month": [str(m) for m in months], "sold": sold})


def test_swings_that_grow_with_the_level_are_relative() -> None:
    assert prepared(growing()).series.relative and prepared(growing()).target.log
    assert "its logarithm is learned" in prepared(growing()).split.notes[-1]
    assert not prepared(weekly()).series.relative
    assert not prepared(growing(), relative=False).series.relative
    assert prepared(weekly(), relative=True).series.relative
    below = growing().with_columns(sold=pl.col("sold") - 300)
    assert not prepared(below).series.relative
    with pytest.raises(TableError, match="above 0; 'sold' has -"):
        prepared(below, relative=True)
    walk = np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.03, 1500)))
    prices = pl.DataFrame({"day": [str(d) for d in days(1500)], "sold": 100 * walk})
    assert prepared(prices).series.relative


def test_relative_changes_are_of_logarithms() -> None:
    found = prepared(growing(), lags=2)
    y = growing()["sold"].to_numpy()
    np.testing.assert_array_equal(found.frame["sold[t-1]"], y[1:-1])
    np.testing.assert_allclose(found.frame["sold[t-1]-sold[t-2]"], np.log(y[1:-1] / y[:-2]))
    np.testing.assert_allclose(found.changes, np.log(y[2:] / y[1:-1]))
    outputs = found.target.standardised(y)
    np.testing.assert_allclose(found.target.in_units(outputs), y)


def test_growth_goes_on(tmp_path: Any) -> None:
    choices = {"layers": (), "members": 2, "epochs": 120}
    run = train(growing(), "sold", out=tmp_path, name="growing", **choices)
    naive, linear = (
        run.facts["baselines"][name]["figures"]["rmse"] for name in run.facts["baselines"]
    )
    assert run.metrics["rmse"] < 0.6 * naive["value"] and linear["value"] < 0.6 * naive["value"]
    ahead = growing(180).drop("sold").tail(24)
    again = load(tmp_path / "growing-001" / "model.keras")
    found = again.predict(ahead)["prediction"].to_numpy()
    truth = growing(180)["sold"].tail(24).to_numpy()
    assert np.abs(found / truth - 1).mean() < 0.08
    network = keras.saving.load_model(tmp_path / "growing-001" / "model.keras")
    from lamina.tables.encoding import encode

    rows = run.prepared.frame.tail(5)
    theirs = np.asarray(network.predict(encode(rows, again.schema.columns), verbose=0))[:, 0]
    np.testing.assert_allclose(theirs, again.outputs(rows)[0], rtol=1e-5)


def test_a_value_without_a_logarithm_counts_as_very_little() -> None:
    choices = {"layers": (), "members": 1, "epochs": 2, "out": None, "report": False}
    model = train(growing(), "sold", **choices).model
    rows = (
        growing(180)
        .tail(20)
        .with_columns(
            sold=pl.Series([*growing(180)["sold"].tail(20).to_list()[:5], 0.0, *[None] * 14])
        )
    )
    assert np.isfinite(model.predict(rows)["prediction"].to_numpy()[13:]).all()


def test_other_tables_keep_their_columns() -> None:
    """A date in every row is not enough: these are of people, days apart by chance."""
    frame = (
        small_table(300, seed=9).unique("seen").with_columns(size=pl.col("size").cast(pl.Float64))
    )
    assert prepared(frame.drop_nulls(), "size").series is None
