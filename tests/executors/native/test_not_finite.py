"""NaN, infinities, zeros of both signs and huge numbers travel as in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.runtime import executor
from lamina.runtime.compiled import CompiledFunction

pytest.importorskip("llvmlite")

ENDS = [np.nan, np.inf, -np.inf, 0.0, -0.0, 3.4e38, -3.4e38, 1e30, -1e-30, 1.0, -1.0, 88.0, -104.0]


def numbers(dtype: str, rows: int = 23, columns: int = 37) -> np.ndarray:
    """Rows without anything special, rows of nothing else, and rows with one such number."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 2, (rows, columns))
    x[1] = np.resize(ENDS, columns)
    x[2], x[3], x[4] = np.nan, np.inf, -np.inf
    for i, end in enumerate(ENDS):
        x[5 + i, rng.integers(columns)] = end
    x[-1, -1] = x[-2, 0] = np.nan
    x[-3, -1], x[-3, 0] = np.inf, -np.inf
    return x.astype(dtype)


def on_both(function: Callable[..., Any], *arrays: np.ndarray) -> tuple[Any, Any]:
    results = []
    for name in ("numpy", "native"):
        executor.set_executor(name)
        results.append(CompiledFunction(function, "f")(*arrays))
    return results[0], results[1]


UNARY = (
    "exp expm1 log1p sin cos tan arctan sinh cosh tanh arcsinh erf sigmoid abs negative sign floor "
    "ceil round isnan isinf isfinite relu relu6 elu gelu silu softplus softsign log_softmax "
    "softmax square rsqrt sqrt log reciprocal selu hard_sigmoid leaky_relu log_sigmoid"
).split()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_of_one_number(dtype: str) -> None:
    def every(x: Any) -> list[Any]:
        return [getattr(ops, name)(x) for name in UNARY]

    # Trigonometric functions of huge numbers depend on the reduction of the argument.
    x = numbers(dtype)
    x[np.isfinite(x) & (np.abs(x) > 1e4)] = 1e4
    want, got = on_both(every, x)
    for name, w, g in zip(UNARY, want, got, strict=True):
        np.testing.assert_allclose(g, w, 2e-5, 1e-6, err_msg=name)


@pytest.mark.parametrize(
    "name",
    "add subtract multiply divide maximum minimum power arctan2 mod floor_divide equal not_equal "
    "less less_equal greater greater_equal".split(),
)
def test_functions_of_two_numbers(name: str) -> None:
    x = np.repeat(np.array(ENDS, "float32"), len(ENDS))
    y = np.tile(np.array(ENDS, "float32"), len(ENDS))
    want, got = on_both(lambda x, y: getattr(ops, name)(x, y), x, y)
    np.testing.assert_allclose(got, want, 2e-6, 1e-37, err_msg=name)


@pytest.mark.parametrize("axis", [0, 1, None])
def test_reductions(axis: int | None) -> None:
    names = "sum max min mean argmax argmin prod any all logsumexp".split()
    x = numbers("float32")
    x[np.abs(x) > 1e20] = np.inf  # sums that overflow on the way depend on the order

    def every(x: Any) -> list[Any]:
        return [getattr(ops, name)(x, axis=axis) for name in names]

    want, got = on_both(every, x)
    for name, w, g in zip(names, want, got, strict=True):
        np.testing.assert_allclose(g, w, 1e-4, 1e-4, err_msg=name)
    some = numbers("float32")[0]  # as well with one NaN at any place
    for place in range(0, some.size, 3):
        row = some.copy()
        row[place] = np.nan
        want, got = on_both(lambda x: [ops.argmax(x), ops.argmin(x), ops.max(x), ops.min(x)], row)
        np.testing.assert_array_equal(got, want)


def test_products_and_windows() -> None:
    rng = np.random.default_rng(1)
    x = numbers("float32")
    x[np.abs(x) > 1e20] = np.inf  # as above
    image = np.resize(x, (5, 8, 6, 3))
    matrix = lamina.Variable(rng.normal(0, 1, (37, 19)).astype("float32"))
    kernel = lamina.Variable(rng.normal(0, 1, (3, 3, 3, 5)).astype("float32"))

    def every(image: Any) -> list[Any]:
        flat = ops.reshape(image, (-1, 144))[:, :37]
        return [
            ops.matmul(flat, matrix.value),
            ops.conv(image, kernel.value, padding="same"),
            ops.conv(image, kernel.value, strides=2, padding="valid"),
            ops.max_pool(image, 2),
            ops.max_pool(image, 3, strides=1),
            ops.average_pool(image, 2),
        ]

    want, got = on_both(every, image)
    for w, g in zip(want, got, strict=True):
        np.testing.assert_allclose(g, w, 1e-3, 1e-4)


def test_losses() -> None:
    x = numbers("float32", 26, 10)
    labels = np.arange(26) % 10
    rows = np.eye(10, dtype="float32")[labels]

    def every(x: Any, labels: Any, rows: Any) -> list[Any]:
        return [
            ops.sparse_categorical_crossentropy(labels, x, from_logits=True),
            ops.categorical_crossentropy(rows, x, from_logits=True),
            ops.sparse_categorical_crossentropy(labels, x),
            ops.binary_crossentropy(rows, x, from_logits=True),
            ops.binary_crossentropy(rows, x),
            lamina.grad(
                lambda z: ops.sum(ops.sparse_categorical_crossentropy(labels, z, from_logits=True))
            )(x),
            lamina.grad(lambda z: ops.sum(ops.relu(z) + ops.max(z, axis=1, keepdims=True)))(x),
        ]

    want, got = on_both(every, x, labels, rows)
    for i, (w, g) in enumerate(zip(want, got, strict=True)):
        np.testing.assert_allclose(g, w, 1e-4, 1e-5, err_msg=str(i))


@pytest.mark.parametrize("shift", [1e-12, 1e-11, 1e-7, 1e-3, 1.0, 1e30, 1e37])
def test_division_by_a_root(shift: float) -> None:
    """The step of adaptive optimizers has a form of its own."""
    ends = np.array([*ENDS, 1.2e-38, 1e-30, 3e-31, 1e-20, 4.0, 1e-12], "float32")
    a, v = np.repeat(ends, ends.size), np.tile(ends, ends.size)
    want, got = on_both(lambda a, v: a / (ops.sqrt(v) + shift), a, v)
    np.testing.assert_allclose(got, want, 1e-6, 1e-37)


@pytest.mark.parametrize("shift", [1e-11, 1e-7, 0.1])
def test_division_by_a_root_is_within_3_ulp(shift: float) -> None:
    rng, count = np.random.default_rng(0), 100_000
    a = (rng.normal(0, 1, count) * 10.0 ** rng.uniform(-20, 20, count)).astype("float32")
    v = (10.0 ** rng.uniform(-37, 38, count)).astype("float32")
    executor.set_executor("native")
    got = CompiledFunction(lambda a, v: a / (ops.sqrt(v) + shift), "f")(a, v)
    want = a.astype("float64") / (np.sqrt(v.astype("float64")) + np.float64(np.float32(shift)))
    usual = np.abs(want) > 1e-36
    error = np.abs(got - want)[usual] / np.spacing(np.abs(want[usual]).astype("float32"))
    assert 0 < error.max() <= 3


def test_a_nan_in_one_row_stays_in_it() -> None:
    x = numbers("float32")
    executor.set_executor("native")
    model = lamina.Sequential(
        [layers.Input((37,)), layers.Dense(19, activation="relu"), layers.Dense(3)]
    )
    clean = np.where(np.isfinite(x) & (np.abs(x) < 10), x, 0).astype("float32")
    for row in range(len(x)):
        spoiled = clean.copy()
        spoiled[row, row % 37] = np.nan
        with pytest.warns(UserWarning, match="NaN or infinity"):
            predicted = model.predict(spoiled, verbose=0)
        assert np.isnan(predicted[row]).all()
        rest = np.delete(np.arange(len(x)), row)
        np.testing.assert_array_equal(predicted[rest], model.predict(clean, verbose=0)[rest])
