"""Exporting a model and running the file, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

import lamina

onnxruntime.set_default_logger_severity(4)  # errors are raised anyway


def open_file(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def exported(model: lamina.Model, path: Path, **how: Any) -> onnxruntime.InferenceSession:
    model.export(path, format="onnx", verbose=False, **how)
    return open_file(path)


def random_weights(model: lamina.Model) -> None:
    """No weight keeps a value that a mistake might share, such as 0 or 1."""
    rng = np.random.default_rng(5)
    for weight in model.weights:
        low = 0.5 if "variance" in weight.path or "gamma" in weight.path else -0.5
        if weight.dtype.startswith("float"):
            weight.assign(rng.uniform(low, low + 1, weight.shape).astype(weight.dtype))


def inputs_for(session: Any, rows: int, below: int = 5) -> dict[str, np.ndarray]:
    """Numbers for every input: floats around 0, integers from 0 to below - 1."""
    rng = np.random.default_rng(rows)
    found = {}
    for place in session.get_inputs():
        shape = [rows if size == "batch" else size for size in place.shape]
        kind = {
            "tensor(float)": "float32",
            "tensor(double)": "float64",
            "tensor(float16)": "float16",
        }
        if place.type in kind:
            found[place.name] = rng.normal(size=shape).astype(kind[place.type])
        else:
            dtype = place.type.removeprefix("tensor(").removesuffix(")")
            found[place.name] = rng.integers(0, below, shape).astype(dtype)
    return found


def assert_same(
    model: lamina.Model, session: Any, tolerance: float = 1e-5, batches: tuple[int, ...] = (1, 7)
) -> None:
    """The file gives what `predict` gives, for every batch size."""
    for rows in batches:
        data = inputs_for(session, rows)
        given = list(data.values())
        expected = model.predict(given if len(given) > 1 else given[0], verbose=0)
        results = session.run(None, data)
        for result, wanted in zip(results, lamina.tree.flatten(expected), strict=True):
            assert result.dtype == wanted.dtype, (result.dtype, wanted.dtype)
            scale = max(1e-3, float(np.abs(wanted).max(initial=0)))
            np.testing.assert_allclose(result, wanted, tolerance, tolerance * scale)
