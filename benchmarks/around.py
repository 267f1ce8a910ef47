"""Claim: Lamina starts, compiles, answers and finishes whole programs before any peer does.

    python benchmarks/around.py [--quick] [--peers lamina,keras-jax] [--only first,probe]

Every figure is taken in a fresh process, the peers in turns, the best of several. "Cold" runs have
an empty cache of compiled programs, "warm" ones that of the run before; only Lamina and JAX have
one. A whole program that takes longer than the limit is stopped and its last epochs are projected
from those before.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import footprint
import results
from peers import PEERS, environment, use_data_beside_repository
from ratio_tables import MISSING, number, text

HERE = Path(__file__).resolve().parent
NAMES = ("lamina", "lamina-numpy", "keras-jax", "keras-tensorflow", "keras-torch")
QUICK_NAMES = ("lamina", "keras-jax", "keras-tensorflow")
CACHED = ("lamina", "keras-jax")
FULL = {"first": 2, "probe": 2, "binary": 1, "mnist": 1}  # rounds
QUICK = {"first": 1, "probe": 1}
LIMIT = 10.0  # seconds of a whole program
PATIENCE = 300.0

# what the table says: program, its figure, the factor to the unit, the unit
ROWS = (
    ("import", "first", "import", 1, "s"),
    ("import, and the names a program uses", "first", "import and names", 1, "s"),
    ("process start → first epoch, first program", "first", "first epoch", 1, "s"),
    ("process start → end, first program", "first", "done", 1, "s"),
    ("the same, warm cache", "first warm", "done", 1, "s"),
    ("process start → end, two classes, 50 epochs", "binary", "done", 1, "s"),
    ("process start → first epoch, MNIST", "mnist", "first epoch", 1, "s"),
    ("process start → end, MNIST, 10 epochs", "mnist", "done", 1, "s"),
    ("peak memory, MNIST", "mnist", "megabytes", 1, "MB"),
    ("compile to first step", "probe", "compile", 1, "s"),
    ("the same, warm cache", "probe warm", "compile", 1, "s"),
    ("one row: predict", "probe", "predict", 1e3, "ms"),
    ("one row: predict_on_batch", "probe", "predict_on_batch", 1e3, "ms"),
    ("one row: compiled function", "probe", "function", 1e3, "ms"),
    ("installed size", "size", "size", 1, "MB"),
)


def run(name: str, program: str, folder: Path, cache: Path, limit: float) -> dict[str, Any]:
    """What one program says in a fresh process of one peer, or {"error": one line}."""
    variables = environment(PEERS[name]) | {
        "LAMINA_CACHE": str(cache / "lamina"),
        "JAX_COMPILATION_CACHE_DIR": str(cache / "jax"),
    }
    command = [sys.executable, str(HERE / "programs.py"), program]
    start = time.monotonic()
    try:
        done = subprocess.run(
            [*command, str(start), str(folder), str(limit)],
            env=variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"took more than {PATIENCE:.0f} s"}
    if done.returncode:
        return {"error": in_short(done.stderr) or f"exit code {done.returncode}"}
    found = json.loads(done.stdout)
    if "first step" in found:
        found["compile"] = found["first step"] - found["second step"]
    return found


def in_short(stderr: str) -> str:
    """The line of a traceback that names the error, or the last line."""
    lines = stderr.strip().splitlines() or [""]
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Needed)\b", line)]
    return (named or lines)[-1][:160]


def best(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The least of every figure of several runs, or the error that one of them met."""
    for found in runs:
        if "error" in found:
            return found
    return {
        key: min(found[key] for found in runs) if isinstance(value, int | float) else value
        for key, value in runs[0].items()
    }


def measure(names: Sequence[str], rounds: dict[str, int], limit: float) -> dict[str, Any]:
    """All programs of all peers, in turns; {program: {peer: figures}}."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        problem = save_mnist(folder) if "mnist" in rounds else ""
        for program, count in rounds.items():
            runs: dict[str, dict[str, list]] = {}
            for number_of_round in range(count):
                for name in names:
                    cache = folder / f"{program}-{name}-{number_of_round}"
                    kinds = [program]
                    if name in CACHED and program in ("first", "probe"):
                        kinds.append(f"{program} warm")
                    for kind in kinds:
                        told = {"error": problem}
                        if not (problem and program == "mnist"):
                            told = run(name, program, folder, cache, limit)
                        runs.setdefault(kind, {}).setdefault(name, []).append(told)
            found |= {kind: {n: best(r) for n, r in by.items()} for kind, by in runs.items()}
            print(f"{program}: done", file=sys.stderr, flush=True)
    return found


def save_mnist(folder: Path) -> str:
    """MNIST where the programs look for it, so that no framework's own loader is timed.

    Returns:
        "", or why there is no MNIST.
    """
    import numpy as np

    from lamina.datasets import mnist

    use_data_beside_repository()
    try:
        (x, y), (x_test, y_test) = mnist.load_data()
    except OSError as error:
        return str(error).splitlines()[0]
    np.savez(folder / "mnist.npz", x=x, y=y, x_test=x_test, y_test=y_test)
    return ""


def table(found: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: a figure a row, a peer a column."""
    names = [name for name in NAMES if any(name in by for by in found["programs"].values())]
    header = ["", *(found["labels"][name] for name in names)]
    rows = []
    for title, program, key, factor, unit in ROWS:
        by = found["programs"].get(program, {})
        values = [by.get(name, {}).get(key) for name in names]
        if any(value is not None for value in values):
            cells = [MISSING if value is None else number(value * factor) for value in values]
            rows.append([f"{title} ({unit})", *cells])
    return header, rows


def failures(found: dict[str, Any]) -> list[str]:
    """A line for each program that failed, and each peer that is not there."""
    lines = [f"{name}: {problem}" for name, problem in found["missing"].items()]
    for program, by in found["programs"].items():
        told = [(name, state) for name, state in by.items() if "error" in state]
        lines += [f"{name}, {program}: {state['error']}" for name, state in told]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the short programs once, fewer peers")
    parser.add_argument("--peers", help="names of peers, with commas")
    parser.add_argument("--only", help="names of programs, with commas")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds of a whole program")
    given = parser.parse_args()
    asked = given.peers.split(",") if given.peers else QUICK_NAMES if given.quick else NAMES
    missing = {n: f"not installed: {', '.join(m)}" for n in asked if (m := PEERS[n].missing())}
    names = [name for name in asked if name not in missing]
    rounds = QUICK if given.quick else FULL
    if given.only:
        rounds = {name: FULL[name] for name in given.only.split(",")}
    programs = measure(names, rounds, given.limit)
    sizes = footprint.sizes()
    programs["size"] = {name: {"size": sizes[name]} for name in names if name in sizes}
    labels = {name: PEERS[name].label for name in names}
    for name in ("lamina", "lamina-numpy"):
        executor = next((by[name].get("executor") for by in programs.values() if name in by), None)
        labels[name] = f"Lamina ({executor})" if executor else "Lamina"
    found = {"programs": programs, "labels": labels, "missing": missing}
    print(text(*table(found)))
    print(*failures(found), sep="\n")
    results.save("around", found)


if __name__ == "__main__":
    main()
