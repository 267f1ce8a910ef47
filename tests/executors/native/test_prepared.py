"""The passes before fusion, as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.executors.native.executable import compile_program
from lamina.executors.native.prepared import prepared
from lamina.executors.reference.executable import compile_program as compile_reference
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH
from lamina.ir.program import Program

pytest.importorskip("llvmlite")


def recurrent() -> Program:
    """Three turns of tanh(x times the transposed weights)."""
    b = Builder(name="recurrent")
    weights, x = b.input((7, 7), "float32"), b.input((BATCH, 7), "float32")
    body = Builder(name="body")
    inner, state = body.input((7, 7), "float32"), body.input((BATCH, 7), "float32")
    product = body.emit("dot", state, inner, contract=((1,), (1,)), batch=((), ()))
    loop = body.finish([body.emit("tanh", product)])
    how = {"body": loop, "constants": 1, "carries": 1, "length": 3, "reverse": False}
    result = b.emit("scan", weights, x, **how)
    return b.finish([result[0] if isinstance(result, (tuple, list)) else result])


def test_what_every_turn_would_compute_alike_is_computed_before_the_loop() -> None:
    ready = prepared(recurrent(), {})
    (loop,) = [n for n in ready.nodes if n.primitive == "scan"]
    inside = [n.primitive for n in loop.attributes["body"].nodes]
    assert "dot" in inside and "transpose" not in inside
    assert "transpose" in [n.primitive for n in ready.nodes]


def test_the_loop_gives_the_same() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 1, (7, 7)).astype("float32")
    x = rng.normal(0, 1, (5, 7)).astype("float32")
    (got,) = compile_program(recurrent(), leaves=1)([weights, x])
    (want,) = compile_reference(recurrent())([weights, x], 5)
    np.testing.assert_allclose(got, want, 1e-5, 1e-6)
