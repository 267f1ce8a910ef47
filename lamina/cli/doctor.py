"""`lamina doctor`: what this installation consists of and what it lacks.

Only looks: nothing is written, and of the optional packages only llvmlite is imported, which tells
what the processor has.
"""

import importlib.metadata
import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lamina import __version__
from lamina.base import config
from lamina.base.errors import ArgumentError
from lamina.datasets.files import folders
from lamina.executors.native import machine
from lamina.runtime.executor import executor_name

# package -> the extra that brings it; None for those Lamina always installs
PACKAGES = {
    "numpy": None,
    "llvmlite": None,
    "h5py": None,
    "narwhals": None,
    "rich": None,
    "pooch": None,
    "typer": "cli",
    "scikit-learn": "tables",
    "fastapi": "serve",
    "uvicorn": "serve",
    "optuna": "tune",
    "matplotlib": "plot",
    "pillow": "images",
    "ml_dtypes": "bfloat16",
    "onnx": "onnx",
}


def version_line() -> str:
    """What `lamina --version` prints."""
    return f"lamina {__version__}"


def examine() -> dict[str, Any]:
    """Look at the installation.

    Returns:
        A dict of strings, numbers, and for "packages", "folders" and "missing" dicts; all of it can
        be written as JSON.
    """
    versions = {name: _installed_version(name) for name in PACKAGES}
    missing = {
        name: f'pip install "lamina[{extra}]"' if extra else f"pip install {name}"
        for name, extra in PACKAGES.items()
        if versions[name] is None
    }
    return {
        "lamina": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": cpu_name(),
        "executor": _told(executor_name),
        "code_for": _told(_code_for),
        "threads": _told(config.num_threads),
        "packages": versions,
        "folders": {
            "cache": str(config.cache_folder()),
            "data": [str(folder) for folder in folders() if folder.is_dir()],
        },
        "missing": missing,
    }


def show(as_json: bool) -> None:
    """Print the examination, for people or as one JSON object."""
    found = examine()
    print(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(_lines(found)))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    for key in ("lamina", "python", "system", "cpu", "executor", "code_for", "threads"):
        yield f"{key.replace('_', ' '):14}{found[key]}"
    for name, version in found["packages"].items():
        yield f"{name:14}{version or 'not installed'}"
    yield f"{'cache folder':14}{found['folders']['cache']}"
    searched = found["folders"]["data"]
    yield f"{'data folders':14}{', '.join(searched) or 'none; set LAMINA_DATA to name one'}"
    if not found["missing"]:
        yield "Nothing is missing."
    for name, line in found["missing"].items():
        yield f"Missing: {name}. To install it: {line}"


def _installed_version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def cpu_name() -> str:
    """The processor's name, as well as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine()


def _code_for() -> str:
    """The processor and the vectors that code is compiled for."""
    try:
        return str(machine.chosen())
    except (ImportError, OSError) as error:
        return f"nothing: LLVM cannot be used ({error})"


def _told(setting: Callable[[], str | int]) -> str | int:
    """A setting, or what is wrong with the environment variable that decides it."""
    try:
        return setting()
    except ArgumentError as error:
        return str(error).splitlines()[0]
