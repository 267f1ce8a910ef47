"""Targets: the task that cells mean, the order of classes, and what cannot be learned."""

import numpy as np
import polars as pl
import pytest

from lamina.base.errors import ArgumentError
from lamina.tables.errors import TableError
from lamina.tables.reading import read_table
from lamina.tables.targets import OTHER, encode_target, infer_target, known_rows


def table(*cells, name: str = "y", times: int = 10) -> pl.DataFrame:
    return pl.DataFrame({name: pl.Series(list(cells) * times, strict=False)})


def refused(frame, names="y", **options) -> TableError:
    with pytest.raises(TableError) as caught:
        infer_target(frame, names, **options)
    return caught.value


# --- the task ---


@pytest.mark.parametrize(
    ("cells", "task", "classes"),
    [
        (("no", "yes"), "binary", ("no", "yes")),
        (("b", "a", "c"), "multiclass", ("a", "b", "c")),
        (("2", "10", "1"), "multiclass", ("1", "2", "10")),
        ((1.0, 2.0, None), "binary", ("1", "2")),
        (("1.0", "0"), "binary", ("0", "1")),
        ((True, False), "binary", ("false", "true")),
        (("TRUE", "False"), "binary", ("False", "TRUE")),
        (("01", "02"), "binary", ("01", "02")),
        (("NA", "KR"), "binary", ("KR", "NA")),  # a country, not an empty cell
        (("1", "?", "2"), "binary", ("1", "2")),
        ((0.5, 1.5), "binary", ("0.5", "1.5")),
        ((0.5, 1.5, 2.5), "regression", ()),
        (("1,5", "2,25", "3,5"), "regression", ()),
    ],
)
def test_task_and_classes(cells, task, classes):
    target = infer_target(table(*cells), "y")
    assert (target.task, target.classes) == (task, classes)
    assert target.reason


def test_whole_numbers():
    assert infer_target(table(*range(20)), "y").task == "multiclass"
    assert "--task regression" in infer_target(table(*range(5)), "y").reason
    assert infer_target(table(*range(21)), "y").task == "regression"
    assert infer_target(table(*range(15), times=2), "y").task == "regression"  # 2 rows of each
    assert infer_target(table(*range(5)), "y", "regression").task == "regression"


@pytest.mark.parametrize(
    ("pair", "positive"),
    [
        (("spam", "ham"), "spam"),
        (("malignant", "normal"), "malignant"),
        (("Positive", "negative"), "Positive"),
        (("yes", "no"), "yes"),
        (("1", "0"), "1"),
        (("-1", "1"), "1"),
        (("양성", "음성"), "양성"),
        (("예", "아니오"), "예"),
        (("cat", "dog"), "dog"),
        (("good", "zzz"), "zzz"),
        (("bad", "good"), "bad"),
    ],
)
def test_the_positive_class_is_second(pair, positive):
    target = infer_target(table(*pair), "y")
    assert target.classes[1] == positive
    assert repr(positive) in target.reason


def test_tasks_asked_for():
    frame = table("a", "b")
    assert infer_target(frame, "y", "classification").task == "binary"
    assert infer_target(frame, "y", "multiclass").task == "binary"  # two classes are the same task
    assert "3 classes, not two" in refused(table("a", "b", "c"), task="binary").problem
    error = refused(table("1.5", "2.5", "x"), task="regression")
    assert "10 of 30 cells that are not numbers, the first in row 3: 'x'" in error.problem
    with pytest.raises(ArgumentError, match="Did you mean 'regression'"):
        infer_target(frame, "y", "regresion")
    with pytest.raises(ArgumentError, match="one target column"):
        infer_target(frame.with_columns(z="y"), ["y", "z"], "binary")
    with pytest.raises(ArgumentError, match="each once"):
        infer_target(frame, ["y", "y"])


def test_classes_alike_but_for_case_are_pointed_out():
    assert "'Yes', 'yes' differ" in infer_target(table("Yes", "yes", "no"), "y").reason


# --- what cannot be learned ---


def test_no_such_target():
    error = refused(table("a", "b", name="survived"), "survive")
    assert "Did you mean 'survived'?" in error.problem
    assert "'survived'" in error.hint


def test_too_few_rows():
    assert "Only 18 of 18 rows" in refused(table("a", "b", times=9)).problem
    assert "Only 10 of 30 rows" in refused(table("a", None, "")).problem
    assert "empty in all 10 rows" in refused(table("", times=10)).problem
    assert "empty in all 20 rows" in refused(table(None, " ")).problem
    assert "no rows" in refused(table(times=0)).problem


def test_one_class():
    assert "one class only: 'a' in all 20 rows" in refused(table("a", times=20)).problem
    assert "5 in all 20 rows" in refused(table(5, times=20), task="regression").problem


def test_rare_classes():
    frame = pl.DataFrame({"y": ["a"] * 30 + ["b"] * 30 + ["c", "c", "d"]})
    error = refused(frame)
    assert "'c' (2), 'd' (1)" in error.problem
    assert "--merge-rare" in error.hint
    target = infer_target(frame, "y", merge_rare=True)
    assert target.classes == (OTHER, "a", "b")
    assert encode_target(frame, target)[[0, 59, 60, 62]].tolist() == [1, 2, 0, 0]
    alone = pl.DataFrame({"y": ["a"] * 30 + ["b"]})
    assert "even together" in refused(alone, merge_rare=True).problem
    counts = pl.DataFrame({"y": [0] * 20 + [1] * 20 + [7]})
    assert "--task regression" in refused(counts).hint


def test_words_for_nothing_among_rare_classes():
    frame = pl.DataFrame({"y": ["a"] * 30 + ["b"] * 30 + ["none", "c", "d"]})
    target = infer_target(frame, "y", merge_rare=True)
    assert known_rows(frame, target).all()
    counts = pl.DataFrame({"y": ["0"] * 30 + ["1"] * 30 + ["?", "7", "8", "9"]})
    target = infer_target(counts, "y", merge_rare=True)
    assert target.classes == ("0", "1", OTHER)
    assert known_rows(counts, target).sum() == 63
    assert "'NA' counts as a class" in infer_target(table("NA", "KR"), "y").reason


def test_names_are_no_classes():
    error = refused(pl.DataFrame({"y": [f"person {i}" for i in range(50)]}))
    assert "50 different values in 50 rows" in error.problem


def test_numbers_with_some_words_among_them():
    frame = pl.DataFrame({"y": [str(1.5 * i) for i in range(50)] + ["sold", "n.n."]})
    error = refused(frame)
    assert "numbers except in 2 of 52 cells: 'sold', 'n.n.'" in error.problem


# --- as arrays ---


def test_known_rows_and_encoding():
    frame = table("1", "?", "2", "", None)
    target = infer_target(frame, "y")
    known = known_rows(frame, target)
    assert known[:5].tolist() == [True, False, True, False, False]
    y = encode_target(frame.filter(known), target)
    assert y.dtype == np.int64
    assert y[:2].tolist() == [0, 1]


def test_classes_of_another_source():
    from_text = infer_target(table("True", "False"), "y")
    assert encode_target(pl.DataFrame({"y": [True, False]}), from_text).tolist() == [1, 0]
    from_floats = infer_target(table(0.0, 1.0), "y")
    assert encode_target(pl.DataFrame({"y": ["1", "0.0"]}), from_floats).tolist() == [1, 0]
    with pytest.raises(TableError, match=r"no known class, the first in row 2: 'maybe'"):
        encode_target(pl.DataFrame({"y": ["True", "maybe"]}), from_text)
    with pytest.raises(TableError, match="no target column"):
        encode_target(pl.DataFrame({"z": [1]}), from_text)


def test_numbers_as_array():
    frame = table("1.5", "NA", "2,000.25", "3")
    target = infer_target(frame, "y", "regression")
    y = encode_target(frame.filter(known_rows(frame, target)), target)
    assert y.dtype == np.float64
    assert y[:3].tolist() == [1.5, 2000.25, 3.0]
    with pytest.raises(TableError, match="not numbers, the first in row 2"):
        encode_target(pl.DataFrame({"y": ["1", "x"]}), target)


# --- several labels ---


def test_labels():
    frame = pl.DataFrame(
        {"a": ["yes", "no"] * 18, "b": [1, 0, 1] * 12, "c": [True, False, None, True] * 9}
    )
    target = infer_target(frame, ["a", "b", "c"])
    assert (target.task, target.classes) == ("multilabel", ("a", "b", "c"))
    known = known_rows(frame, target)
    assert known.sum() == 27
    y = encode_target(frame.filter(known), target)
    assert y.shape == (27, 3)
    assert y[:3].tolist() == [[1, 1, 1], [0, 0, 0], [0, 1, 1]]


def test_labels_that_cannot_be():
    frame = pl.DataFrame({"a": [0, 1] * 12, "b": [1] * 24, "c": ["x", "y"] * 12})
    assert "'b' is yes in 24 and no in 0" in refused(frame, ["a", "b"]).problem
    assert "neither yes nor no: 'x'" in refused(frame, ["a", "c"]).problem
    assert "Only 10 of 10 rows" in refused(frame.head(10), ["a", "b"]).problem


@pytest.mark.parametrize(
    ("name", "column", "task", "classes"),
    [
        ("titanic.csv", "survived", "binary", ("0", "1")),
        ("titanic.csv", "alive", "binary", ("no", "yes")),
        ("titanic.csv", "age", "regression", ()),
        ("penguins.csv", "species", "multiclass", ("Adelie", "Chinstrap", "Gentoo")),
        ("breast_cancer_wisconsin.csv", "class", "binary", ("2", "4")),
        ("mpg.csv", "mpg", "regression", ()),
        ("sms_spam.tsv", "label", "binary", ("ham", "spam")),
        ("daily_min_temperatures.csv", "Temp", "regression", ()),
    ],
)
def test_real_targets(data_folder, name, column, task, classes):
    frame = read_table(data_folder / name).frame
    target = infer_target(frame, column)
    assert (target.task, target.classes) == (task, classes)
    known = frame.filter(known_rows(frame, target))
    assert len(encode_target(known, target)) == known.height
