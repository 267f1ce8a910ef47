"""The process of one peer: it reads a request a line, does it, answers with a line of JSON.

    python worker.py PEER [CORES]

Requests: build (make the network and compile it by two steps), calibrate (see how many steps fill
the time), measure (run that many, answer with ms per step), release. A request that fails is
answered with its error, and the next one is served. What libraries print goes nowhere, so that only
answers reach stdout.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from typing import Any

from peers import PEERS

CALIBRATION = 0.25  # of the time of a measurement, for each attempt to see how long a step takes


class Measured:
    """A trainer, and how many epochs and steps fill the time given to a measurement.

    If `whole`, only whole epochs are run, however long they take. Otherwise a peer too slow for a
    whole epoch runs a part of one, and is charged only that part of what it needs to begin an epoch
    (TensorFlow: about 50 ms).
    """

    def __init__(self, kind: Any, trainer: Any, seconds: float, whole: bool) -> None:
        self.trainer = trainer
        tried = []
        for name, choose in (kind.settings() or {"": lambda: None}).items():
            choose()
            tried.append((self._seconds_per_step(seconds * CALIBRATION), name, choose))
        per_step, self.setting, choose = min(tried, key=lambda row: row[0])
        choose()
        total = max(2, round(seconds / per_step))
        self.steps = trainer.steps if trainer.whole or whole else min(total, trainer.steps)
        self.epochs = max(1, round(total / self.steps))
        self.excess = 0.0
        if self.steps < trainer.steps:
            one = min(self._run(1, 1) for _ in range(3))
            self.excess = max(0.0, one - per_step) * (1 - self.steps / trainer.steps)

    def milliseconds(self) -> float:
        """Milliseconds per step of one measurement."""
        taken = self._run(self.epochs, self.steps) - self.excess
        return taken / (self.epochs * self.steps) * 1e3

    def _run(self, epochs: int, steps: int) -> float:
        possible = self.trainer.steps if self.trainer.whole else min(steps, self.trainer.steps)
        return self.trainer.run(epochs, possible)

    def _seconds_per_step(self, enough: float) -> float:
        """The time of a step, from runs made longer until one takes long enough."""
        whole = self.trainer.steps
        steps = whole if self.trainer.whole else min(8, whole)
        shorter, before = 0, 0.0
        while True:
            taken = self._run(1, steps)
            if taken >= enough or steps >= whole:
                return max((taken - before) / (steps - shorter), taken / steps / 10, 1e-9)
            shorter, before = steps, taken
            steps = min(whole, steps * 4)


class Server:
    """Serves the requests of one peer."""

    def __init__(self, name: str) -> None:
        self.peer = PEERS[name]
        self.kind: Any = importlib.import_module(f"trainers.{self.peer.trainer}")
        self.trainer: Any = None
        self.measured: Measured | None = None

    def hello(self) -> dict[str, Any]:
        return {"about": self.kind.describe()}

    def build(self, workload: str, sizes: dict[str, int]) -> dict[str, Any]:
        from workloads import find

        self.trainer = self.kind.Trainer(find(workload, **sizes), **self.peer.options)
        return {"seconds": self.trainer.run(1, min(2, self.trainer.steps))}

    def calibrate(self, seconds: float, whole: bool = False) -> dict[str, Any]:
        self.measured = made = Measured(self.kind, self.trainer, seconds, whole)
        return {"steps": made.steps, "epochs": made.epochs, "setting": made.setting}

    def measure(self) -> dict[str, Any]:
        assert self.measured is not None, "measure before calibrate"
        return {"ms": self.measured.milliseconds()}

    def release(self) -> dict[str, Any]:
        self.trainer = self.measured = None
        gc.collect()
        return {}


def in_short(error: BaseException) -> str:
    """The kind of an error and the line of its message that says most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:160]


def serve(name: str) -> None:
    """Answer requests until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    broken: dict[str, Any] = {}
    try:
        server: Server | None = Server(name)
    except Exception as error:
        server, broken = None, {"error": in_short(error)}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = broken or getattr(server, request.pop("do"))(**request)
        except Exception as error:
            answer = {"error": in_short(error)}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 2:  # before any library counts the cores
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[2])])
    serve(sys.argv[1])
