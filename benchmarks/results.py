"""Where the figures of a run are kept: JSON files in `runs/bench/`, with the machine."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from datetime import date
from pathlib import Path
from typing import Any

from peers import CORES, is_installed

FOLDER = Path(__file__).resolve().parents[1] / "runs" / "bench"
PACKAGES = ("numpy", "llvmlite", "keras", "tensorflow-cpu", "jax", "torch", "scikit-learn")


def machine() -> dict[str, Any]:
    """The date, processor, versions and load."""
    from lamina.cli.doctor import cpu_name

    return {
        "date": date.today().isoformat(),
        "cpu": cpu_name(),
        "cores": CORES,
        "python": platform.python_version(),
        "versions": {p: importlib.metadata.version(p) for p in PACKAGES if is_installed(p)},
        "load": [round(value, 2) for value in os.getloadavg()],
    }


def save(name: str, found: dict[str, Any]) -> None:
    """Keep the figures of one script."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine(), **found}
    (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1), encoding="utf-8")


def load(name: str) -> dict[str, Any] | None:
    """The figures kept last, or None."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
