"""Every nn op beside real Keras: values, compiled values for two batch sizes, and slopes."""

from __future__ import annotations

import numpy as np
import pytest
from nn_cases import CASES, NO_SLOPE, Case

import lamina
from lamina import ops
from lamina.base import tree
from lamina.runtime.compiled import CompiledFunction

IDS = [case.id for case in CASES]
FIRST = list({case.op: case for case in CASES}.values())  # one of each op, as JAX takes its time


def call(namespace, case: Case, batched):
    return getattr(namespace, case.op)(*batched, *case.fixed, **case.kwargs)


def compare(ours, theirs, tolerance=2e-5):
    ours, theirs = tree.flatten(ours), tree.flatten(theirs)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        b = np.asarray(b)
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_values_equal_keras(keras, case):
    compare(call(ops, case, case.batched), call(keras.ops, case, case.batched))


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_one_program_serves_two_batch_sizes(case):
    compiled = CompiledFunction(lambda *batched: call(ops, case, batched), case.op)
    half = tuple(a[:1] for a in case.batched)
    for batched in (case.batched, half):
        compare(compiled(*batched), call(ops, case, batched))
    assert len(compiled._cache) == 1


@pytest.mark.parametrize("case", FIRST, ids=[case.id for case in FIRST])
def test_slopes_equal_keras(keras, case):
    if case.op in NO_SLOPE or case.batched[-1].dtype.kind != "f":
        pytest.skip("no slope to compare")
    import jax

    weights = [np.cos(np.arange(np.asarray(r).size)).reshape(np.asarray(r).shape).astype("float32")
               for r in tree.flatten(call(ops, case, case.batched))]  # fmt: skip

    def loss(namespace, x):
        results = tree.flatten(call(namespace, case, (*case.batched[:-1], x)))
        return sum(namespace.sum(r * w) for r, w in zip(results, weights, strict=True))

    ours = lamina.grad(lambda x: loss(ops, x))(case.batched[-1])
    theirs = jax.grad(lambda x: loss(keras.ops, x))(case.batched[-1])
    compare(ours, theirs, 1e-4)
