"""Kinds of columns: one decision per row of these tables, with its reason, and how cells read."""

import datetime
import random

import numpy as np
import polars as pl
import pytest

from lamina.base.errors import ArgumentError
from lamina.tables.errors import TableError
from lamina.tables.kinds import Kind, dates, infer_kinds, numbers, words
from lamina.tables.reading import read_table

RANDOM = random.Random(0)
ROWS, FEW = 100, 25


def column(values, name: str = "column") -> pl.DataFrame:
    """A column of these cells: again and again, if there are few."""
    values = list(values)
    if len(values) < FEW:
        values *= ROWS // len(values)
    return pl.DataFrame({name: pl.Series(values, strict=False)})


def kind_of(values, name: str = "column", override: str | None = None, **options) -> Kind:
    overrides = {name: override} if override else {}
    return infer_kinds(column(values, name), overrides, **options)[0]


def refused(values, override: str | None = None) -> TableError:
    with pytest.raises(TableError) as caught:
        kind_of(values, "d", override)
    return caught.value


def some(count, low=100, high=10_000):
    return [RANDOM.randint(low, high) for _ in range(count)]


# --- what a column is ---


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        (["1", "2", "3"], "number", "whole numbers, 3 distinct"),
        (["1.5", "2"], "number", "numbers, 2 distinct"),
        ([1.0, None, 3.0, float("nan")], "number", "empty in 50 of 100 rows"),
        ([1.0, float("inf"), 2.0], "number", "'inf'"),
        ([float("inf"), float("-inf")], "ignored", "no cell is a finite number"),
        (["1", "?", "", "2"], "number", "'?' means nothing here"),
        (["1.5", "NA", "n/a"], "number", "'NA', 'n/a' mean nothing here"),
        (["1,200", "3,400,000"], "number", "whole"),
        (["$1,200", "₩30", "€2.50"], "number", "numbers"),
        (["12.5%", "3 %"], "number", "numbers"),
        (["1,5", "22,25"], "number", "decimal commas"),
        (["5 kg", "7.5 kg"], "number", "of 'kg'"),
        (["5 kg", "7 lb"], "category", "2 distinct words"),
        (["1e5", "2E-3", "-5", "+7", "−3"], "number", "5 distinct"),
        ([*map(str, some(98)), "abc", "x"], "number", "2 cells are none: 'abc', 'x'"),
        ([*map(str, some(60)), *["Free"] * 40], "number", "'Free' means nothing here"),
        (["01", "02", "10"], "category", "leading zeros"),
        (["0", "00", "000"], "category", "leading zeros"),
        (["0.5", "0"], "number", "numbers"),
        ([True, False, None], "category", "true or false"),
        (["TRUE", "False", "NA"], "category", "'NA' means nothing here"),
        (["NA", "KR", "US"], "category", "3 distinct words"),
        (["x", ""], "category", "'x' or nothing"),
        (["5"], "ignored", "'5' in all rows"),
        (["0.50", "0.5"], "ignored", "0.5 in all rows"),
        ([None], "ignored", "all cells are empty"),
        (["?", "NA"], "ignored", "all cells are empty"),
        ([f"city {i}" for i in range(25)] * 4, "category", "25 distinct words"),
        ([f"Kim {i} Lee" for i in range(100)], "text", "short texts, 100 distinct in 100 rows"),
        (["surname" + chr(97 + i) for i in range(26)] * 2, "text", "26 distinct in 52 rows"),
        ([f"user{i}" for i in range(100)], "ignored", "different word in every row"),
        ([f"{i:05}" for i in range(100)], "ignored", "different in every row"),
        ([f"a film that runs {i} minutes long" for i in range(50)], "text", "7 words"),
        ([f"영화가 {i}번 봐도 정말 재미있고 좋아요" for i in range(50)], "text", "6 words"),
        ([f"这部电影非常好看我很喜欢它的故事{i}" for i in range(50)], "text", "words"),
        (["I agree with that very much", "no I do not agree with it"], "category", "2 distinct"),
        ([datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)], "date", "as they came"),
    ],
)
def test_what_a_column_is(values, kind, reason):
    found = kind_of(values)
    assert found.kind == kind, found
    assert reason in found.reason


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("PassengerId", range(1, 101), "ignored"),
        ("anything", range(0, 200, 2), "ignored"),  # counts, with gaps where other rows were
        ("year", range(1900, 2000), "number"),
        ("연도", range(1900, 2000), "number"),
        ("customer_id", some(100, 0, 90), "ignored"),
        ("회원번호", some(100), "ignored"),
        ("store_id", some(100, 1, 12), "category"),
        ("zip", some(100, 10_000, 10_020), "category"),
        ("우편번호", some(100, 10_000, 10_020), "category"),
        ("country_code", [1, 82, 44], "category"),
        ("body_mass_index", some(100), "number"),
        ("weight", some(100), "number"),
        ("id", [f"row {i % 80} a" for i in range(100)], "ignored"),
        ("id", [0.25, 0.5, 0.75], "number"),
    ],
)
def test_what_a_name_adds(name, values, kind):
    values = list(values)
    other = pl.Series("other", [1.5, 2.5] * 50)
    frame = column(values, name)
    frame = frame.with_columns(other.head(frame.height))
    assert infer_kinds(frame)[0].kind == kind


def test_a_counter_stays_if_there_is_nothing_else():
    frame = pl.DataFrame({"x": range(100), "constant": ["a"] * 100})
    assert [k.kind for k in infer_kinds(frame)] == ["number", "ignored"]
    asked = infer_kinds(frame, {"x": "ignored"})
    assert [k.kind for k in asked] == ["ignored", "ignored"]


# --- dates ---


@pytest.mark.parametrize(
    ("cells", "written", "first"),
    [
        (["1970-01-03", "1970-02-01"], "%Y-%m-%d", 2.0),
        (["1970-01", "1971-03"], "%Y-%m", 0.0),
        (["19700103", "19991231"], "%Y%m%d", 2.0),
        (["31/12/1969", "03/01/1970"], "%d/%m/%Y", -1.0),
        (["12/31/1969", "01/03/1970"], "%m/%d/%Y", -1.0),
        (["3.1.1970", "31.12.1999"], "%d.%m.%Y", 2.0),
        (["1970.01.03", "1999.12.31"], "%Y.%m.%d", 2.0),
        (["1970년 1월 3일", "1999년 12월 31일"], "%Y년 %m월 %d일", 2.0),
        (["Jan 3, 1970", "May 5, 1999"], "%b %d, %Y", 2.0),
        (["3 January 1970", "5 May 1999"], "%d %B %Y", 2.0),
        (["03-Jan-70", "13-Feb-99"], "%d-%b-%y", 2.0),
        (["1970-01-03 12:00", "1999-12-31 18:30"], "%Y-%m-%d %H:%M", 2.5),
        (["1970-01-03T06:00:00Z", "1970-01-03T15:00:00+09:00"], "%Y-%m-%dT%H:%M:%S%z", 2.25),
        (["1970-01-03 12:00:00.5", "1970-01-03 12:00:00"], "%Y-%m-%d %H:%M:%S", 2.5),
        (["12/31/1969 6:00 PM", "01/03/1970 1:05 AM"], "%m/%d/%Y %I:%M %p", -0.25),
        (["06:00", "23:59"], "%H:%M", 0.25),
    ],
)
def test_dates_in_many_forms(cells, written, first):
    kind = kind_of(cells)
    assert (kind.kind, kind.format) == ("date", written)
    days, odd = dates(column(cells)["column"], kind)
    assert days[0] == pytest.approx(first, abs=1e-4)
    assert np.isfinite(days).all()
    assert not odd.any()


def test_day_and_month_that_cannot_be_told_apart():
    error = refused(["01/02/2020", "03/04/2021"])
    assert "'01/02/2020'" in error.problem
    assert "%d/%m/%Y and %m/%d/%Y" in error.problem
    assert "--types d=date:%d/%m/%Y or --types d=date:%m/%d/%Y" in error.hint
    assert "%y/%m/%d" in refused(["01/02/03", "03/04/05"]).hint
    kind = kind_of(["01/02/2020", "03/04/2021"], override="date:%m/%d/%Y")
    assert (kind.kind, kind.format) == ("date", "%m/%d/%Y")
    assert kind_of(["01/01/2020", "02/02/2021"]).kind == "date"  # either way the same days


def test_dates_that_come_typed_and_in_iso_are_read_whatever_the_format():
    kind = Kind("d", "date", "", format="%d/%m/%Y")
    cells = pl.Series(["03/01/1970", "1970-01-03", "1970-01-03T12:00:00", "NA", "", "31/02/1970"])
    days, odd = dates(cells, kind)
    np.testing.assert_array_equal(days, [2, 2, 2.5, np.nan, np.nan, np.nan])
    assert odd.tolist() == [False] * 5 + [True]
    days, odd = dates(pl.Series([datetime.datetime(1970, 1, 2, 6), None]), kind)
    np.testing.assert_array_equal(days, [1.25, np.nan])
    typed = pl.Series([datetime.datetime(2020, 1, 1, 6), datetime.datetime(2020, 1, 2)])
    assert kind_of(typed.to_list()).format == "%Y-%m-%d %H:%M:%S"


@pytest.mark.parametrize("cells", [["1.2.3", "1.2.4"], ["3:1", "2:2"], ["10.0.0.1", "10.0.0.2"]])
def test_what_is_no_date(cells):
    assert kind_of(cells).kind == "category"


# --- what the user says ---


def test_overrides():
    frame = pl.DataFrame({"zip": [10001, 10002] * 10, "n": ["1", "x"] * 10, "t": ["a", "b"] * 10})
    found = infer_kinds(frame, {"zip": "category", "n": "number", "t": "text"})
    assert [k.kind for k in found] == ["category", "number", "text"]
    assert all("asked for" in k.reason for k in found)
    assert "10 cells are none: 'x'" in found[1].reason
    assert kind_of([None], override="date").kind == "ignored"


def test_overrides_that_cannot_be():
    with pytest.raises(ArgumentError, match="Did you mean 'date'"):
        kind_of(["x", "y"], override="dat")
    with pytest.raises(ArgumentError, match="format cannot be used"):
        kind_of(["x", "y"], override="date:abc")
    with pytest.raises(ArgumentError, match="none"):
        kind_of(["x", "y"], override="category:3")
    assert "no cell is one: 'x', 'y'" in refused(["x", "y"], "number").problem
    assert "no known format" in refused(["x", "y"], "date").problem
    assert "no cell is a date in the format %Y" in refused(["x", "y"], "date:%Y").problem
    with pytest.raises(TableError, match="Did you mean 'age'"):
        infer_kinds(pl.DataFrame({"age": ["1", "2"]}), {"agee": "number"})


def test_words_for_nothing_that_the_user_names():
    kind = kind_of(["a", "b", "none of these"], missing=["none of these"])
    assert kind.missing == ("none of these",)
    assert words(pl.Series(["a", "none of these"]), kind).tolist() == ["a", None]
    assert kind_of(["1", "-999", "2"], missing=["-999"]).reason.startswith("whole numbers, 2")


# --- cells as values ---


def test_numbers_and_what_is_none():
    kind = Kind("n", "number", "", missing=("Free",))
    values, odd = numbers(pl.Series(["1.5", "?", "Free", "", None, "x", "inf"]), kind)
    np.testing.assert_array_equal(values, [1.5] + [np.nan] * 6)
    assert odd.tolist() == [False] * 5 + [True, True]
    values, odd = numbers(pl.Series([1.5, None, float("inf"), float("nan")]), kind)
    np.testing.assert_array_equal(values, [1.5, np.nan, np.nan, np.nan])
    assert odd.tolist() == [False, False, True, False]
    assert numbers(pl.Series([True, False]), kind)[0].tolist() == [1, 0]
    assert numbers(pl.Series(["1,5"]), Kind("n", "number", "", format=","))[0].tolist() == [1.5]
    assert numbers(pl.Series(["5 kg"]), Kind("n", "number", "", format="kg"))[0].tolist() == [5]


def test_words_are_the_same_from_text_and_from_types():
    kind = Kind("c", "category", "")
    assert words(pl.Series([" True", "b ", "", None]), kind).tolist() == ["true", "b", None, None]
    assert words(pl.Series([True, None]), kind).tolist() == ["true", None]
    assert words(pl.Series([1.0, 2.5, None]), kind).tolist() == ["1", "2.5", None]
    assert words(pl.Series(["5.0", "5", "1.50"]), kind).tolist() == ["5", "5", "1.50"]
    assert words(pl.Series(["\u1109\u1165"]), kind).tolist() == ["서"]  # Hangul written in pieces


# --- real tables ---

EXPECTED = {
    "titanic.csv": {
        "pclass": "number",
        "sex": "category",
        "age": "number",
        "deck": "category",
        "adult_male": "category",
        "embark_town": "category",
    },
    "breast_cancer_wisconsin.csv": {"id": "ignored", "bare_nuclei": "number"},
    "mpg.csv": {
        "cylinders": "number",
        "horsepower": "number",
        "model_year": "number",
        "origin": "category",
        "name": "text",
    },
    "pima_diabetes.csv": {"insulin": "number", "pregnancies": "number"},
    "diamonds.csv": {"cut": "category", "carat": "number", "clarity": "category"},
    "daily_min_temperatures.csv": {"Date": "date", "Temp": "number"},
    "airline_passengers.csv": {"Month": "date"},
    "nsmc_test.tsv": {"document": "text"},
    "sms_spam.tsv": {"text": "text"},
    "penguins.csv": {"island": "category", "sex": "category", "bill_depth_mm": "number"},
    "wheat_seeds.csv": {"area": "number"},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_real_columns(data_folder, name):
    frame = read_table(data_folder / name).frame
    if frame.height > 5000:
        frame = frame.sample(5000, seed=0)
    found = {k.name: k for k in infer_kinds(frame)}
    for column_name, kind in EXPECTED[name].items():
        assert found[column_name].kind == kind, found[column_name]
    for kind in found.values():
        if kind.kind in ("number", "date"):
            read = numbers if kind.kind == "number" else dates
            assert not read(frame[kind.name], kind)[1].any()
    if name.startswith("breast"):
        assert found["bare_nuclei"].missing == ("?",)
