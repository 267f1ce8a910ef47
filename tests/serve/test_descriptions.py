"""What the server tells of itself: schema, OpenAPI, health, metrics."""

from fastapi.testclient import TestClient


def test_schema_suffices_for_a_form(client: TestClient) -> None:
    found = client.get("/schema").json()
    assert found["target"]["classes"] == ["no", "yes"] and found["limits"]["rows"] == 50
    columns = {c["name"]: c for c in found["columns"]}
    assert list(columns) == ["age", "city", "smokes", "born", "note"]
    assert columns["age"]["minimum"] < columns["age"]["typical"] < columns["age"]["maximum"]
    assert columns["city"]["nullable"] and "<b>Jeju</b>" in columns["city"]["levels"]
    assert columns["born"]["minimum"] == "1950-01-01"


def test_openapi_is_typed_from_the_model(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    post = api["paths"]["/predict"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    row = body["properties"]["rows"]["items"]
    assert body["properties"]["rows"]["maxItems"] == 50
    assert row["required"] == ["age", "city", "smokes", "born", "note"]
    assert row["properties"]["age"]["type"] == ["number", "null"]
    assert row["properties"]["smokes"]["examples"] == ["false", "true"]
    assert row["properties"]["note"]["type"] == "string"
    assert {"200", "400", "413", "415", "422", "503"} <= set(post["responses"])


def test_metrics_count_requests_rows_and_time(client: TestClient, row: dict) -> None:
    client.post("/predict", json={"rows": [row, {**row, "city": "Paris"}]})
    client.post("/predict", json={})
    client.get("/secret-name")
    client.get("/health", headers={"host": "evil.example"})
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for line in (
        'lamina_requests_total{path="/predict",status="200"} 1',
        'lamina_requests_total{path="/predict",status="422"} 1',
        'lamina_requests_total{path="other",status="404"} 1',
        'lamina_requests_total{path="/health",status="400"} 1',
        "lamina_rows_total 2",
        "lamina_row_warnings_total 1",
        'lamina_predict_seconds_bucket{le="+Inf"} 2',
        "lamina_predict_seconds_count 2",
    ):
        assert line in lines
    assert "secret-name" not in answer.text


def test_health(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
