"""Loops and branches: at once, compiled, with variables assigned inside, and their slopes."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.base.errors import ArgumentError, ArgumentTypeError, ShapeError
from lamina.runtime.compiled import CompiledFunction

X = np.random.default_rng(5).normal(size=(4, 3)).astype("float32")


def check(function, *arrays):
    """The same at once and compiled, for two batch sizes by one program; the result."""
    compiled = CompiledFunction(function, "loop")
    for size in (len(arrays[0]), 2):
        part = [a[:size] for a in arrays]
        ours, plain = compiled(*part), function(*part)
        for a, b in zip(lamina.tree.flatten(ours), lamina.tree.flatten(plain), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5)
    assert len(compiled._cache) == 1
    return function(*arrays)


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_over_time(reverse):
    def run(x):
        steps = ops.transpose(x)
        return ops.scan(
            lambda c, s: (c + s, c * s), ops.zeros_like(x[:, 0]), steps, reverse=reverse
        )

    last, _ = check(run, X)
    np.testing.assert_allclose(last, X.sum(1), rtol=1e-5)


def test_scan_over_the_batch():
    total, sums = check(lambda x: ops.scan(lambda c, r: (c + ops.sum(r), c), 0.0, x), X)
    np.testing.assert_allclose(total, X.sum(), rtol=1e-5)
    assert sums.shape == (4,)


def test_scan_of_structures_and_nothing():
    def run(x):
        start = {"a": ops.zeros(()), "b": None}
        return ops.scan(lambda c, s: ({"a": c["a"] + 1.0, "b": None}, None), start, length=3)[0][
            "a"
        ]

    assert float(check(run, X)) == 3


def test_scan_of_no_steps():
    last, outputs = ops.scan(lambda c, s: (c, s * 2), 1.0, np.zeros((0, 2), "float32"))
    assert float(last) == 1
    assert outputs.shape == (0, 2)


def test_slope_through_a_scan():
    def loss(w):
        return ops.sum(ops.scan(lambda c, s: (ops.tanh(c * w + s), None), ops.zeros((4,)), X.T)[0])

    w = np.array(0.7, "float32")
    slope = lamina.grad(loss)(w)
    rise = (loss(w + 1e-2) - loss(w - 1e-2)) / 2e-2
    np.testing.assert_allclose(slope, rise, rtol=1e-3)


def test_variables_assigned_in_a_scan():
    counter = lamina.Variable(0.0)

    def run(x):
        def step(carry, s):
            counter.assign_add(1.0)
            return carry + counter.value, None

        return ops.scan(step, 0.0, x)[0]

    assert float(CompiledFunction(run, "count")(X)) == 1 + 2 + 3 + 4
    assert float(counter.value) == 4


@pytest.mark.parametrize("limit", [None, 2])
def test_while_loop(limit):
    def run(x):
        return ops.while_loop(
            lambda i, v: i < 5, lambda i, v: (i + 1, v * 2), (0, x), maximum_iterations=limit
        )

    count, value = check(run, X)
    assert int(count) == (limit or 5)
    np.testing.assert_allclose(value, X * 2 ** int(count), rtol=1e-6)


def test_while_loop_reads_and_assigns_outside_values():
    calls = lamina.Variable(0, dtype="int32")

    def run(x):
        def body(v):
            calls.assign_add(1)
            return v + ops.max(ops.abs(x))

        return ops.while_loop(lambda v: v < 10 * ops.max(ops.abs(x)), body, 0.0)

    value = CompiledFunction(run, "while")(X)
    np.testing.assert_allclose(value, 10 * np.abs(X).max(), rtol=1e-5)
    assert int(calls.value) == 10


def test_loop_that_changes_a_dtype_is_refused():
    with pytest.raises(ShapeError, match="changes its shape or dtype"):
        CompiledFunction(lambda x: ops.while_loop(lambda v: True, lambda v: v[:1], x), "bad")(X)


def test_fori_loop_and_its_slope():
    run = lambda x: ops.fori_loop(0, 3, lambda i, v: v * x + ops.cast(i, "float32"), x)  # noqa: E731
    check(run, X)
    slope = lamina.grad(lambda x: ops.sum(run(x)))(np.float32([2.0]))
    np.testing.assert_allclose(slope, [4 * 8 + 1], rtol=1e-6)  # x⁴ + x + 2


def test_fori_loop_with_a_bound_from_data():
    run = lambda x, n: ops.fori_loop(0, ops.max(n), lambda i, v: v + 1, ops.sum(x))  # noqa: E731
    check(run, X, np.array([1, 4, 2, 3], "int32"))


def test_cond_chooses_and_assigns():
    seen = lamina.Variable(0.0)

    def run(x):
        def high():
            seen.assign(1.0)
            return x + 1

        return ops.cond(ops.sum(x) > 0, high, lambda: x - 1)

    compiled = CompiledFunction(run, "cond")
    np.testing.assert_array_equal(compiled(-np.abs(X)), -np.abs(X) - 1)
    assert float(seen.value) == 0
    np.testing.assert_array_equal(compiled(np.abs(X)), np.abs(X) + 1)
    assert float(seen.value) == 1


def test_cond_of_unlike_branches_is_refused():
    with pytest.raises(ArgumentError, match=r"struct, dtype and shape"):
        CompiledFunction(lambda x: ops.cond(ops.any(x > 0), lambda: x, lambda: x[:, :1]), "c")(X)


@pytest.mark.parametrize(("index", "factor"), [(-3, 1), (0, 1), (1, 2), (2, 3), (9, 3)])
def test_switch(index, factor):
    branches = [lambda v: v, lambda v: v * 2, lambda v: v * 3]
    run = lambda x, i: ops.switch(ops.max(i), branches, x)  # noqa: E731
    number = np.full((4,), index, "int32")
    np.testing.assert_allclose(check(run, X, number), X * factor)


def test_map_and_associative_scan():
    np.testing.assert_allclose(check(lambda x: ops.map(ops.sum, x), X), X.sum(1), rtol=1e-5)
    np.testing.assert_allclose(
        check(lambda x: ops.vectorized_map(ops.exp, x), X), np.exp(X), rtol=1e-5
    )
    for size in range(1, 9):
        x = np.arange(1, size + 1)
        for reverse in (False, True):
            sums = ops.associative_scan(lambda a, b: a + b, x, reverse=reverse)
            exact = np.cumsum(x[::-1])[::-1] if reverse else np.cumsum(x)
            np.testing.assert_array_equal(sums, exact)
    check(lambda x: ops.associative_scan(lambda a, b: a * b, x, axis=1), X)


def test_scan_arguments_are_checked():
    with pytest.raises(ArgumentTypeError, match="should be a callable"):
        ops.scan(3, 0.0, X)
    with pytest.raises(ArgumentError, match="to scan over"):
        ops.scan(lambda c, s: (c, s), 0.0)
    with pytest.raises(ArgumentError, match="same first dimension"):
        ops.scan(lambda c, s: (c, s), 0.0, (X, X[:2]))


def test_random_numbers_differ_from_step_to_step():
    generator = lamina.random.SeedGenerator(3)

    def run(x):
        draw = lambda c, s: (c, lamina.random.uniform((2,), seed=generator))  # noqa: E731
        return ops.scan(draw, 0.0, x)[1]

    values = CompiledFunction(run, "draws")(X)
    assert len(np.unique(values)) == values.size
    assert int(np.asarray(generator.state)[1]) == 4
