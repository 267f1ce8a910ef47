"""Requests per second of `lamina serve`, beside the same network in real Keras behind FastAPI.

Both servers run in processes of their own and answer requests of one row of Titanic's passengers,
sent by eight clients at once. The comparison opens the same file with keras (JAX), encodes rows
with the same encoder and answers in the plainest way: FastAPI checks the row with pydantic and
calls the network in a worker thread, one call at a time: from two threads at once, Keras's
`predict` on JAX fails ("Buffer has been deleted or donated"). It appears twice: with `predict`, as
tutorials have it, and with `predict_on_batch`, the quicker of Keras's two. Rounds alternate, so
that a busy machine is busy for all.

    python benchmarks/serving.py [--seconds 4] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATA = Path(os.environ.get("LAMINA_DATA", Path(__file__).parents[2] / "shared" / "data"))
CLIENTS = 8
ROW = {
    "pclass": 3, "sex": "female", "age": 31, "sibsp": 0, "parch": 1, "fare": 14.5,
    "embarked": "S", "class": "Third", "who": "woman", "adult_male": False, "deck": None,
    "embark_town": "Southampton", "alone": False,
}  # fmt: skip

LAMINA = """
import sys
from lamina.serve import serve
from lamina.tables.model import load
serve(load(sys.argv[1]), port=0)
"""

KERAS = """
import os, socket, sys, threading
os.environ["KERAS_BACKEND"] = "jax"
import keras, uvicorn
from typing import Any
from fastapi import FastAPI
from pydantic import create_model
from lamina.tables.model import load
from lamina.tables.encoding import Notes, encode_values
from lamina.serve.limits import Limits
from lamina.serve.rows import RowReader

network = keras.saving.load_model(sys.argv[1])
schema = load(sys.argv[1]).schema
reader = RowReader(schema, Limits())
Row = create_model("Row", **{c.name: (Any, ...) for c in schema.inputs})
Rows = create_model("Rows", rows=(list[Row], ...))
app, one_at_a_time = FastAPI(), threading.Lock()
call = {
    "predict": lambda arrays: network.predict(arrays, verbose=0),
    "predict_on_batch": network.predict_on_batch,
}[sys.argv[2]]

@app.post("/predict")
def predict(body: Rows):
    rows = reader.read({"rows": [row.model_dump() for row in body.rows]})
    arrays = encode_values(rows.values, schema.columns, Notes())
    with one_at_a_time:
        outputs = call(arrays)
    return {"predictions": [{"p": float(p)} for p in outputs[:, 0]]}

with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
    listening.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/", file=sys.stderr, flush=True)
    config = uvicorn.Config(app, log_level="error", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])
"""

SERVERS = {
    "lamina": (LAMINA, ()),
    "keras predict": (KERAS, ("predict",)),
    "keras predict_on_batch": (KERAS, ("predict_on_batch",)),
}


def start(name: str, model: Path) -> tuple[subprocess.Popen, int]:
    """A server's process and its port, once it answers."""
    script, words = SERVERS[name]
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(model), *words], stderr=subprocess.PIPE, text=True
    )
    for line in process.stderr:
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if found:
            return process, int(found[1])
    raise RuntimeError(f"{name} did not start")


def request() -> bytes:
    body = json.dumps({"rows": [ROW]}).encode()
    head = (
        "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def client(port: int, end: float, times: list[float]) -> None:
    """Send one request after the other until the time is up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = request()
    while time.perf_counter() < end:
        started = time.perf_counter()
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(head.decode())
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]))
        times.append(time.perf_counter() - started)
    writer.close()


async def load_once(port: int, seconds: float, clients: int) -> list[float]:
    times: list[float] = []
    end = time.perf_counter() + seconds
    await asyncio.gather(*(client(port, end, times) for _ in range(clients)))
    return times


def figures(times: list[float], seconds: float) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100)
    return {"per_second": len(times) / seconds, "p50_ms": 1e3 * cuts[49], "p99_ms": 1e3 * cuts[98]}


def trained(folder: Path) -> Path:
    """A model of Titanic with Lamina's default network; how well it learned is of no matter."""
    from lamina.tables import train

    run = train(DATA / "titanic.csv", "survived", drop=["alive"], out=None, report=False, epochs=20)
    run.model.save(folder / "model.keras")
    return folder / "model.keras"


def measure(model: Path, seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """The median over rounds of every server's figures."""
    servers = {}
    try:
        for name in SERVERS:
            servers[name] = start(name, model)
        for _, port in servers.values():
            asyncio.run(load_once(port, 1.0, CLIENTS))  # compiles what there is to compile
        seen: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
        for _ in range(rounds):
            for name, (_, port) in servers.items():
                times = asyncio.run(load_once(port, seconds, CLIENTS))
                seen[name].append(figures(times, seconds))
    finally:
        for process, _ in servers.values():
            process.terminate()
            process.wait(10)
    return {
        name: {f: statistics.median(one[f] for one in all_) for f in all_[0]}
        for name, all_ in seen.items()
    }


def show(found: dict[str, dict[str, float]]) -> str:
    base = found["lamina"]
    lines = [
        "| server | requests/s | p50 ms | p99 ms | lamina is faster by (req/s, p99) |",
        "|---|---|---|---|---|",
    ]
    for name, f in found.items():
        ratio = f"{base['per_second'] / f['per_second']:.1f}x, {f['p99_ms'] / base['p99_ms']:.1f}x"
        lines.append(
            f"| {name} | {f['per_second']:.0f} | {f['p50_ms']:.1f} | {f['p99_ms']:.1f} | {ratio} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", type=Path, help="a trained model of Titanic")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = words.model or trained(Path(folder))
        print(f"{CLIENTS} clients, one row per request, medians of {words.rounds} rounds\n")
        print(show(measure(model, words.seconds, words.rounds)))


if __name__ == "__main__":
    main()
