"""Claim: time per row falls as the work grows until the processor is busy, and then stays there.

    python benchmarks/growth.py [--quick] [--rows 10000000] [--only batch,rows]

Networks of dense layers are trained by Lamina and the fastest peers in turns while one size varies:
batch, width, depth, rows, or the cores that the processes may use.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import results
from peers import CORES
from processes import Worker, interleaved, workers
from ratio_tables import number, text

PEERS = ("lamina", "lamina-1", "keras-jax", "torch")
EFFORT = {"seconds": 0.25, "rounds": 2}
ORDINARY = {"batch": 64, "width": 128, "depth": 2, "rows": 16_384}
POINTS = {
    "batch": (1, 8, 64, 512, 4096),
    "width": (32, 128, 512, 1024, 4096),
    "depth": (1, 4, 16, 64),
    "rows": (1_000, 10_000, 100_000, 1_000_000),
}
QUICK_POINTS = {
    "batch": (1, 64, 4096),
    "rows": (1_000, 100_000),
}
SMALL = {"batch": 500, "width": 32, "depth": 1, "features": 16}  # where rows grow
LARGE = {"batch": 256, "width": 1024, "depth": 2, "rows": 8_192}  # enough work for many cores


def vary(asked: Sequence[Worker], what: str, points: Sequence[int]) -> dict[str, Any]:
    """Microseconds per row of each peer as one size takes the values of `points`."""
    times: dict[str, list[float | None]] = {worker.label: [] for worker in asked}
    for point in points:
        sizes = {**(SMALL if what == "rows" else ORDINARY), what: point}
        found = interleaved(asked, "stack", **EFFORT, whole=what == "rows", **sizes)
        for worker in asked:
            times[worker.label].append(per_row(found[worker.name], sizes["batch"]))
    return show(what, {"points": list(points), "times": times})


def vary_cores(names: Sequence[str]) -> dict[str, Any]:
    """The same as the processes may use 1, 2, ... cores."""
    points = sorted({1, *(2**n for n in range(1, CORES.bit_length()) if 2**n < CORES), CORES})
    times: dict[str, list[float | None]] = {}
    for cores in points:
        with workers(names, cores) as asked:
            found = interleaved(asked, "stack", **EFFORT, **LARGE)
            for worker in asked:
                value = per_row(found[worker.name], LARGE["batch"])
                times.setdefault(worker.label, []).append(value)
    return show("cores", {"points": points, "times": times})


def per_row(state: dict[str, Any], batch: int) -> float | None:
    """Microseconds a row takes."""
    return state["ms"] * 1e3 / batch if "ms" in state else None


def show(what: str, found: dict[str, Any]) -> dict[str, Any]:
    """Print one table; returns what it was given."""
    header = ["µs per row", *(f"{point:,}" for point in found["points"])]
    rows = [[label, *map(number, values)] for label, values in found["times"].items()]
    print(f"\n{what}\n{text(header, rows)}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer sizes and peers")
    parser.add_argument("--rows", type=int, default=0, help="one more number of rows, say 10000000")
    parser.add_argument("--only", help="what to vary, with commas")
    given = parser.parse_args()
    points = dict(QUICK_POINTS if given.quick else POINTS)
    if given.rows:
        points["rows"] = (*points["rows"], given.rows)
    chosen = [*points] if given.quick else [*points, "cores"]
    chosen = given.only.split(",") if given.only else chosen
    found = {}
    with workers([name for name in PEERS if not (given.quick and name == "lamina-1")]) as started:
        asked = [worker for worker in started if not worker.problem]
        for what in chosen:
            if what != "cores":
                found[what] = vary(asked, what, points[what])
    if "cores" in chosen and CORES > 1:
        found["cores"] = vary_cores([name for name in PEERS if name != "lamina-1"])
    results.save("growth", {"growth": found})


if __name__ == "__main__":
    main()
