"""Accuracy of the vector functions, in units of the last place of the exact result.

The truth is NumPy's in float64; erf's is C's. A unit is at least the smallest denormal number.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from native_harness import PLAIN, Loop, compiled

from lamina.executors.native import vector_math
from lamina.executors.native.vector_math import VECTOR_MATH

# Measured on every 397th float32 (pairs: 1997th) with and without fused multiply-add, rounded up.
BOUNDS = {
    "exp": 1.3,
    "expm1": 1.6,
    "log": 1.0,
    "log1p": 1.6,
    "tanh": 2.5,
    "logistic": 2.5,
    "erf": 1.3,
    "sin": 1.7,
    "cos": 1.7,
    "tan": 3.4,
    "sinh": 1.8,
    "cosh": 1.8,
    "asinh": 2.2,
    "acosh": 2.5,
    "atanh": 2.5,
    "asin": 2.5,
    "acos": 1.6,
    "atan": 2.2,
    "atan2": 2.6,
    "pow": 0.6,
}
NUMPY = {
    **{name: getattr(np, name) for name in "exp expm1 log log1p tanh sin cos tan".split()},
    **{name: getattr(np, name) for name in "sinh cosh".split()},
    **{name: getattr(np, f"arc{name[1:]}") for name in "asinh acosh atanh asin acos atan".split()},
    "atan2": np.arctan2,
    "pow": np.power,
    "erf": np.vectorize(math.erf, otypes=["float64"]),
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
}
BINARY = ("atan2", "pow")
ENDS = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 1e-42, -1e-42, 2**-126], "float32")


def points(name: str) -> list[np.ndarray]:
    """All sizes and signs of float32, numbers near 1, and the ends."""
    step = 40013 if name == "erf" else 14503
    every = np.arange(0, 2**32, step, dtype="uint64").astype("uint32").view("float32")
    rng = np.random.default_rng(0)
    near = rng.standard_normal(50_000).astype("float32") * 3
    close = 1 + rng.standard_normal(10_000).astype("float32") * np.float32(1e-3)
    x = np.concatenate([every, near, close, -close, ENDS])
    if name not in BINARY:
        return [x]
    ends = np.concatenate([ENDS, np.array([2, -2, 3, -3, 0.5, -0.5, 1e30], "float32")])
    pairs = np.meshgrid(ends, ends)
    size = np.abs(x[: len(x) // 2]) + np.float32(1e-30)  # and powers that are of medium size
    medium = [size, (rng.uniform(-150, 128, size.size) / np.log2(size)).astype("float32")]
    return [
        np.concatenate([rng.permutation(x), m, pair.ravel()])
        for m, pair in zip(medium, pairs, strict=True)
    ]


def units(got: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """The error of each; infinite where NaN, infinity or sign is not the right one."""
    with np.errstate(over="ignore"):
        rounded = exact.astype("float32")
    finite = np.isfinite(rounded) & np.isfinite(got)
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    error = np.where(same, 0.0, np.inf)
    unit = np.maximum(np.spacing(np.abs(rounded[finite])).astype("float64"), 2.0**-149)
    error[finite] = np.abs(got[finite] - exact[finite]) / unit
    error[finite & (np.signbit(got) != np.signbit(rounded))] = np.inf
    return error


def measured(name: str, loops: list[Loop], cpu: str | None) -> list[np.ndarray]:
    with np.errstate(all="ignore"):
        x = points(name)
        exact = NUMPY[name](*(a.astype("float64") for a in x))
    results = [run(*x) for run in compiled(loops, cpu)]
    for result in results:
        error = units(result, exact)
        worst = int(error.argmax())
        assert error[worst] <= BOUNDS[name], (name, [a[worst] for a in x], result[worst])
    return results


@pytest.mark.parametrize("name", BOUNDS)
def test_accuracy(name: str) -> None:
    dtypes = ["float32"] * (2 if name in BINARY else 1)
    loops = [Loop(name, dtypes, "float32", lanes) for lanes in (16, 1)]
    vector, scalar = measured(name, loops, None)
    number = ~np.isnan(vector)
    assert np.array_equal(number, ~np.isnan(scalar))
    assert np.array_equal(vector[number].view("int32"), scalar[number].view("int32"))
    measured(name, [Loop(name, dtypes, "float32", 4)], PLAIN)


def test_every_function_is_measured() -> None:
    assert set(BOUNDS) == {*VECTOR_MATH, "pow"} == set(NUMPY)


def test_whole_powers_of_whole_numbers_are_exact() -> None:
    x, y = (np.ravel(a).astype("float32") for a in np.meshgrid(range(-12, 13), range(7)))
    for run in compiled([Loop("pow", ["float32"] * 2, "float32", n) for n in (1, 16)]):
        assert np.array_equal(run(x, y), x.astype("int64") ** y.astype("int64"))


def test_all_lanes_give_the_same_bits() -> None:
    x = np.random.default_rng(3).standard_normal(4096).astype("float32") * 20
    for name in ("exp", "log", "tanh", "logistic", "erf", "sin", "expm1", "log1p"):
        loops = [Loop(name, ["float32"], "float32", lanes) for lanes in (1, 4, 8, 16)]
        bits = [run(x).view("int32") for run in compiled(loops)]
        nan = np.isnan(bits[0].view("float32"))
        for other in bits[1:]:
            assert np.array_equal(bits[0][~nan], other[~nan]), name


def test_a_nan_with_other_bits_stays_nan() -> None:
    bits = np.array([0x7FC00000 + k for k in (1, 2, 3, 0x3FFFFF, 0x155555)], "uint32")
    x = np.concatenate([bits, bits | np.uint32(1 << 31)]).view("float32")
    names = [name for name in VECTOR_MATH if name != "atan2"]
    loops = [Loop(name, ["float32"], "float32", 4) for name in names]
    for name, run in zip(names, compiled(loops), strict=True):
        assert np.isnan(run(x)).all(), name


def test_doubles_are_those_of_the_library() -> None:
    x = np.random.default_rng(3).uniform(0.01, 0.99, 64)
    names = [name for name in VECTOR_MATH if name != "atan2"]
    loops = [Loop(name, ["float64"], "float64", lanes) for name in names for lanes in (1, 8)]
    for loop, run in zip(loops, compiled(loops), strict=True):
        with np.errstate(invalid="ignore"):
            exact = NUMPY[str(loop.function)](x)
        np.testing.assert_allclose(run(x), exact, rtol=1e-15, err_msg=str(loop))


@pytest.mark.parametrize(
    "name, table, place",
    [("exp", "_EXP", 1), ("log", "_LOG", 4), ("erf", "_ERF_TAIL", 3), ("sin", "_SIN", 1)],
)
def test_a_wrong_coefficient_is_noticed(
    name: str, table: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = list(getattr(vector_math, table))
    numbers[place] *= 1 + 1e-4
    monkeypatch.setattr(vector_math, table, tuple(numbers))
    with pytest.raises(AssertionError):
        test_accuracy(name)
