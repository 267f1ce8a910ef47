"""Tables of any kind of column become numbers, by what training rows taught alone."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from lamina.estimators import LaminaClassifier, TabularPreprocessor
from lamina.tables import read_table


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=60),
            "city": rng.choice(["서울", "부산", "대구"], 60),
            "since": pd.date_range("2024-01-01", periods=60).astype(str),
            "note": [f"a word and {i} more words of several kinds {7 * i}" for i in range(60)],
            "same": 1,
        }
    )
    frame.loc[3, "size"] = np.nan
    frame.loc[5, "city"] = None
    return frame


def test_every_kind_of_column(table):
    preprocessor = TabularPreprocessor(text_features=8).fit(table)
    kinds = {c.name: c.kind for c in preprocessor.columns_}
    assert kinds == {
        "size": "number",
        "city": "category",
        "since": "date",
        "note": "text",
        "same": "ignored",
    }
    found = preprocessor.transform(table)
    assert found.dtype == np.float32 and np.isfinite(found).all()
    names = preprocessor.get_feature_names_out().tolist()
    assert found.shape == (60, len(names))
    column = dict(zip(names, found.T, strict=True))
    assert column["size_empty"].tolist() == [float(i == 3) for i in range(60)]
    assert column["city_empty"].tolist() == [float(i == 5) for i in range(60)]
    for city in ("서울", "부산", "대구"):
        np.testing.assert_array_equal(column[f"city_{city}"], table["city"] == city)
    np.testing.assert_allclose(column["since_sin_week"][:7], column["since_sin_week"][7:14], 1e-4)
    assert (column["note_piece_0"] == 0).all() and column["note_piece_1"].any()


def test_new_levels_share_one_place(table):
    preprocessor = TabularPreprocessor().fit(table)
    place = preprocessor.get_feature_names_out().tolist().index("city_other")
    assert preprocessor.transform(table.assign(city="화성"))[:, place].all()


def test_limits_on_levels(table):
    names = TabularPreprocessor(max_categories=1).fit(table).get_feature_names_out().tolist()
    assert len([n for n in names if n.startswith("city_")]) == 3  # other, empty, the commonest
    names = TabularPreprocessor(min_frequency=60).fit(table).get_feature_names_out().tolist()
    assert [n for n in names if n.startswith("city_")] == ["city_other", "city_empty"]


def test_all_libraries_give_the_same(table):
    expected = TabularPreprocessor().fit_transform(table)
    polars = read_table(table).frame
    np.testing.assert_array_equal(TabularPreprocessor().fit_transform(polars), expected)
    framed = TabularPreprocessor().set_output(transform="pandas").fit_transform(table)
    np.testing.assert_array_equal(framed.to_numpy(), expected)
    bare = TabularPreprocessor(types={"x1": "category"}).fit(table.to_numpy())
    assert [c.kind for c in bare.columns_][:2] == ["number", "category"]


def test_types_overrule(table):
    fitted = TabularPreprocessor(types={"size": "ignored", "note": "ignored"}).fit(table)
    assert not [n for n in fitted.get_feature_names_out() if n.startswith(("size", "note"))]
    with pytest.raises(ValueError, match="which is no column"):
        TabularPreprocessor(types={"sise": "number"}).fit(table)


def test_copies_and_pipelines(table):
    y = np.where(table["city"] == "서울", "yes", "no")
    preprocessor = TabularPreprocessor(types={"note": "ignored"})
    model = make_pipeline(
        preprocessor, LaminaClassifier((8,), learning_rate=0.03, epochs=30, random_state=0)
    )
    assert cross_val_score(model, table, y, cv=2).mean() > 0.8
    model.fit(table, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))
    assert not hasattr(clone(model)[0], "columns_")


def test_errors(table):
    with pytest.raises(ValueError, match=r"(?s)anything to learn from.*'same': '1' in all rows"):
        TabularPreprocessor().fit(table[["same"]])
    with pytest.raises(ValueError, match="`max_categories` cannot be used"):
        TabularPreprocessor(max_categories=0).fit(table)
    fitted = TabularPreprocessor().fit(table)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.transform(table.rename(columns={"size": "other"}))
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        fitted.transform(table[:0])
    with pytest.raises(ValueError, match="input_features is not equal"):
        fitted.get_feature_names_out(["a"])
