"""Code for older processors, run here: samples of primitives, random programs, random models."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

FOLDER = Path(__file__).parent
PROGRAM = """\
import sys, warnings
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import numpy as np
from primitive_samples import cases
from primitive_samples.programs import build
from lamina.executors.native import machine
from lamina.executors.native.executable import compile_program
from lamina.executors.reference import compile_program as compile_reference
from lamina.ir.program import Program
import test_fuzz_models, test_fuzz_programs

print(machine.chosen())
every, seeds, models = (int(n) for n in sys.argv[3:])

for name, sample in cases()[::every]:
    if any(isinstance(v, Program) for v in sample.attributes.values()):
        continue
    narrow = [o.astype("float32") if o.dtype == np.float64 else o for o in sample.operands]
    for operands in (list(sample.operands), narrow):
        program = build(name, sample, operands, dynamic=False)
        pairs = zip(compile_program(program)(operands), compile_reference(program)(operands))
        for got, want in pairs:
            assert got.dtype == want.dtype
            tolerance = 2e-5 if got.dtype == np.float32 else 1e-12
            np.testing.assert_allclose(got, want, tolerance, tolerance, err_msg=name)
test_fuzz_programs.check_all(range(200, 200 + seeds))
test_fuzz_models.check_all(range(50, 50 + models))
print("all agree")
"""


def run(cpu: str, every: int, seeds: int, models: int) -> str:
    tests = FOLDER.parent.parent
    numbers = map(str, (every, seeds, models))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(FOLDER), str(tests), *numbers],
        env={**os.environ, "LAMINA_CPU": cpu},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert "cannot run on this machine" not in done.stderr or pytest.skip(f"no {cpu} here")
    assert done.returncode == 0, done.stderr[-6000:]
    assert done.stdout.endswith("all agree\n")
    return done.stdout


@pytest.mark.parametrize(("cpu", "bits"), [("haswell", 256), ("x86-64", 128)])
def test_older_processors(cpu: str, bits: int) -> None:
    assert f"registers of {bits} bits" in run(cpu, 60, 4, 0)


@pytest.mark.slow
@pytest.mark.parametrize("cpu", ["haswell", "x86-64", "x86-64-v2"])
def test_older_processors_at_length(cpu: str) -> None:
    run(cpu, 3, 150, 12)
