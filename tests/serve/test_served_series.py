"""A model of a series behind HTTP: rows of a request belong together, and to no other request."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from fastapi.testclient import TestClient

from lamina.serve import create_app
from lamina.serve.limits import Limits
from lamina.serve.tables import ServedTable
from lamina.tables import TableModel, train

AHEAD = [{"day": f"2020-04-{10 + i}", "sun": 0.5} for i in range(3)]


@pytest.fixture(scope="module")
def series() -> TableModel:
    steps = np.arange(100)
    frame = pl.DataFrame(
        {
            "day": [str(np.datetime64("2020-01-01") + i) for i in steps],
            "sun": np.random.default_rng(0).uniform(0, 1, 100),
            "sold": 50 + steps + 3 * np.sin(steps),
        }
    )
    choices = {"folds": 0, "epochs": 3, "members": 1, "layers": (4,)}
    return train(frame, "sold", out=None, report=False, **choices).model


@pytest.fixture
def asks(series: TableModel) -> Iterator[TestClient]:
    with TestClient(create_app(series), base_url="http://localhost") as found:
        yield found


def test_rows_ahead_need_only_what_is_known(asks: TestClient, series: TableModel) -> None:
    answer = asks.post("/predict", json={"rows": AHEAD})
    assert answer.status_code == 200
    found = answer.json()["predictions"]
    wanted = series.predict(pl.DataFrame(AHEAD))
    values = [one["prediction"] for one in found]
    np.testing.assert_allclose(values, wanted["prediction"], rtol=1e-5)
    assert found[0]["warnings"] == [] and len(found[1]["warnings"]) == 1


def test_what_came_may_be_told(asks: TestClient, series: TableModel) -> None:
    rows = [{**AHEAD[0], "sold": 90.0}, {**AHEAD[1], "sold": None}]
    found = asks.post("/predict", json={"rows": rows}).json()["predictions"]
    wanted = series.predict(pl.DataFrame(rows))["prediction"].to_list()
    np.testing.assert_allclose([one["prediction"] for one in found], wanted, rtol=1e-5)
    assert found[1]["warnings"] == []
    for wrong, said in (({**AHEAD[0], "sold": "many"}, "sold"), ({"sun": 0.5}, "day")):
        answer = asks.post("/predict", json={"rows": [wrong]})
        assert answer.status_code == 422
        assert [e["field"] for e in answer.json()["error"]["errors"]] == [said]


def test_requests_answered_together_know_nothing_of_each_other(series: TableModel) -> None:
    served = ServedTable(series, Limits())
    reader = served._reader
    one, other = {**AHEAD[0], "sold": 500.0}, AHEAD[1]
    batches = [reader.read({"rows": [row]}) for row in (one, other)]
    together = served.predict(batches)
    apart = [served.predict([batch])[0] for batch in batches]
    assert together == apart


def test_a_row_before_all_that_is_known(asks: TestClient) -> None:
    early = {**AHEAD[0], "day": "2019-01-01"}
    (found,) = asks.post("/predict", json={"rows": [early]}).json()["predictions"]
    assert found["prediction"] is None
    assert found["warnings"] == ["sold has too few earlier values, so that nothing is predicted"]


def test_it_tells_what_it_wants(asks: TestClient) -> None:
    columns = asks.get("/schema").json()["columns"]
    assert [c["name"] for c in columns] == ["day", "sun", "sold"]
    assert columns[0]["typical"] == "2020-04-10" and columns[2]["nullable"]
    assert [c["optional"] for c in columns] == [False, False, True]
    api = asks.get("/openapi.json").json()
    row = api["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert row["properties"]["rows"]["items"]["required"] == ["day", "sun"]


def test_no_rows_and_the_first_of_all(series: TableModel) -> None:
    served = ServedTable(series, Limits())
    assert served.predict([served.typical()])[0][0]["prediction"] is not None
    assert served.predict([served._reader.read({"rows": []})]) == [[]]
