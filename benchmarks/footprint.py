"""Claim: an installed Lamina is smaller than any peer.

    python benchmarks/footprint.py

Adds up the files of a distribution and of all that it requires, as pip's records list them; what
two packages share counts for both.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from peers import is_installed
from ratio_tables import number, text

STACKS = {
    "lamina": ("lamina",),
    "keras-jax": ("keras", "jax"),
    "keras-tensorflow": ("keras", "tensorflow-cpu"),
    "keras-torch": ("keras", "torch"),
    "scikit-learn": ("scikit-learn",),
}


def needed(names: tuple[str, ...]) -> set[str]:
    """The distributions themselves and all they require, extras left out."""
    found: set[str] = set()
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found or not is_installed(name):
            continue
        found.add(name)
        for line in importlib.metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(requirement.name))
    return found


def megabytes(distribution: str) -> float:
    """The size of what a distribution installed; of one installed for editing, its package."""
    files = importlib.metadata.files(distribution) or []
    paths = {Path(str(file.locate())) for file in files}
    if all(path.suffix == ".pth" or ".dist-info" in str(path) for path in paths):
        spec = importlib.util.find_spec(distribution)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            paths |= {path for path in Path(folder).rglob("*") if path.is_file()}
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def sizes() -> dict[str, float]:
    """Megabytes of every stack that is installed."""
    return {
        name: sum(map(megabytes, needed(stack)))
        for name, stack in STACKS.items()
        if all(map(is_installed, stack))
    }


if __name__ == "__main__":
    print(text(("stack", "MB"), [[name, number(size)] for name, size in sizes().items()]))
