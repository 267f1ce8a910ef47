"""The essay that rebuilds the engine runs, is right, and learns."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def essay(repository: Path):
    path = repository / "docs" / "lamina_from_scratch.py"
    spec = importlib.util.spec_from_file_location("lamina_from_scratch", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_essay_runs_and_learns(essay, capsys):
    essay.main()
    text = capsys.readouterr().out
    assert "exclusive or: loss" in text and "at 3: [9.0, 6.0]" in text
    answers = [float(line.split("->")[1]) for line in text.splitlines() if "->" in line]
    assert np.round(answers).tolist() == [0, 1, 1, 0]


def test_its_gradients_are_right(essay):
    weights = np.random.default_rng(2).normal(size=(3, 2))
    assert essay.largest_error(essay.squared_slope, weights) < 1e-8


def test_its_gradients_are_those_of_lamina(essay):
    from lamina import ops
    from lamina.ops.scopes import grad

    rng = np.random.default_rng(3)
    weights = [rng.normal(size=s) for s in [(2, 4), (4,), (4, 1), (1,)]]

    def loss(w1, b1, w2, b2):
        p = ops.sigmoid(ops.tanh(essay.X @ w1 + b1) @ w2 + b2)
        return -ops.mean(ops.log(p * essay.Y + (1 - p) * (1 - essay.Y)))

    step = essay.trace(essay.training_step, (4, 2), (4, 1), (), *[w.shape for w in weights])
    _, *after = essay.run(step, essay.X, essay.Y, 1.0, *weights)
    slopes = grad(loss, argnums=(0, 1, 2, 3))(*weights)
    for new, old, slope in zip(after, weights, slopes, strict=True):
        np.testing.assert_allclose(old - new, slope, 1e-9, 1e-12)


def test_it_imports_nothing_but_numpy(repository: Path):
    text = (repository / "docs" / "lamina_from_scratch.py").read_text()
    imports = [line for line in text.splitlines() if line.startswith(("import", "from"))]
    assert imports == [
        "from __future__ import annotations",
        "from collections.abc import Callable",
        "import numpy as np",
    ]
