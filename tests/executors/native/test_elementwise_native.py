"""Element-wise primitives as instructions, compared with the reference executor."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest
from native_harness import IS_X86, PLAIN, Loop, compiled

from lamina.executors.native.elementwise import (
    ALL,
    ELEMENTWISE,
    FLOATS,
    INTEGERS,
    SIGNED,
    native_elementwise,
)
from lamina.executors.native.vector_math import VECTOR_MATH
from lamina.executors.reference.executable import REFERENCE
from lamina.ir.primitives import elementwise as specification

SIZE = 144  # a whole number of vectors of 16
CALLED_OUT = {"erf_inv", "polygamma"}
PREDICATES = {"eq", "ne", "lt", "le", "gt", "ge", "is_finite"}
ENDS = [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 0.5, -0.5, 1.5, 2.5, 1e30, -1e30, 1e-42]
# The library's and NumPy's own roundings; everything else is compared bit for bit.
INEXACT = {*VECTOR_MATH, "pow", "lgamma"}


def values(dtype: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.integers(0, 2, SIZE).astype(bool)
    if dtype in FLOATS:
        x = rng.standard_normal(SIZE) * np.exp(rng.uniform(-3, 3, SIZE))
        x[: SIZE // 3] = np.round(x[: SIZE // 3])
        x[-len(ENDS) :] = ENDS
        return rng.permutation(x).astype(dtype)
    info = np.iinfo(dtype)
    x = rng.integers(info.min, info.max, SIZE, dtype=dtype, endpoint=True)
    x[: SIZE // 2] = rng.integers(max(info.min, -4), 5, SIZE // 2)
    x[-8:] = [info.min, info.max, 0, 1, info.max, info.min, 2, 3]
    return rng.permutation(x)


def arity(primitive: str) -> int:
    spec = next(p for p in specification.ELEMENTWISE if p.name == primitive)
    parameters = inspect.signature(spec.infer).parameters.values()
    return len([p for p in parameters if p.annotation == "Tensor"])


def reference(primitive: str, operands: list[np.ndarray], **attributes: Any) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(REFERENCE[primitive](*operands, **attributes))


def agree(primitive: str, got: np.ndarray, want: np.ndarray, note: object) -> None:
    assert got.dtype == want.dtype, note
    right = got == want
    if want.dtype.kind == "f":
        right |= np.isnan(got) & np.isnan(want)
        if primitive in INEXACT:
            with np.errstate(invalid="ignore"):
                near = np.abs(got.astype("float64") - want) <= 4 * np.abs(np.spacing(want))
                right |= near | ((primitive == "lgamma") & (np.abs(got - want) < 1e-10))
        if primitive not in ("maximum", "minimum"):  # NumPy leaves open which zero they choose
            right &= np.isnan(want) | (np.signbit(got) == np.signbit(want))
    wrong = np.flatnonzero(~right)
    assert not wrong.size, f"{primitive} {note}: {got[wrong[:4]]}, not {want[wrong[:4]]} at {wrong}"


def supported(primitive: str) -> list[str]:
    result = ["bool"] if primitive in PREDICATES else []
    first = ["bool"] if primitive == "select" else []
    return [d for d in ALL if native_elementwise(primitive, [*first, d, *(result or [d])], {})]


@pytest.mark.parametrize("primitive", [p for p in ELEMENTWISE if p != "cast"])
def test_as_the_reference(primitive: str) -> None:
    loops, wanted, given = [], [], []
    for number, dtype in enumerate(supported(primitive)):
        count = arity(primitive)
        dtypes = ["bool", dtype, dtype] if primitive == "select" else [dtype] * count
        operands = [values(d, 3 * number + k) for k, d in enumerate(dtypes)]
        if primitive == "pow" and dtype in SIGNED:
            operands[1] = np.where(operands[1] < 0, 3, operands[1]).astype(dtype)
        result = "bool" if primitive in PREDICATES else dtype
        for lanes in (1, (4, 8, 16)[number % 3] if dtype != "float32" else 16):
            loops.append(Loop(primitive, dtypes, result, lanes))
            wanted.append(reference(primitive, operands))
            given.append(operands)
    for loop, run, operands, want in zip(loops, compiled(loops), given, wanted, strict=True):
        agree(primitive, run(*operands), want, (loop.dtypes, loop.lanes))


@pytest.mark.parametrize("source", ALL)
def test_casts(source: str) -> None:
    operand = values(source, 1)
    loops = [
        Loop("cast", [source], target, lanes, attributes={"dtype": target})
        for number, target in enumerate(ALL)
        for lanes in (1, (4, 8, 16)[number % 3])
    ]
    for loop, run in zip(loops, compiled(loops), strict=True):
        x = operand
        if source in FLOATS and not IS_X86 and loop.result in INTEGERS:
            x = np.where(np.abs(x) < 100, np.abs(x), 0).astype(source)  # what C defines
        agree("cast", run(x), reference("cast", [x], dtype=loop.result), (source, loop.result))


def test_casts_of_large_integers_round_once() -> None:
    rng = np.random.default_rng(0)
    near = (rng.integers(1 << 23, 1 << 24, 4000) << 39) + rng.integers(-3, 4, 4000) + (1 << 38)
    for cpu in (None, PLAIN):
        for source in ("int64", "uint64"):
            x = near.astype(source)
            attributes = {"dtype": "float32"}
            loops = [Loop("cast", [source], "float32", n, attributes=attributes) for n in (1, 16)]
            for run in compiled(loops, cpu):
                agree("cast", run(x), x.astype("float32"), source)


LITERALS = [
    *(("pow", "float32", n) for n in (-2, -1, -0.5, 0, 1, 2, 3, 4, 0.75)),
    *(("pow", "float64", n) for n in (2, -0.5)),
    *(("pow", "int32", n) for n in (0, 1, 2, 5)),
    ("pow", "uint8", 7),
    *((p, "float32", n) for p in ("maximum", "minimum") for n in (0.0, 1.5, np.nan, -np.inf)),
    ("maximum", "int16", 3),
    *((p, d, n) for p in ("floor_divide", "remainder") for d in ("int32",) for n in (7, -7, -1, 0)),
    *((p, "uint8", n) for p in ("floor_divide", "remainder") for n in (7, 0)),
    *((p, "int32", n) for p in ("shift_left", "shift_right") for n in (0, 5, 31, 32, 40)),
    ("div", "float32", 3.0),
    ("remainder", "float32", 0.75),
    ("ge", "float32", 0.5),
    ("and", "bool", True),
]


def test_literal_operands() -> None:
    loops, wanted, given = [], [], []
    for primitive, dtype, number in LITERALS:
        x = values(dtype, 5)
        operands = [x, np.asarray(number, dtype)]
        result = "bool" if primitive in PREDICATES else dtype
        for lanes in (1, 8):
            loops.append(Loop(primitive, [dtype] * 2, result, lanes, {1: number}))
            wanted.append(reference(primitive, operands))
            given.append([x, x])
    for loop, run, operands, want in zip(loops, compiled(loops), given, wanted, strict=True):
        agree(str(loop.function), run(*operands), want, loop)


def test_the_power_one_half_is_the_square_root() -> None:
    x = values("float32", 2)
    (run,) = compiled([Loop("pow", ["float32"] * 2, "float32", 16, {1: 0.5})])
    agree("sqrt", run(x, x), reference("sqrt", [x]), 0.5)


def test_a_literal_may_come_first() -> None:
    x = values("float32", 1)
    names = ["maximum", "minimum", "sub", "div", "pow", "lt", "atan2"]
    loops = [
        Loop(p, ["float32"] * 2, "bool" if p == "lt" else "float32", 8, {0: 2.0}) for p in names
    ]
    for name, run in zip(names, compiled(loops), strict=True):
        agree(name, run(x, x), reference(name, [np.float32(2.0), x]), name)


def test_scalars_mix_with_vectors() -> None:
    x, one = values("float32", 1), np.array([1.25], "float32")
    loops = [
        Loop("add", ["float32"] * 2, "float32", 16, singles=[1]),
        Loop("maximum", ["float32"] * 2, "float32", 16, singles=[1]),
        Loop("pow", ["float32"] * 2, "float32", 16, singles=[1]),
        Loop("atan2", ["float32"] * 2, "float32", 16, singles=[1]),
    ]
    for loop, run in zip(loops, compiled(loops), strict=True):
        agree(str(loop.function), run(x, one), reference(str(loop.function), [x, one]), loop)


def test_negative_integer_powers_are_truncated_quotients() -> None:
    x, y = (np.ravel(a).astype("int32") for a in np.meshgrid(range(-4, 5), range(-5, 6)))
    loops = [Loop("pow", ["int32"] * 2, "int32", lanes) for lanes in (1, 4)]
    loops += [Loop("pow", ["int32"] * 2, "int32", 4, {1: -3})]
    *runs, cubed = compiled(loops)
    for run in runs:
        agree("", run(x, y), reference("pow", [x, y]), "pow")
    agree("", cubed(x, y), reference("pow", [x, np.full_like(x, -3)]), "pow")


def test_shifts_by_any_amount() -> None:
    for dtype in INTEGERS:
        x = values(dtype, 0)
        y = np.resize(np.arange(-3 if dtype in SIGNED else 0, 70), SIZE).astype(dtype)
        names = ["shift_left", "shift_right"]
        for name, run in zip(names, compiled([Loop(n, [dtype] * 2, dtype, 16) for n in names])):  # noqa: B905
            agree(name, run(x, y), reference(name, [x, y]), dtype)


def test_without_fused_multiply_add() -> None:
    names = ["add", "mul", "div", "sqrt", "round", "floor", "sign", "logistic", "pow", "remainder"]
    loops = [Loop(n, ["float32"] * arity(n), "float32", 4) for n in names]
    for loop, run in zip(loops, compiled(loops, PLAIN), strict=True):
        operands = [values("float32", k) for k in range(len(loop.dtypes))]
        agree(str(loop.function), run(*operands), reference(str(loop.function), operands), loop)


def test_every_primitive_is_here_or_called_out() -> None:
    names = {p.name for p in specification.ELEMENTWISE}
    assert set(ELEMENTWISE) == names - CALLED_OUT
    for name in CALLED_OUT:
        assert not native_elementwise(name, ["float32", "float32"], {})


def test_what_is_called_out() -> None:
    assert not native_elementwise("add", ["float16", "float16", "float16"], {})
    assert not native_elementwise("cast", ["float32", "bfloat16"], {"dtype": "bfloat16"})
    assert not native_elementwise("neg", ["bool", "bool"], {})
    assert not native_elementwise("pow", ["bool", "bool", "bool"], {})
    assert not native_elementwise("exp", ["complex64", "complex64"], {})
    assert native_elementwise("select", ["bool", "float64", "float64", "float64"], {})
    assert native_elementwise("lt", ["uint8", "uint8", "bool"], {})


def test_a_wrong_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ELEMENTWISE, "floor", ELEMENTWISE["ceil"])
    with pytest.raises(AssertionError):
        test_as_the_reference("floor")


def test_nan_of_a_literal_bound_is_kept() -> None:
    x = np.array([1.0, math.nan, -1.0, 0.0], "float32")
    (run,) = compiled([Loop("maximum", ["float32"] * 2, "float32", 4, {1: 0.0})])
    np.testing.assert_array_equal(run(x, x), np.maximum(x, np.float32(0)))
