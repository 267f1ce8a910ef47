"""Every primitive on its samples: the ONNX file gives what the reference executor gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx_running import open_file
from primitive_samples import Sample, cases, identify
from primitive_samples.programs import build, holds_batched_program

from lamina.base.errors import ArgumentError
from lamina.executors.reference import compile_program
from lamina.export.control import LOOPS
from lamina.export.onnx_file import OPSET, write_onnx
from lamina.export.translation import RULES, UNTRANSLATED, to_graph
from lamina.ir.primitives import PRIMITIVES

TRANSLATED = [(name, sample) for name, sample in cases() if name not in UNTRANSLATED]
# ONNX Runtime, not the file: NaN loses against numbers, and no window may be empty.
DIFFERENT = {("reduce_max", "nan"), ("reduce_min", "nan"), ("pool_max", "nan")}
EMPTY_WINDOWS = ("conv", "does not fit")


def test_every_primitive_has_a_rule_or_is_declared_to_have_none() -> None:
    assert set(RULES) | set(LOOPS) | UNTRANSLATED | {"custom_gradient"} == set(PRIMITIVES)
    assert not UNTRANSLATED & (set(RULES) | set(LOOPS))


def assert_translated(
    name: str, sample: Sample, operands: list[np.ndarray], dynamic: bool, path: Path
) -> None:
    program = build(name, sample, operands, dynamic)
    inputs = [f"x{i}" for i in range(len(operands))]
    outputs = [f"y{i}" for i in range(len(program.outputs))]
    write_onnx(to_graph(program, [], inputs, outputs, {}), path, name, OPSET)
    session = open_file(path)
    used = {place.name for place in session.get_inputs()}
    results = session.run(
        outputs, {k: v for k, v in zip(inputs, operands, strict=True) if k in used}
    )
    for result, expected in zip(results, compile_program(program)(operands), strict=True):
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(result, expected, 2e-5, 1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "sample"), TRANSLATED, ids=identify)
def test_samples(name: str, sample: Sample, dtype: str, tmp_path: Path) -> None:
    if (name, sample.label) in DIFFERENT:
        pytest.skip("ONNX Runtime lets NaN lose against numbers")
    holds_program = name in LOOPS or name == "custom_gradient"
    floats = "float64" if holds_program else dtype  # the programs are written for float64
    operands = [
        np.ascontiguousarray(o).reshape(o.shape).astype(floats if o.dtype == "float64" else o.dtype)
        for o in sample.operands
    ]
    path = tmp_path / "file.onnx"
    if not holds_batched_program(sample):
        assert_translated(name, sample, operands, False, path)
    if sample.batch and (name, sample.label) != EMPTY_WINDOWS:
        assert_translated(name, sample, operands, True, path)


NARROW = ["bool", "int8", "uint8", "int16", "uint32", "int64"]
ON_INTEGERS = "add sub mul maximum minimum eq ne lt ge sum reduce_max cumsum argmax argsort".split()


@pytest.mark.parametrize("dtype", NARROW)
def test_integers_and_bools(dtype: str, tmp_path: Path) -> None:
    """Arithmetic wraps around and compares as in NumPy, although it is done in int32 or int64."""
    rng = np.random.default_rng(0)
    top = 2 if dtype == "bool" else min(int(np.iinfo(dtype).max), 3_000_000_000)
    a, b = (rng.integers(0, top, (4, 5)).astype(dtype) for _ in range(2))
    a[0, :3] = top - 1
    b[0, :3] = top - 1
    attributes = {
        "sum": {"axes": (0,)},
        "reduce_max": {"axes": (1,)},
        "cumsum": {"axis": 1, "reverse": True},
        "argmax": {"axis": 1},
        "argsort": {"axis": 1, "descending": False},
    }
    for name in ON_INTEGERS:
        how = attributes.get(name, {})
        operands = [a] if how else [a, b]
        assert_translated(name, Sample(name, tuple(operands), how), operands, False, tmp_path / "f")


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64"])
@pytest.mark.parametrize("name", ["pool_max", "pool_sum", "conv", "conv_input_gradient", "dot"])
def test_windows_and_products_of_integers(name: str, dtype: str, tmp_path: Path) -> None:
    for sample in [
        s for key, s in cases() if key == name and s.label not in ("nan", "does not fit")
    ]:
        operands = [np.abs(np.round(o)).astype(dtype) for o in sample.operands]
        assert_translated(name, sample, operands, False, tmp_path / "file.onnx")


@pytest.mark.parametrize("name", sorted(UNTRANSLATED))
def test_what_cannot_be_translated_is_named(name: str) -> None:
    sample = next(sample for key, sample in cases() if key == name)
    program = build(name, sample, list(sample.operands), False)
    place = {program.nodes[-1].outputs[0]: "model/some_layer"}
    names = [f"x{i}" for i in range(len(sample.operands))]
    with pytest.raises(ArgumentError, match=f"'{name}' has no counterpart") as raised:
        to_graph(program, [], names, ["y"], place)
    assert "in 'model/some_layer'" in str(raised.value)
