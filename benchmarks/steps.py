"""Claim: a training step of every workload takes Lamina less time than the fastest peer.

    python benchmarks/steps.py [--quick] [--only mlp,cnn] [--peers lamina,torch]

All peers train the same workload in turns; each gets the same time in each round, and the mean step
of its best round counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import results
from peers import PEERS
from processes import Worker, interleaved, workers
from ratio_tables import RATIO_HEADER, failures, number, ratio_rows, ratio_to_fastest, text, times
from workloads import WORKLOADS

FULL = {"seconds": 0.6, "rounds": 4}
QUICK = {"seconds": 0.2, "rounds": 2}
QUICK_WORKLOADS = ("mlp", "wide", "cnn", "lstm")
QUICK_PEERS = ("lamina", "lamina-1", "keras-jax", "keras-tensorflow", "torch", "jax-scan")


def measure(workloads: Sequence[str], names: Sequence[str], effort: dict[str, Any]) -> dict:
    """Train the workloads one after the other with all the peers in turns."""
    with workers(names) as started:
        asked = without_twin(started)
        found: dict[str, Any] = {"workloads": {}, "about": {w.name: w.about for w in started}}
        for name in workloads:
            timed = interleaved(asked, name, **effort)
            labels = {worker.name: worker.label for worker in started}
            found["workloads"][name] = {"peers": timed, "labels": labels}
            print(f"\n{name}: {WORKLOADS[name].about}")
            print(text(RATIO_HEADER, ratio_rows(timed, labels)))
            print(*failures(timed, labels), sep="\n", flush=True)
    return found


def without_twin(started: Sequence[Worker]) -> list[Worker]:
    """The peers without `lamina-numpy` where that is what `lamina` is already."""
    plain = any(w.name == "lamina" and w.about == "numpy" for w in started)
    return [w for w in started if not (plain and w.name == "lamina-numpy")]


def summary(found: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """One line per workload: Lamina's times, the fastest peer's, and the ratios."""
    header = ["workload", "Lamina", "1 thread", "fastest peer", "its ms", "ahead by", "1 thread"]
    rows = []
    for name, entry in found["workloads"].items():
        peers = entry["peers"]
        timed = [
            (state["ms"], entry["labels"][key])
            for key, state in peers.items()
            if "ms" in state and not key.startswith("lamina")
        ]
        ms, label = min(timed, default=(None, "none"))
        own = [peers.get(key, {}).get("ms") for key in ("lamina", "lamina-1")]
        ahead = [ratio_to_fastest(peers, key) for key in ("lamina", "lamina-1")]
        rows.append([name, *map(number, own), label, number(ms), *map(times, ahead)])
    return header, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer workloads, peers and rounds")
    parser.add_argument("--only", help="names of workloads, with commas")
    parser.add_argument("--peers", help="names of peers, with commas")
    parser.add_argument("--seconds", type=float, help="of one measurement")
    parser.add_argument("--rounds", type=int, help="measurements of each peer")
    given = parser.parse_args()
    effort = dict(QUICK if given.quick else FULL)
    effort |= {k: v for k in effort if (v := getattr(given, k)) is not None}
    workloads = QUICK_WORKLOADS if given.quick else tuple(WORKLOADS)
    names = QUICK_PEERS if given.quick else tuple(PEERS)
    workloads = tuple(given.only.split(",")) if given.only else workloads
    names = tuple(given.peers.split(",")) if given.peers else names
    found = measure(workloads, names, effort)
    print(f"\n{text(*summary(found))}")
    results.save("steps", found)


if __name__ == "__main__":
    main()
