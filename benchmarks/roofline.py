"""Claim: Lamina's training step comes near to what the processor can do.

    python benchmarks/roofline.py [--quick]

The arithmetic of a step is counted from the shapes of its dense layers: 2 operations for each
multiply-add, forward, for the gradient of the weights and, but for the first layer, for that of the
inputs. Adam, activations and the loss are not counted, so the share shown is a little too low.
"""

from __future__ import annotations

import argparse
from typing import Any

import peaks
import results
from peers import CORES
from processes import interleaved, workers
from ratio_tables import number, text
from workloads import CLASSES, WORKLOADS

NAMES = ("lamina-1", "lamina")
HEADER = (
    "workload",
    "threads",
    "ms a step",
    "GFLOP a step",
    "GF/s",
    "peak GF/s",
    "share",
    "BLAS GF/s",
    "limit ms",
)


def operations(sizes: tuple[int, ...], batch: int) -> int:
    """Floating-point operations of a training step of dense layers with softmax over CLASSES."""
    pairs = list(zip(sizes, (*sizes[1:], CLASSES), strict=True))
    products = sum(rows * columns for rows, columns in pairs)
    first = pairs[0][0] * pairs[0][1]
    return 2 * batch * (3 * products - first)


def state_bytes(sizes: tuple[int, ...]) -> int:
    """Bytes that Adam reads and writes a step: weight and two moments, four bytes each."""
    pairs = zip(sizes, (*sizes[1:], CLASSES), strict=True)
    return sum((rows + 1) * columns for rows, columns in pairs) * 3 * 4 * 2


def measure(seconds: float, rounds: int) -> dict[str, Any]:
    """Peaks and steps, with one thread and with all."""
    found: dict[str, Any] = {"peaks": {}, "steps": {}, "errors": []}
    peak_now(found["peaks"])
    with workers(NAMES) as asked:
        for workload in ("mlp", "wide"):
            timed = interleaved(asked, workload, seconds, rounds)
            found["steps"][workload] = {name: timed[name].get("ms") for name in NAMES}
            errors = {name: timed[name].get("error") for name in NAMES}
            found["errors"] += [f"{n}, {workload}: {e}" for n, e in errors.items() if e]
        found["labels"] = {worker.name: worker.label for worker in asked}
    peak_now(found["peaks"])
    return found


def peak_now(known: dict[str, dict[str, float]]) -> None:
    """Measure the peaks with one thread and with all; the best so far stay."""
    for name, threads in zip(NAMES, (1, CORES), strict=True):
        seen, now = known.get(name, {}), peaks.measure(threads)
        known[name] = {"threads": threads} | {k: max(v, seen.get(k, 0.0)) for k, v in now.items()}


def rows(found: dict[str, Any]) -> list[list[str]]:
    """Rows of HEADER. The limit is the arithmetic at the peak rate."""
    made = []
    for workload, timed in found["steps"].items():
        chosen = WORKLOADS[workload]
        work = operations(chosen.sizes, chosen.batch)
        for name, ms in timed.items():
            if ms is None:
                continue
            peak = found["peaks"][name]
            rate = work / ms * 1e3
            figures = [ms, work / 1e9, rate / 1e9, peak["flops"] / 1e9]
            share = f"{rate / peak['flops']:.0%}"
            limits = [peak["product"] / 1e9, work / peak["flops"] * 1e3]
            cells = [*map(number, figures), share, *map(number, limits)]
            made.append([workload, str(peak["threads"]), *cells])
    return made


def memory_lines(found: dict[str, Any]) -> list[str]:
    """What reading and writing the weights and Adam's moments would take if no cache held them."""
    lines = []
    for name, peak in found["peaks"].items():
        if name not in found["labels"]:
            continue
        for workload in found["steps"]:
            moved = state_bytes(WORKLOADS[workload].sizes)
            lines.append(
                f"{peak['threads']} threads copy {peak['bytes'] / 1e9:.1f} GB/s; "
                f"{workload}: weights and moments are {moved / 1e6:.1f} MB a step, "
                f"{number(moved / peak['bytes'] * 1e3)} ms if they came from memory."
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="shorter measurements")
    given = parser.parse_args()
    found = measure(*((0.2, 2) if given.quick else (0.6, 4)))
    print(f"executor: {', '.join(found['labels'].values())}")
    print(text(HEADER, rows(found)))
    print(*memory_lines(found), *found["errors"], sep="\n")
    results.save("roofline", found)


if __name__ == "__main__":
    main()
