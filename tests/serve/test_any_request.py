"""Whatever JSON comes, the answer is an answer or a refusal, never a failure of the server."""

import json

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

ANY = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: (
        some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)
CELL = ANY | some.sampled_from(["Seoul", "1990-05-17", "true", "\x00", "0001-01-01", 10**400])
NAMES = some.sampled_from(["age", "city", "smokes", "born", "note", "same", "answer", "x", ""])
FULL = some.fixed_dictionaries(
    {
        "age": some.none() | some.floats() | some.integers(),
        "city": some.none() | some.text() | some.floats() | some.integers() | some.booleans(),
        "smokes": some.booleans() | some.text(),
        "born": some.dates().map(str) | some.text() | some.datetimes().map(str),
        "note": some.text(),
    }
)
ROW = FULL | some.dictionaries(NAMES, CELL) | ANY
BODY = some.fixed_dictionaries({"rows": some.lists(ROW, max_size=3)}) | ANY
KNOWN = (200, 400, 413, 422)
CALM = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@CALM
@given(BODY, some.booleans())
def test_any_json(client: TestClient, body: object, plain: bool) -> None:
    text = json.dumps(body, ensure_ascii=plain).encode("utf-8", "surrogatepass")
    answer = client.post("/predict", content=text, headers={"content-type": "application/json"})
    assert answer.status_code in KNOWN
    found = answer.json()
    assert ("predictions" if answer.status_code == 200 else "error") in found


@CALM
@given(some.binary(max_size=200))
def test_any_bytes(client: TestClient, body: bytes) -> None:
    answer = client.post("/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in KNOWN
