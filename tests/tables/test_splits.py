"""Splits: shares, strata, blocks that stay together, order of time, folds."""

import numpy as np
import polars as pl
import pytest

from lamina.base.errors import ArgumentError
from lamina.tables.blocks import equal_rows, joined, of_groups
from lamina.tables.errors import TableError
from lamina.tables.schema import Target
from lamina.tables.splits import TEST, TRAIN, VALIDATION, split_rows

BINARY = Target(("y",), "binary", "", ("0", "1"))
NUMBER = Target(("y",), "regression", "")


def classes(*counts: int, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray, Target]:
    y = np.repeat(np.arange(len(counts)), counts)
    np.random.default_rng(seed).shuffle(y)
    frame = pl.DataFrame({"x": np.arange(len(y)), "y": y})
    return frame, y, Target(("y",), "multiclass", "", tuple(map(str, range(len(counts)))))


def sizes(part: np.ndarray) -> list[int]:
    return np.bincount(part, minlength=3).tolist()


def test_shares_and_strata():
    frame, y, target = classes(600, 300, 100)
    split = split_rows(frame, y, target)
    assert sizes(split.part) == [700, 150, 150]
    assert split.part.dtype == np.int8
    assert split.fold is None
    for number, count in enumerate((600, 300, 100)):
        np.testing.assert_allclose(
            sizes(split.part[y == number]), np.array([0.7, 0.15, 0.15]) * count, atol=1
        )
    assert split.notes[0] == "700 training, 150 validation, 150 test rows"


@pytest.mark.parametrize("rows", [20, 21, 33, 57, 199])
def test_small_tables_have_all_parts_and_all_classes_in_training(rows):
    frame, y, target = classes(rows - 6, 3, 3)
    for seed in range(5):
        split = split_rows(frame, y, target, seed=seed)
        assert min(sizes(split.part)) > 0
        assert set(y[split.part == TRAIN]) == {0, 1, 2}
        assert set(split.fold[split.part != TEST]) == set(range(5))


def test_a_regression_gets_every_range():
    rng = np.random.default_rng(0)
    y = rng.lognormal(size=2000)
    split = split_rows(pl.DataFrame({"x": np.arange(2000), "y": y}), y, NUMBER)
    medians = [np.median(y[split.part == part]) for part in range(3)]
    np.testing.assert_allclose(medians, np.median(y), rtol=0.05)


def test_labels():
    y = np.random.default_rng(0).integers(0, 2, (400, 5))
    target = Target(tuple("abcde"), "multilabel", "", tuple("abcde"))
    split = split_rows(pl.DataFrame({"x": np.arange(400)}), y, target)
    assert sizes(split.part) == [280, 60, 60]


def test_the_seed_decides():
    frame, y, target = classes(300, 300)
    first = split_rows(frame, y, target, seed=1)
    again = split_rows(frame, y, target, seed=1)
    other = split_rows(frame, y, target, seed=2)
    assert (first.part == again.part).all()
    assert (first.fold == again.fold).all()
    assert (first.part != other.part).any()


def test_folds():
    frame, y, target = classes(500, 300)
    split = split_rows(frame, y, target)
    inside = split.part != TEST
    assert split.fold.dtype == np.int8
    assert (split.fold[~inside] == -1).all()
    counts = np.bincount(split.fold[inside])
    assert len(counts) == 5
    assert counts.max() - counts.min() <= 2
    ones = [y[split.fold == fold].mean() for fold in range(5)]
    np.testing.assert_allclose(ones, y.mean(), atol=0.02)
    assert split_rows(frame, y, target, folds=0).fold is None
    assert set(split_rows(frame, y, target, folds=3).fold) == {-1, 0, 1, 2}


def test_equal_rows_stay_on_one_side():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 300, 900)
    y = rng.integers(0, 2, 900)  # equal inputs, though not always equal targets
    split = split_rows(pl.DataFrame({"x": x, "y": y}), y, BINARY)
    for value in np.unique(x):
        assert len(set(split.part[x == value])) == 1
        assert len(set(split.fold[x == value])) == 1
    np.testing.assert_allclose(sizes(split.part), [630, 135, 135], atol=12)
    assert any("equal inputs stay in one part" in note for note in split.notes)


def test_too_many_equal_rows_are_parted_with_a_warning():
    x, y = np.array([0, 1] * 200), np.array([0, 1] * 200)
    split = split_rows(pl.DataFrame({"x": x, "y": y}), y, BINARY)
    assert sizes(split.part) == [280, 60, 60]
    assert any("careful" in note for note in split.notes)


def test_equal_rows_of_a_small_regression_stay_together():
    x = np.repeat(np.arange(12), 2)
    split = split_rows(pl.DataFrame({"x": x}), np.arange(24.0), NUMBER)
    assert not any("careful" in note for note in split.notes)
    assert all(len(set(split.part[x == value])) == 1 for value in range(12))


def test_a_part_that_is_not_wanted_stays_empty():
    groups = np.repeat(np.arange(4), [170, 10, 10, 10])
    y = np.tile([0, 1], 100)
    frame = pl.DataFrame({"x": np.arange(200)})
    split = split_rows(frame, y, BINARY, groups=groups, shares=(0.5, 0.5, 0))
    assert sizes(split.part)[2] == 0


def test_groups_stay_on_one_side():
    rng = np.random.default_rng(0)
    groups = np.repeat([f"g{i}" for i in range(60)], rng.integers(1, 20, 60))
    y = rng.integers(0, 2, len(groups))
    frame = pl.DataFrame({"x": np.arange(len(groups)), "y": y})
    split = split_rows(frame, y, BINARY, groups=groups)
    for group in np.unique(groups):
        assert len(set(split.part[groups == group])) == 1
    np.testing.assert_allclose(np.array(sizes(split.part)) / len(y), [0.7, 0.15, 0.15], atol=0.05)
    assert any("60 groups" in note for note in split.notes)


def test_few_large_groups():
    groups = np.repeat(np.arange(6), 50)
    y = np.tile([0, 1], 150)
    split = split_rows(
        pl.DataFrame({"x": np.arange(300), "y": y}), y, BINARY, groups=groups, folds=5
    )
    assert sizes(split.part) == [200, 50, 50]
    assert split.fold.max() == 4
    three = np.repeat([0, 1, 2], [160, 100, 40])
    frame = pl.DataFrame({"x": np.arange(300), "y": y})
    assert sorted(sizes(split_rows(frame, y, BINARY, groups=three).part)) == [40, 100, 160]
    with pytest.raises(TableError, match="part has no rows"):
        two = np.repeat([0, 1], 150)
        split_rows(pl.DataFrame({"x": np.arange(300), "y": y}), y, BINARY, groups=two)


def test_in_order_of_time():
    rng = np.random.default_rng(0)
    time = rng.permutation(1000).astype(float)
    y = rng.normal(size=1000)
    split = split_rows(pl.DataFrame({"x": time, "y": y}), y, NUMBER, time=time)
    assert sizes(split.part) == [700, 150, 150]
    assert time[split.part == TRAIN].max() < time[split.part == VALIDATION].min()
    assert time[split.part == VALIDATION].max() < time[split.part == TEST].min()
    assert split.fold is None


def test_one_moment_stays_on_one_side_and_unknown_times_train():
    time = np.repeat(np.arange(20.0), 10)
    time[:3] = np.nan
    y = np.arange(200.0)
    split = split_rows(pl.DataFrame({"y": y}), y, NUMBER, time=time)
    for moment in range(1, 20):
        assert len(set(split.part[time == moment])) == 1
    assert (split.part[:3] == TRAIN).all()
    assert any("3 rows without a time" in note for note in split.notes)
    with pytest.raises(TableError, match="No row has a time"):
        split_rows(pl.DataFrame({"y": y}), y, NUMBER, time=np.full(200, np.nan))
    with pytest.raises(TableError, match="part has no rows"):
        split_rows(pl.DataFrame({"y": y}), y, NUMBER, time=np.zeros(200))


def test_a_class_that_only_comes_later():
    y = np.array([0] * 80 + [1] * 20)
    with pytest.raises(TableError, match="No training row has the class '1'"):
        split_rows(pl.DataFrame({"y": y}), y, BINARY, time=np.arange(100.0))
    early = split_rows(pl.DataFrame({"y": 1 - y}), 1 - y, BINARY, time=-np.arange(100.0))
    assert any("no validation row has the class '1'" in note for note in early.notes) or any(
        "no test row has the class" in note for note in early.notes
    )


@pytest.mark.parametrize(
    ("shares", "expected"),
    [((80, 10, 10), [160, 20, 20]), ((0.8, 0.2, 0), [160, 40, 0]), ((0.8, 0, 0.2), [160, 0, 40])],
)
def test_other_shares(shares, expected):
    frame, y, target = classes(100, 100)
    assert sizes(split_rows(frame, y, target, shares=shares).part) == expected
    times = split_rows(frame, y, target, shares=shares, time=np.arange(200.0))
    assert sizes(times.part) == expected


def test_options_that_cannot_be():
    frame, y, target = classes(100, 100)
    for shares in ((0.5, 0.5), (0, 0.5, 0.5), (0.5, -0.1, 0.6), (1, float("nan"), 0)):
        with pytest.raises(ArgumentError, match="`shares`"):
            split_rows(frame, y, target, shares=shares)
    with pytest.raises(ArgumentError, match="`folds`"):
        split_rows(frame, y, target, folds=1)
    with pytest.raises(ArgumentError, match="a value per row"):
        split_rows(frame, y, target, groups=np.zeros(3))
    with pytest.raises(ArgumentError, match="cannot be had together"):
        split_rows(frame, y, target, groups=np.zeros(200), time=np.zeros(200))
    with pytest.raises(ArgumentError, match="cannot be had together"):
        split_rows(frame, y, target, folds=5, time=np.zeros(200))


def test_blocks():
    frame = pl.DataFrame({"a": [1.0, None, 1.0, None], "b": ["x", "y", "x", "z"]})
    assert equal_rows(frame).tolist() == [0, 1, 0, 3]
    assert equal_rows(frame.drop("a", "b")).tolist() == [0, 1, 2, 3]  # no column, nothing equal
    assert of_groups(np.array(["b", None, "b"], dtype=object)).tolist() == [0, 1, 0]
    assert joined(np.array([0, 1, 1, 3]), np.array([0, 0, 2, 2])).tolist() == [0, 0, 0, 0]
