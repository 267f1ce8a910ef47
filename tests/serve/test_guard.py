"""Who is let in: hosts, tokens, and what every answer carries."""

import asyncio

import pytest
from fastapi.testclient import TestClient

from lamina.base.errors import ArgumentError
from lamina.serve import Limits, create_app
from lamina.serve.bodies import read_json
from lamina.serve.limits import Refusal
from lamina.serve.rows import RowReader
from lamina.serve.server import check_exposure, is_loopback
from lamina.serve.tables import ServedTable
from lamina.serve.worker import Worker
from lamina.tables import TableModel


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("localhost:8000", 200), ("127.0.0.1:80", 200), ("[::1]:8000", 200),
     ("LOCALHOST.", 200), ("model.lan:1", 200), ("192.168.0.7", 200), ("evil.example", 400),
     ("127.0.0.1.evil.example", 400), ("", 400), ("a:b", 400)],
)  # fmt: skip
def test_only_own_hosts(model: TableModel, host: str, status: int) -> None:
    client = TestClient(create_app(model, hosts=["model.lan"]))
    assert client.get("/health", headers={"host": host}).status_code == status


def test_a_token_guards_what_tells_of_the_model(model: TableModel) -> None:
    client = TestClient(create_app(model, token="gehëim"), base_url="http://localhost")
    for path in ("/schema", "/openapi.json", "/metrics", "/predict", "/nothing"):
        assert client.get(path).status_code == 401
    for path in ("/", "/form.js", "/form.css", "/health"):
        assert client.get(path).status_code == 200
    for given in ("Bearer wrong", "gehëim", "Basic gehëim", "Bearer"):
        answer = client.get("/schema", headers={"authorization": given.encode()})
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    right = {"authorization": "Bearer gehëim".encode()}
    assert client.get("/schema", headers=right).status_code == 200


def test_every_answer_forbids_foreign_scripts(client: TestClient) -> None:
    for answer in (client.get("/"), client.get("/nothing"), client.post("/predict")):
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers


def test_the_page_needs_no_network(client: TestClient) -> None:
    for path in ("/", "/form.js", "/form.css"):
        text = client.get(path).text
        assert "http://" not in text and "https://" not in text and "innerHTML" not in text


def test_others_need_a_token_or_consent() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        check_exposure(host, "", False)
    for host in ("0.0.0.0", "::", "192.168.0.3", "example.org"):
        assert not is_loopback(host)
        check_exposure(host, "secret", False)
        check_exposure(host, "", True)
        with pytest.raises(ArgumentError, match="--token SECRET"):
            check_exposure(host, "", False)


def test_a_full_queue_is_503(model: TableModel, row: dict) -> None:
    limits = Limits(waiting=2)
    worker = Worker(
        ServedTable(model, limits), limits
    )  # its thread is not started, so that requests wait
    rows = RowReader(model.schema, limits).read({"rows": [row]})
    first, second = worker.submit(rows), worker.submit(rows)
    with pytest.raises(Refusal) as refusal:
        worker.submit(rows)
    assert refusal.value.status == 503 and refusal.value.headers == {"Retry-After": "1"}
    worker.start()
    assert first.result(10) == second.result(10)
    worker.stop()


def test_one_bad_request_of_several_fails_alone(model: TableModel, row: dict) -> None:
    worker = Worker(ServedTable(model, Limits()), Limits())
    good = RowReader(model.schema, Limits()).read({"rows": [row]})
    bad = type(good)(1, {}, [[]])
    futures = [worker.submit(rows) for rows in (good, bad, good)]
    worker.start()
    assert futures[0].result(10) == futures[2].result(10)
    with pytest.raises(KeyError):
        futures[1].result(10)
    worker.stop()


def test_a_slow_body_is_408() -> None:
    async def drops():
        while True:
            await asyncio.sleep(0.01)
            yield b" "

    headers = {"content-type": "application/json"}
    with pytest.raises(Refusal) as refusal:
        asyncio.run(read_json(headers, drops(), Limits(body_seconds=0.05)))
    assert refusal.value.status == 408


def test_a_failure_of_ours_is_told_and_survived(
    model: TableModel, row: dict, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    app = create_app(model)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        with monkeypatch.context() as patch:
            patch.setattr(ServedTable, "predict", lambda self, batches: 1 / 0)
            answer = client.post("/predict", json={"rows": [row]})
            assert answer.status_code == 500 and answer.json()["error"]["code"] == "bug"
        assert "ZeroDivisionError" in capsys.readouterr().err
        assert client.post("/predict", json={"rows": [row]}).status_code == 200
