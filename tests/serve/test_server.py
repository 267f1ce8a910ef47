"""The real server in a process of its own: hostile clients, slow clients, the end."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamina.cli import main
from lamina.tables import TableModel

_START = """
import sys
from lamina.serve import Limits, serve
from lamina.tables import load
serve(load(sys.argv[1]), port=0, limits=Limits(header_seconds=1.0, body_seconds=1.0))
"""


@pytest.fixture(scope="module")
def served(model: TableModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    path = tmp_path_factory.mktemp("serve") / "model.keras"
    model.save(path)
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(path)], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://127.0.0.1:(\d+)/", line)
    assert found, line
    yield process, int(found[1])
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stderr.close()


def post(port: int, row: dict) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body, headers = json.dumps({"rows": [row]}), {"Content-Type": "application/json"}
    connection.request("POST", "/predict", body, headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    return answer.status, content


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\x00\xff\xfe\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 100_000, b"400"),
        (b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", b"400"),
        (
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999\r\n\r\n{",
            b"413",
        ),
        (
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 50\r\n\r\n{",
            b"408",
        ),
    ],
)
def test_hostile_bytes_are_refused(served: tuple, row: dict, raw: bytes, status: bytes) -> None:
    _, port = served
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw)
        assert connection.recv(4096).split(b" ")[1] == status
    assert post(port, row)[0] == 200


def test_slow_and_vanishing_clients_do_not_keep_others_out(served: tuple, row: dict) -> None:
    _, port = served
    slow = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(100)]
    for connection in slow:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: loc")
    for _ in range(20):  # half a body, then gone
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(
                b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n"
                b"Content-Type: application/json\r\n\r\n{"
            )
    started = time.monotonic()
    status, content = post(port, row)
    assert status == 200 and len(content["predictions"]) == 1
    for connection in slow:  # each is closed when its second is up
        assert connection.recv(100) == b""
        connection.close()
    assert time.monotonic() - started < 5


def test_the_end_is_orderly(served: tuple, row: dict) -> None:
    process, port = served
    assert post(port, row)[0] == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.stderr.read() == ""


def test_the_command_hands_its_options_on(
    model: TableModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "model.keras")
    seen: dict = {}
    monkeypatch.setattr(
        "lamina.serve.server.serve", lambda found, host, port, **more: seen.update(more, port=port)
    )
    words = ["serve", str(tmp_path), "--port", "9", "--max-rows", "7", "--queue", "3"]
    assert main([*words, "--token", "x", "--allow-host", "model.lan"]) == 0
    limits = seen["limits"]
    assert (seen["port"], seen["token"], seen["allow_hosts"]) == (9, "x", ["model.lan"])
    assert (limits.rows, limits.waiting) == (7, 3)


def test_the_command_refuses_to_be_reached_unguarded(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["serve", str(tmp_path / "none.keras"), "--host", "0.0.0.0"]) == 2
    assert "--insecure" in capsys.readouterr().err
    assert main(["serve", str(tmp_path / "none.keras")]) == 4


def test_a_taken_port_is_said(
    model: TableModel, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    model.save(tmp_path / "model.keras")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", str(tmp_path), "--port", port]) == 2
    assert "--port 0" in capsys.readouterr().err
