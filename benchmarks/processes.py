"""The driver's side of the peers' processes: start one, ask it, survive whatever happens to it.

`Worker.ask` returns the answer as a dict; a process that dies, hangs or fails gives {"error": one
line}, and the next request starts a new process. `interleaved` runs the peers in turns.
"""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from peers import PEERS, environment

HERE = Path(__file__).resolve().parent
PATIENCE = 120.0  # seconds for one request
SETTLE = 0.2  # seconds between two measurements, in which the threads of the last one go to sleep


class Worker:
    """One peer's process, started when it is first asked.

    Args:
        name: a key of PEERS.
        cores: how many cores it may use; None for all.
    """

    def __init__(self, name: str, cores: int | None = None) -> None:
        self.name, self.peer, self.cores = name, PEERS[name], cores
        self.label = self.peer.label
        self.about = ""
        self._process: subprocess.Popen[str] | None = None
        missing = self.peer.missing()
        self.problem = f"not installed: {', '.join(missing)}" if missing else ""

    def start(self) -> None:
        """Start the process, if it can be and has not been."""
        if self.problem or self._process is not None:
            return
        command = [sys.executable, str(HERE / "worker.py"), self.name]
        self._process = subprocess.Popen(
            command + ([str(self.cores)] if self.cores else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(self.peer),
        )

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self.send(do, **request)
        return self.receive()

    def send(self, do: str, **request: Any) -> None:
        """Send a request; others may be asked before its answer is waited for."""
        self.start()
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):  # `receive` finds out what happened
                self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
                self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """Wait for the answer to the last request."""
        if self._process is None or self._process.stdout is None:
            return {"error": self.problem}
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(PATIENCE):
                return self._lost(f"took more than {PATIENCE:.0f} s")
        line = self._process.stdout.readline()
        return json.loads(line) if line else self._lost("died")

    def greet(self) -> None:
        """Start the process and learn its version; Lamina's label tells its executor."""
        answer = self.ask("hello")
        self.problem = self.problem or answer.get("error", "")
        self.about = answer.get("about", "")
        if self.peer.requires == ("lamina",) and self.about:
            name, *rest = self.peer.label.split(", ")
            self.label = f"{name} ({', '.join([self.about, *rest])})"

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _lost(self, what: str) -> dict[str, Any]:
        assert self._process is not None
        code = self._process.poll()
        self.stop()
        return {"error": f"the process {what}" + (f" (exit code {code})" if code else "")}


@contextmanager
def workers(names: Sequence[str], cores: int | None = None) -> Iterator[list[Worker]]:
    """The processes of the named peers, greeted; ended whatever happens."""
    made = [Worker(name, cores) for name in names]
    try:
        for worker in made:  # all import their libraries at the same time
            worker.start()
        for worker in made:
            worker.greet()
        yield made
    finally:
        for worker in made:
            worker.stop()


def interleaved(
    asked: Sequence[Worker],
    workload: str,
    seconds: float,
    rounds: int,
    whole: bool = False,
    **sizes: int,
) -> dict[str, dict[str, Any]]:
    """Train one workload with several peers in turns.

    Args:
        asked: the peers; those that do not have the workload are left out.
        workload: its name.
        seconds: how long one measurement of one peer lasts, about.
        rounds: measurements of each peer.
        whole: whether only whole epochs are run, however long they take.
        sizes: arguments of the workload.
    Returns:
        By the peers' names: {"ms": the best round's milliseconds per step, "rounds": all of them,
        "steps", "epochs", "setting"} or {"error": one line}.
    """
    able = [worker for worker in asked if worker.peer.trains(workload)]
    for worker in able:  # what is not timed may be done by all at the same time
        worker.send("build", workload=workload, sizes=sizes)
    found = {worker.name: worker.receive() for worker in able}
    able = [worker for worker in able if "error" not in found[worker.name]]
    for worker in able:
        found[worker.name] = worker.ask("calibrate", seconds=seconds, whole=whole) | {"rounds": []}
    for number in range(rounds):
        first = number % max(1, len(able))  # so that nobody always follows the same peer
        for worker in [*able[first:], *able[:first]]:
            state = found[worker.name]
            if "error" not in state:
                time.sleep(SETTLE)
                answer = worker.ask("measure")
                state["rounds"].append(answer.pop("ms", None))
                state |= answer
    for worker in able:
        state = found[worker.name]
        if "error" not in state:
            state["ms"] = min(state["rounds"])
            worker.ask("release")
    return found
