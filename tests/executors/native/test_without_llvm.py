"""Without LLVM programs run in the reference executor, and one note says so."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """\
import sys
if "block" in sys.argv:
    class Nothing:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == "llvmlite":
                raise ImportError("no module named llvmlite")
    sys.meta_path.insert(0, Nothing())
import numpy as np
import lamina
from lamina import layers
lamina.utils.set_random_seed(1)
model = lamina.Sequential([layers.Input((5,)), layers.Dense(4, activation="relu"), layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.default_rng(0).normal(size=(40, 5)).astype("float32")
model.fit(x, x[:, :1], epochs=2, verbose=0)
print(model.predict(x, verbose=0).tobytes().hex())
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    own = {k: v for k, v in os.environ.items() if k != "LAMINA_EXECUTOR"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**own, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def test_one_note_and_the_reference() -> None:
    blocked, reference = run("block"), run(LAMINA_EXECUTOR="numpy")
    assert blocked.stdout == reference.stdout
    assert blocked.stderr.count("LLVM cannot be loaded") == 1
    assert len(blocked.stderr.strip().splitlines()) == 1
    assert "pip install llvmlite" in blocked.stderr
    assert not reference.stderr


def test_with_llvm_there_is_no_note() -> None:
    pytest.importorskip("llvmlite")
    native = run()
    assert not native.stderr
    assert native.stdout != run(LAMINA_EXECUTOR="numpy").stdout  # other roundings
