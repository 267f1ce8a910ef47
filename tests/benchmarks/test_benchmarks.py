"""The benchmark scripts load, their workloads are what they say, their tables are right."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import lamina

SCRIPTS = (
    "workloads peers ratio_tables processes worker steps growth plots around footprint".split()
)
SCRIPTS += "tables serving".split()
SCRIPTS += "programs latency peaks roofline busy results report".split()
SHAPES = {
    "mlpdrop": (20,),
    "mlp": (784,),
    "wide": (784,),
    "bn": (100,),
    "cnn": (28, 28, 1),
    "text": (100,),
    "lstm": (40,),
    "gru": (40,),
    "attention": (64, 64),
}
FOUND = {
    "lamina": {"ms": 0.5},
    "lamina-1": {"ms": 1.0},
    "keras-jax": {"ms": 2.0},
    "torch": {"ms": 1.5},
    "scikit-learn": {"error": "not installed: scikit-learn"},
}
LABELS = {name: name.upper() for name in FOUND}


@pytest.fixture
def load(repository: Path, monkeypatch: pytest.MonkeyPatch):
    """Imports a script of benchmarks/ as it would import itself."""
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    before = set(sys.modules)

    def script(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield script
    for name in set(sys.modules) - before:
        path = getattr(sys.modules[name], "__file__", None) or ""
        if path.startswith(str(repository / "benchmarks")):
            del sys.modules[name]


@pytest.mark.parametrize("name", SCRIPTS)
def test_loads_and_says_what_it_is_for(load, name):
    assert load(name).__doc__


def test_workloads_are_those_of_the_table(load):
    assert list(load("workloads").WORKLOADS) == list(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_workload_builds_in_lamina(load, name):
    workload = load("workloads").find(name)
    model = workload.compiled(lamina)
    assert model.input_shape == (None, *SHAPES[name])
    assert model.output_shape == (None, 10)
    kind = "int32" if name in ("text", "lstm", "gru") else "float32"
    assert np.asarray(model.predict_on_batch(np.zeros((2, *SHAPES[name]), kind))).shape == (2, 10)


def test_data_fit_the_networks(load):
    for name in ("mlpdrop", "text", "gru", "attention"):  # the others are MNIST or larger
        x, y = load("workloads").find(name).data()
        assert x.shape[1:] == SHAPES[name] and len(x) == len(y) and y.max() == 9


def test_stack_has_the_sizes_asked_for(load):
    workload = load("workloads").find("stack", batch=8, width=16, depth=3, rows=64)
    assert workload.sizes == (64, 16, 16, 16)
    assert len(workload.build(lamina).layers) == 4
    assert workload.data()[0].shape == (64, 64)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.00123, "0.00123"), (0.0456, "0.0456"), (0.5, "0.500"), (1.234, "1.23"), (12.34, "12.3")]
    + [(123.4, "123"), (12345.6, "12,346"), (0.0, "0.000"), (None, "–")],
)
def test_numbers_have_three_digits(load, value, shown):
    assert load("ratio_tables").number(value) == shown


def test_ratio_rows(load):
    tables = load("ratio_tables")
    rows = tables.ratio_rows(FOUND, LABELS)
    assert [row[0] for row in rows] == ["LAMINA", "LAMINA-1", "TORCH", "KERAS-JAX"]
    assert rows[0] == ["LAMINA", "0.500", "1.00×", "0.333×"]
    assert rows[3][2:] == ["4.00×", "1.33×"]
    assert tables.failures(FOUND, LABELS) == ["SCIKIT-LEARN: not installed: scikit-learn"]
    assert tables.ratio_to_fastest(FOUND) == 3.0
    assert tables.ratio_to_fastest({"torch": {"ms": 1.0}}) is None


def test_tables_as_text_and_markdown(load):
    tables = load("ratio_tables")
    assert tables.markdown(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"
    assert tables.text(["a", "b"], [["xyz", "1"]]) == "a    b\nxyz  1"


def test_a_part_of_the_page_is_filled(load):
    page = "before\n<!-- steps: begin -->\nold\n<!-- steps: end -->\nafter\n"
    filled = load("report").filled(page, "steps", "new \\1")
    assert filled == "before\n<!-- steps: begin -->\nnew \\1\n<!-- steps: end -->\nafter\n"


def test_no_path_of_a_machine_reaches_the_page(load):
    shown = load("report").without_paths("no '/home/me/x.py' in [plot](plots/batch.svg), GB/s")
    assert shown == "no '…' in [plot](plots/batch.svg), GB/s"


def test_the_page_has_a_place_for_every_part(load, repository):
    page = (repository / "docs" / "performance.md").read_text(encoding="utf-8")
    for name in load("report").PARTS:
        assert f"<!-- {name}: begin -->\n" in page and f"<!-- {name}: end -->\n" in page


def test_operations_of_a_step(load):
    # 3 -> 2 -> 10, batch 1: forward 6 + 20, weights' gradients the same, inputs' gradient 20
    assert load("roofline").operations((3, 2), 1) == 2 * (26 + 26 + 20)


def test_plot_is_small_and_its_text_is_text(load, tmp_path):
    pytest.importorskip("matplotlib")
    times = {"Lamina": [3.0, 2.0, 1.0], "PyTorch": [6.0, None, 4.0]}
    path = load("plots").draw("batch", {"points": [1, 8, 64], "times": times}, tmp_path)
    svg = path.read_text(encoding="utf-8")
    assert ">Lamina</text>" in svg and len(svg) < 60_000


def test_an_error_does_not_stop_a_worker(load, repository):
    """Asked for a workload that there is not, it says so and goes on answering."""
    peers = load("peers")
    process = subprocess.run(
        [sys.executable, str(repository / "benchmarks" / "worker.py"), "lamina-numpy"],
        input="".join(
            json.dumps(request) + "\n"
            for request in (
                {"do": "build", "workload": "nothing", "sizes": {}},
                {"do": "build", "workload": "stack", "sizes": SMALL},
                {"do": "calibrate", "seconds": 0.01},
                {"do": "measure"},
            )
        ),
        env=peers.environment(peers.PEERS["lamina-numpy"]),
        capture_output=True,
        text=True,
        check=True,
    )
    wrong, built, calibrated, measured = map(json.loads, process.stdout.splitlines())
    assert wrong["error"].startswith("KeyError") and built["seconds"] > 0
    assert calibrated["steps"] * calibrated["epochs"] >= 1 and measured["ms"] > 0


SMALL = {"batch": 8, "width": 16, "depth": 1, "rows": 64}
