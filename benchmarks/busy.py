"""Claim: with every core busy elsewhere, all of Lamina's threads do at least 0.8 of what one does.

    python benchmarks/busy.py

Trains the `mlp` with one thread and with all in turns while as many processes as there are cores do
nothing but count.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import results
from peers import CORES
from processes import interleaved, workers
from ratio_tables import number

NAMES = ("lamina-1", "lamina")
EFFORT = {"seconds": 0.6, "rounds": 6}


def lines(found: dict[str, Any]) -> list[str]:
    """One line for the free machine, one for the busy one."""
    told = []
    for state, timed in found["states"].items():
        known = [timed[name]["ms"] for name in NAMES if "ms" in timed[name]]
        parts = [f"{found['labels'][n]} {number(timed[n].get('ms'))} ms a step" for n in NAMES]
        if len(known) == 2:
            parts.append(f"throughput {number(known[0] / known[1])} of one thread's")
        parts += [timed[name]["error"] for name in NAMES if "error" in timed[name]]
        told.append(f"{state}: {'; '.join(parts)}")
    return told


def main() -> None:
    found: dict[str, Any] = {"states": {}}
    with workers(NAMES) as asked:
        found["labels"] = {worker.name: worker.label for worker in asked}
        for state, count in (("free", 0), ("busy", CORES)):
            command = [sys.executable, "-c", "while 1: 0"]
            counting = [subprocess.Popen(command) for _ in range(count)]
            try:
                found["states"][state] = interleaved(asked, "mlp", **EFFORT)
            finally:
                for process in counting:
                    process.kill()
                    process.wait()
    print(*lines(found), sep="\n")
    results.save("busy", found)


if __name__ == "__main__":
    main()
