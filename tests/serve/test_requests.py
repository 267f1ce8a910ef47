"""What the server answers to good and bad requests: the table of status codes, row by row."""

import json

import numpy as np
import polars as pl
import pytest
from fastapi.testclient import TestClient

from lamina.serve import Limits, create_app
from lamina.serve.rows import RowReader
from lamina.tables import TableModel
from lamina.tables.encoding import Notes, encode, encode_values

JSON = {"content-type": "application/json"}


def errors(answer) -> list[dict]:
    assert answer.status_code == 422
    return answer.json()["error"]["errors"]


def test_predictions_are_those_of_the_model(
    client: TestClient, model: TableModel, row: dict
) -> None:
    answer = client.post("/predict", json={"rows": [row, {**row, "age": 75}]})
    assert answer.status_code == 200
    found = answer.json()["predictions"]
    wanted = model.predict([row, {**row, "age": 75}])
    assert [p["prediction"] for p in found] == wanted["prediction"].to_list()
    chances = [p["probabilities"]["yes"] for p in found]
    np.testing.assert_allclose(chances, wanted["p_yes"], rtol=1e-5)
    assert [p["warnings"] for p in found] == [[], []]


def test_regression_gives_numbers(regression: TableModel) -> None:
    with TestClient(create_app(regression), base_url="http://127.0.0.1:8000") as client:
        answer = client.post("/predict", json={"rows": [{"age": 30, "smokes": "true"}]})
    (found,) = answer.json()["predictions"]
    wanted = regression.predict({"age": [30.0], "smokes": [True]})["prediction"][0]
    assert found["prediction"] == pytest.approx(wanted, rel=1e-5) and "probabilities" not in found


def test_cells_of_json_are_read_as_those_of_a_table(model: TableModel, row: dict) -> None:
    rows = [
        row,
        {**row, "age": None, "city": " Busan ", "smokes": "TRUE", "born": "1990-05-17T00:00"},
        {**row, "age": -7, "city": 1.0, "smokes": 1, "note": "봄은 온다"},
        {**row, "age": True and 3, "city": "1.0", "smokes": 2.5},
        {**row, "city": None, "smokes": False},
    ]
    read = RowReader(model.schema, Limits()).read({"rows": rows})
    mine, theirs = Notes(), Notes()
    found = encode_values(read.values, model.schema.columns, mine)
    for i, one in enumerate(rows):
        frame = pl.DataFrame({name: [cell] for name, cell in one.items()}, strict=False)
        for name, array in encode(frame, model.schema.columns, theirs).items():
            np.testing.assert_array_equal(found[name][i], array[0], err_msg=f"row {i}, {name}")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"rows", b'{"rows": [NaN]}', b'{"rows": [{"age": Infinity}]}', b"\xff\xfe\xfa",
     b"[" * 19_000, b'{"rows": [{"city": "\\ud800"}]}', b"9" * 5_000],
)  # fmt: skip
def test_what_is_not_json_is_400(client: TestClient, body: bytes) -> None:
    answer = client.post("/predict", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "not_json"


@pytest.mark.parametrize("body", [[], {}, 3, None, {"rows": 5}, {"rows": {}}, {"row": []}])
def test_no_list_of_rows_is_422(client: TestClient, body: object) -> None:
    (error,) = errors(client.post("/predict", content=json.dumps(body), headers=JSON))
    assert error["field"] == "rows" and error["row"] is None


def test_everything_missing_or_mistyped_is_listed(client: TestClient, row: dict) -> None:
    odd = {**row, "age": "3", "city": ["Seoul"], "smokes": None, "born": 5}
    del odd["note"]
    found = errors(client.post("/predict", json={"rows": [row, odd, 7]}))
    assert [(e["row"], e["field"], e["got"]) for e in found] == [
        (1, "age", '"3"'),
        (1, "city", "a list"),
        (1, "smokes", "null"),
        (1, "born", "5"),
        (1, "note", "nothing"),
        (2, None, "7"),
    ]
    assert found[0]["expected"] == "a number or null"


@pytest.mark.parametrize(
    ("field", "cell"),
    [("age", True), ("age", 10**400), ("born", "soon"), ("born", ""), ("note", "  "), ("note", 3),
     ("smokes", ""), ("age", {})],
)  # fmt: skip
def test_one_mistyped_field(client: TestClient, row: dict, field: str, cell: object) -> None:
    (error,) = errors(client.post("/predict", json={"rows": [{**row, field: cell}]}))
    assert (error["row"], error["field"]) == (0, field)


@pytest.mark.parametrize("text", ["1e999", "-1e999"])
def test_a_number_beyond_all_numbers_is_mistyped(client: TestClient, row: dict, text: str) -> None:
    body = json.dumps({"rows": [row]}).replace("30.0", text)
    (error,) = errors(client.post("/predict", content=body, headers=JSON))
    assert error["field"] == "age"


def test_oddities_are_answered_with_warnings(client: TestClient, row: dict) -> None:
    odd = {**row, "age": 900, "city": "Paris", "extra": 1, "same": "x", "answer": "yes"}
    answer = client.post("/predict", json={"rows": [odd, {**row, "age": None, "city": None}]})
    assert answer.status_code == 200
    first, second = (p["warnings"] for p in answer.json()["predictions"])
    assert any("'extra'" in w for w in first) and not any("same" in w for w in first)
    assert any(w.startswith("city is a level") for w in first)
    assert any(w.startswith("age is beyond") for w in first)
    assert [w.split(";")[0] for w in second] == ["age is empty", "city is empty"]


@pytest.mark.parametrize("far", [1e150, 1e155, 1.7e308, -1.7e308])
def test_the_largest_numbers_count_as_very_large(client: TestClient, row: dict, far: float) -> None:
    rows = [{**row, "age": far}, {**row, "age": 1e12 * (1 if far > 0 else -1)}]
    one, other = client.post("/predict", json={"rows": rows}).json()["predictions"]
    assert one["probabilities"] == pytest.approx(other["probabilities"], rel=1e-5)


def test_no_rows_no_predictions(client: TestClient) -> None:
    assert client.post("/predict", json={"rows": []}).json() == {"predictions": []}


def test_too_many_rows_is_413(client: TestClient) -> None:
    assert client.post("/predict", json={"rows": [{}] * 51}).status_code == 413
    assert client.post("/predict", json={"rows": [{}] * 50}).status_code == 422


@pytest.mark.parametrize("told", [True, False])
def test_a_long_body_is_413_while_it_arrives(client: TestClient, told: bool) -> None:
    sent = []

    def pieces():
        for _ in range(100):
            sent.append(1)
            yield b" " * 1_000

    content = b" " * 100_000 if told else pieces()
    assert client.post("/predict", content=content, headers=JSON).status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/csv"])
def test_another_content_type_is_415(client: TestClient, kind: str) -> None:
    answer = client.post("/predict", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 415


def test_no_content_type_or_a_packed_body_is_415(client: TestClient) -> None:
    assert client.post("/predict", content=b"{}").status_code == 415
    packed = {**JSON, "content-encoding": "gzip"}
    assert client.post("/predict", content=b"{}", headers=packed).status_code == 415


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/predict", 405), ("GET", "/nothing", 404), ("GET", "/docs", 404), ("PUT", "/", 405),
])  # fmt: skip
def test_other_addresses(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status and "message" in answer.json()["error"]
