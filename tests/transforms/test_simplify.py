"""Simplifying never changes a result; it shares, drops and prunes."""

import numpy as np
import pytest
from primitive_samples import numbers

from lamina import ops
from lamina.executors.reference import compile_program
from lamina.ir.builder import Builder
from lamina.ir.program import Program
from lamina.ir.verify import verify
from lamina.transforms.simplify import simplify


def count(program: Program, primitive: str) -> int:
    return sum(n.primitive == primitive for n in program.nodes)


def builder_with(*shapes: tuple) -> tuple:
    builder = Builder()
    return builder, *(builder.input(s, "float64", f"x{i}") for i, s in enumerate(shapes))


def test_equal_nodes_become_one():
    b, x = builder_with((3,))
    y = b.emit("add", b.emit("exp", x), b.emit("exp", x))
    program = verify(simplify(b.finish([y])))
    assert count(program, "exp") == 1
    assert np.allclose(compile_program(program)([np.zeros(3)])[0], 2)


def test_nodes_that_change_nothing_go():
    b, x = builder_with((2, 3))
    y = b.emit("reshape", b.emit("transpose", x, permutation=(0, 1)), shape=(2, 3))
    y = b.emit("cast", b.emit("broadcast_to", y, shape=(2, 3)), dtype="float64")
    y = b.emit("neg", b.emit("sum", y, axes=()))
    program = verify(simplify(b.finish([y])))
    assert [n.primitive for n in program.nodes] == ["neg"]


def test_reshapes_of_reshapes_become_one():
    b, x = builder_with((2, 3))
    y = b.emit("reshape", b.emit("reshape", x, shape=(6,)), shape=(3, 2))
    z = b.emit("reshape", y, shape=(2, 3))
    program = verify(simplify(b.finish([b.emit("neg", y), b.emit("exp", z)])))
    assert [n.primitive for n in program.nodes] == ["reshape", "neg", "exp"]


def test_nodes_with_other_attributes_stay_apart():
    b, x = builder_with((3, 3))
    y = b.emit("add", b.emit("sum", x, axes=(0,)), b.emit("sum", x, axes=(1,)))
    assert count(simplify(b.finish([y])), "sum") == 2


@pytest.mark.parametrize("values", [(0.0, -0.0), (float("nan"), 0.0)])
def test_special_numbers_stay_apart(values):
    b, x = builder_with((1,))
    how = {"low": (1,), "high": (0,), "interior": (0,)}
    outputs = [b.emit("pad", x, value=v, **how) for v in values]
    program = simplify(b.finish(outputs))
    first, second = compile_program(program)([np.ones(1)])
    assert first.tobytes() != second.tobytes()


def test_dead_nodes_go_and_inputs_stay():
    b, x, unused = builder_with((3,), (2,))
    b.emit("exp", x)
    program = verify(simplify(b.finish([b.emit("neg", x)])))
    assert [n.primitive for n in program.nodes] == ["neg"] and program.inputs[1] is unused


def test_an_output_may_be_an_input_or_appear_twice():
    b, x = builder_with((3,))
    y = b.emit("stop_gradient", x)
    program = verify(simplify(b.finish([x, y, x])))
    assert not program.nodes and all(o is x for o in program.outputs)


def scan(b: Builder, body: Program, *operands, constants=0, carries=0, length=4):
    how = {"constants": constants, "carries": carries, "length": length, "reverse": False}
    return b.emit("scan", *operands, body=body, **how)


def loop() -> tuple[Builder, Program]:
    """Two independent sums, each stacked, and a counter that nobody reads."""
    b, first, second, xs = builder_with((), (), (4,))
    counter = b.input((), "int32")
    with Builder(b, "body") as body:
        s, t = body.input((), "float64"), body.input((), "float64")
        n, x = body.input((), "int32"), body.input((), "float64")
        s2, t2 = body.emit("add", s, x), body.emit("mul", t, x)
        after = body.emit("add", n, np.int32(1))
        program = body.finish([s2, t2, after, s2, t2])
    return b, scan(b, program, first, second, counter, xs, carries=3)


def test_a_scan_loses_what_nobody_reads():
    b, outputs = loop()
    program = verify(simplify(b.finish([outputs[0]])))
    (node,) = program.nodes
    assert node.attributes["carries"] == 1 and len(node.operands) == 2
    assert [n.primitive for n in node.attributes["body"].nodes] == ["add"]
    xs = numbers("prune", (4,))
    result = compile_program(program)([np.array(1.0), np.array(1.0), xs, np.array(0, "int32")])
    np.testing.assert_allclose(result[0], 1 + xs.sum())


def test_a_stack_keeps_the_carry_it_is_made_from():
    b, outputs = loop()
    program = verify(simplify(b.finish([outputs[4]])))
    (node,) = program.nodes
    assert node.attributes["carries"] == 1
    xs = numbers("prune", (4,))
    result = compile_program(program)([np.array(1.0), np.array(1.0), xs, np.array(0, "int32")])
    np.testing.assert_allclose(result[0], np.cumprod(xs))


def test_a_carry_read_by_another_survives():
    b, start, other, xs = builder_with((), (), (4,))
    with Builder(b, "body") as body:
        s, t, x = (body.input((), "float64") for _ in range(3))
        program = body.finish([body.emit("add", s, t), body.emit("mul", t, x)])
    total, _ = scan(b, program, start, other, xs, carries=2)
    program = verify(simplify(b.finish([total])))
    assert program.nodes[0].attributes["carries"] == 2


def test_results_of_a_network_stay():
    """A program with everything in it gives the same bits before and after."""
    from lamina.runtime.scopes import Trace

    with Trace() as trace:
        x = trace.builder.input((5, 3), "float64")
        h = ops.tanh(x) * ops.tanh(x) + ops.stop_gradient(ops.exp(x))
        total, stack = ops.scan(lambda c, v: (c * 0.5 + v, ops.sum(c)), ops.zeros_like(h[0]), h)
        outputs = [h, total, stack, ops.sum(h, axis=0) / ops.sum(h, axis=0)]
        program = verify(trace.builder.finish(outputs))
    data = [numbers("network", (5, 3))]
    small = verify(simplify(program))
    assert len(small.nodes) < len(program.nodes)
    for before, after in zip(
        compile_program(program)(data), compile_program(small)(data), strict=True
    ):
        np.testing.assert_array_equal(before, after)
