"""The peers: a row each says what must be installed, how the process is set up, what can train.

A Keras backend and most thread counts are fixed when a process starts, so each peer has a process
of its own, started with the environment given here.
"""

from __future__ import annotations

import importlib.metadata
import os
from dataclasses import dataclass, field
from pathlib import Path

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
DENSE = ("mlp", "wide", "stack")  # networks of dense relu layers only


@dataclass(frozen=True)
class Peer:
    """One row.

    Attributes:
        label: as in the tables.
        trainer: the module in `trainers/` that knows how it trains.
        requires: distributions that must be installed.
        environment: variables of its process.
        options: what the trainer is told besides.
        workloads: names of the workloads it can train; None for all.
    """

    label: str
    trainer: str
    requires: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    options: dict[str, int] = field(default_factory=dict)
    workloads: tuple[str, ...] | None = None

    def missing(self) -> list[str]:
        """The required distributions that are not installed."""
        return [name for name in self.requires if not is_installed(name)]

    def trains(self, workload: str) -> bool:
        """Whether it has the workload."""
        return self.workloads is None or workload in self.workloads


def is_installed(distribution: str) -> bool:
    """Whether a distribution is there, without importing it."""
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _keras(backend: str) -> dict[str, str]:
    return {"KERAS_BACKEND": backend}


PEERS = {
    "lamina": Peer("Lamina", "keras_like", ("lamina",)),
    "lamina-1": Peer(
        "Lamina, 1 thread",
        "keras_like",
        ("lamina",),
        {"LAMINA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    ),
    "lamina-numpy": Peer("Lamina", "keras_like", ("lamina",), {"LAMINA_EXECUTOR": "numpy"}),
    "keras-jax": Peer("Keras on JAX", "keras_like", ("keras", "jax"), _keras("jax")),
    "keras-tensorflow": Peer(
        "Keras on TensorFlow", "keras_like", ("keras", "tensorflow-cpu"), _keras("tensorflow")
    ),
    "keras-tensorflow-16": Peer(
        "Keras on TensorFlow, 16 steps a call",
        "keras_like",
        ("keras", "tensorflow-cpu"),
        _keras("tensorflow"),
        {"steps_per_execution": 16},
        ("mlpdrop", "mlp"),
    ),
    "keras-torch": Peer("Keras on PyTorch", "keras_like", ("keras", "torch"), _keras("torch")),
    "torch": Peer("PyTorch", "torch_loop", ("torch",)),
    "jax-scan": Peer("JAX, hand-written scan", "jax_scan", ("jax",), {}, {}, DENSE),
    "scikit-learn": Peer("scikit-learn", "sklearn_mlp", ("scikit-learn",), {}, {}, DENSE),
}

# JAX's programs are kept between runs, as Lamina's are: compiling is not what is timed here.
_CACHE = {
    "JAX_COMPILATION_CACHE_DIR": str(Path(__file__).resolve().parents[1] / "runs" / "jax-cache"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore", "JAX_PLATFORMS": "cpu"}


def use_data_beside_repository() -> None:
    """Let `LAMINA_DATA` name the folder ../shared/data, if it names none and that one is there."""
    data = Path(__file__).resolve().parents[2] / "shared" / "data"
    if data.is_dir():
        os.environ.setdefault("LAMINA_DATA", str(data))


def environment(peer: Peer) -> dict[str, str]:
    """All variables for a peer's process: those of this one and the peer's own.

    Python keeps bytecode, as it does for users: packages that were installed have theirs already,
    and Lamina, which runs from its sources here, would be the only one compiled at every start.
    """
    use_data_beside_repository()
    variables = {**os.environ, **_QUIET, **_CACHE, **peer.environment}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables
