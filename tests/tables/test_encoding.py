"""What training rows teach, and what becomes of other rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from lamina.tables.encoding import (
    EMPTY,
    FIRST,
    OTHER,
    Notes,
    encode,
    learn,
    linear_features,
    number_features,
)
from lamina.tables.kinds import Kind


def columns_of(frame: pl.DataFrame, **kinds: str):
    found = [
        Kind(n, k.partition(":")[0], "", ("?",), k.partition(":")[2]) for n, k in kinds.items()
    ]
    return learn(frame, found)


def test_numbers_are_centred_scaled_and_bent():
    frame = pl.DataFrame({"x": ["1", "2", "3", "4", "5", "?", "1000000"]})
    columns = columns_of(frame, x="number")
    (column,) = columns
    assert (column.center, column.minimum, column.maximum) == (3.5, 1.0, 1e6)
    assert column.nullable
    values = encode(frame, columns)["numbers"]
    assert values.shape == (7, 2) == (7, number_features(columns))
    low, high = np.percentile([1, 2, 3, 4, 5, 1e6], (25, 75))
    z = (2 - 3.5) / ((high - low) / 2)
    np.testing.assert_allclose(values[1], [z / np.sqrt(1 + (z / 6) ** 2), 0], rtol=1e-6)
    np.testing.assert_allclose(values[5], [0, 1])  # an empty cell is the median, and says so
    assert values[6, 0] < 6.0001  # no outlier goes far


def test_only_the_rows_given_teach():
    train = pl.DataFrame({"x": ["1", "2", "3"], "c": ["a"] * 3})
    columns = learn(train, [Kind("x", "number", ""), Kind("c", "category", "")], rare=1)
    later = pl.DataFrame({"x": ["1e9", "oops", ""], "c": ["b", "a", None]})
    notes = Notes()
    arrays = encode(later, columns, notes)
    assert arrays["categories"][:, 0].tolist() == [OTHER, FIRST, EMPTY]
    assert notes.outside["x"].tolist() == [True, False, False]
    assert notes.unparseable["x"].tolist() == [False, True, False]
    assert notes.unseen["c"].tolist() == [True, False, False]


def test_rare_levels_share_a_place():
    frame = pl.DataFrame({"c": ["a"] * 6 + ["b"] * 5 + ["d"] * 4})
    (column,) = columns_of(frame, c="category")
    assert column.levels == ("a", "b")
    assert set(encode(frame, [column])["categories"][-4:, 0]) == {OTHER}


def test_a_date_goes_round():
    frame = pl.DataFrame({"d": ["2024-01-01", "2024-01-08", "2025-01-01"]})
    columns = columns_of(frame, d="date:%Y-%m-%d")
    values = encode(frame, columns)["numbers"]
    assert values.shape == (3, number_features(columns)) == (3, 5)
    np.testing.assert_allclose(values[0, 1:3], values[1, 1:3], atol=1e-5)  # both are Mondays
    np.testing.assert_allclose(values[0, 3:], values[2, 3:], atol=0.02)  # both begin a year


def test_texts_are_pieces_of_length_one():
    frame = pl.DataFrame({"t": ["아주 좋은 영화", "좋은 영화", None]})
    (column,) = columns_of(frame, t="text")
    arrays = encode(frame, [column])
    pieces, weights = arrays["pieces_0"], arrays["weights_0"]
    assert pieces.max() <= column.places
    assert not pieces[2].any()
    np.testing.assert_allclose((weights**2).sum(1), [1, 1, 0], rtol=1e-5)
    assert len(set(pieces[0]) & set(pieces[1])) > 10


def test_linear_features_hold_everything():
    frame = pl.DataFrame({"x": ["1", "2"], "c": ["a", "b"], "t": ["some words", "other words"]})
    kinds = [Kind("x", "number", ""), Kind("c", "category", ""), Kind("t", "text", "")]
    columns = learn(frame, kinds, rare=1)
    matrix = linear_features(frame, columns)
    assert matrix.shape == (2, 1 + 4 + columns[2].places + 1)
    np.testing.assert_array_equal(matrix[:, 1:5].toarray(), [[0, 0, 1, 0], [0, 0, 0, 1]])


def test_a_column_without_values_is_ignored():
    (column,) = columns_of(pl.DataFrame({"x": ["?", ""]}), x="number")
    assert column.kind == "ignored"
    with pytest.raises(KeyError):
        encode(pl.DataFrame({"x": ["1"]}), [column])["numbers"]
