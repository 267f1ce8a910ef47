"""Building, printing and verifying programs; every rule of the grammar is broken once."""

import numpy as np
import pytest

from lamina.base.errors import ArgumentError, ArgumentTypeError, DTypeError, ShapeError
from lamina.ir.builder import Builder, current_builder, suspended
from lamina.ir.dims import BATCH
from lamina.ir.program import Node, Program, Tensor
from lamina.ir.verify import verify


def small() -> tuple[Builder, Tensor, Tensor, Program]:
    builder = Builder(name="small")
    x = builder.input((BATCH, 3), "float32", "x")
    y = builder.emit("exp", builder.emit("add", x, np.float32([1, 2, 3])))
    return builder, x, y, builder.finish([y])


def test_printed_program():
    builder = Builder(name="step")
    x = builder.input((BATCH, 3), "float32", "x")
    with Builder(builder, "body") as body:
        c, s = body.input((), "float32", "carry"), body.input((), "float32", "slice")
        program = body.finish([body.emit("add", c, s)])
    total = builder.emit("sum", x, axes=(0,))
    (last,) = builder.emit(
        "scan",
        builder.constant(0, "float32"),
        total,
        body=program,
        constants=0,
        carries=1,
        length=3,
        reverse=False,
    )
    assert builder.finish([last, x]).show() == "\n".join(
        [
            "step",
            "  input  x: float32[B,3]",
            "  %0: float32[3] = sum(x) axes=(0,)",
            "  %1: float32[] = constant() value=0.0",
            "  %2: float32[] = scan(%1, %0) constants=0 carries=1 length=3 reverse=False",
            "  body",
            "      input  carry: float32[]",
            "      input  slice: float32[]",
            "      %0: float32[] = add(carry, slice)",
            "      return %0",
            "  return %2, x",
        ]
    )


def test_equal_small_constants_are_one():
    builder = Builder()
    assert builder.constant(1.0, "float32") is builder.constant(1.0, "float32")
    assert builder.constant(0.0, "float32") is not builder.constant(-0.0, "float32")
    assert builder.constant(1.0, "float32") is not builder.constant(1.0, "float64")


@pytest.mark.parametrize("dtypes", [("bfloat16", "float16"), ("float8_e4m3fn", "float8_e5m2")])
def test_constants_of_equal_bytes_and_other_dtypes_differ(dtypes):
    pytest.importorskip("ml_dtypes")
    builder = Builder()
    first, second = (builder.constant(0, d) for d in dtypes)
    assert first is not second and (first.dtype, second.dtype) == dtypes


def test_a_constant_does_not_follow_its_source():
    source = np.zeros(100)
    builder = Builder()
    value = builder.constant(source).node.attributes["value"]
    source[:] = 5
    assert not value.any() and not value.flags.writeable


def test_inner_programs_capture():
    outer = Builder()
    x = outer.input((2,), "float32", "x")
    inner = Builder(outer)
    innermost = Builder(inner)
    y = innermost.emit("neg", x)
    assert innermost.captures == {x: y.node.operands[0]}
    program = inner.finish([inner.emit("exp", x), inner.emit("sin", x)])
    assert len(program.inputs) == 1  # captured once, after the declared inputs
    verify(program)


def test_a_tensor_that_leaked_is_refused():
    _, x, _, _ = small()
    with pytest.raises(ArgumentError, match="another compiled function"):
        Builder().emit("exp", x)


@pytest.mark.parametrize("use", [bool, float, int, np.asarray, lambda t: [0][t]])
def test_a_tensor_has_no_value(use):
    _, x, _, _ = small()
    with pytest.raises(ArgumentTypeError, match="being compiled"):
        use(x)


def test_builders_nest_and_can_be_suspended():
    assert current_builder() is None
    with Builder() as outer:
        with Builder(outer) as inner:
            assert current_builder() is inner
            with suspended():
                assert current_builder() is None
            assert current_builder() is inner
        assert current_builder() is outer
    assert current_builder() is None


# --- the verifier ---


def broken(change) -> Program:
    _, _, _, program = small()
    change(program)
    return program


def _unknown_primitive(program):
    program.nodes[-1].primitive = "explode"


def _order(program):
    program.nodes.reverse()


def _shape(program):
    program.outputs[0].shape = (BATCH, 4)


def _dtype(program):
    program.outputs[0].dtype = "float64"


def _foreign_operand(program):
    node = program.nodes[-1]
    node.operands = (Tensor((BATCH, 3), "float32", None),)


def _missing_output(program):
    program.outputs.append(Tensor((), "float32", None, name="lost"))


def _too_many_outputs(program):
    node = program.nodes[-1]
    node.outputs = (*node.outputs, Tensor((), "float32", None))


def _bad_attribute(program):
    old = program.nodes.pop()
    node = Node("sum", old.operands, {"axes": (5,)})
    node.outputs = old.outputs
    program.nodes.append(node)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_unknown_primitive, "unknown primitive"),
        (_order, "not defined before"),
        (_shape, r"recorded float32\[B,4\], inferred float32\[B,3\]"),
        (_dtype, "recorded float64"),
        (_foreign_operand, "not defined before"),
        (_missing_output, "lost.* is not defined"),
        (_too_many_outputs, "1 outputs inferred"),
    ],
)
def test_the_verifier_finds(change, words):
    with pytest.raises(AssertionError, match=words):
        verify(broken(change))


def test_the_verifier_runs_the_shape_rules():
    with pytest.raises(ShapeError, match="axis 5"):
        verify(broken(_bad_attribute))


def test_the_verifier_looks_into_bodies():
    builder = Builder()
    body = Builder(builder, "body")
    c = body.input((), "float32")
    program = body.finish([body.emit("neg", c)])
    how = {"constants": 0, "carries": 1, "length": 2, "reverse": False}
    builder.emit("scan", builder.input((), "float32"), body=program, **how)
    program.nodes[0].primitive = "explode"
    with pytest.raises(AssertionError, match="body, node 0"):
        verify(builder.finish([]))


# --- what the shape rules refuse ---

X, Y, WHOLE = ((2, 3), "float32"), ((4,), "float32"), ((2, 3), "int32")


@pytest.mark.parametrize(
    ("primitive", "types", "attributes", "error"),
    [
        ("add", (X, Y), {}, ShapeError),
        ("add", (X, WHOLE), {}, DTypeError),
        ("div", (WHOLE, WHOLE), {}, DTypeError),
        ("exp", (WHOLE,), {}, DTypeError),
        ("select", (X, X, X), {}, DTypeError),
        ("sum", (X,), {"axes": (2,)}, ShapeError),
        ("reshape", (X,), {"shape": (5,)}, ShapeError),
        ("transpose", (X,), {"permutation": (0, 0)}, ShapeError),
        ("broadcast_to", (X,), {"shape": (2, 4)}, ShapeError),
        ("concat", (X, Y), {"axis": 0}, ShapeError),
        ("concat", (X, X), {"axis": 2}, ShapeError),
        ("slice", (X,), {"start": (0, 2), "stop": (2, 4), "step": (1, 1)}, ShapeError),
        ("slice", (X,), {"start": (0,), "stop": (2,), "step": (1,)}, ShapeError),
        ("slice", (X,), {"start": (0, 2), "stop": (2, 1), "step": (1, 1)}, ShapeError),
        (
            "pad",
            (X,),
            {"low": (0, -1), "high": (0, 0), "interior": (0, 0), "value": 0},
            ShapeError,
        ),
        ("reverse", (X,), {"axes": (2,)}, ShapeError),
        ("iota", (), {"shape": (2,), "axis": 1, "dtype": "int32"}, ShapeError),
        ("gather", (X, X), {"axis": 0}, DTypeError),
        ("gather", (X, WHOLE), {"axis": 2}, ShapeError),
        ("scatter", (X, WHOLE, Y), {"mode": "add"}, ShapeError),
        ("dot", (X, Y), {"contract": ((1,), (0,)), "batch": ((), ())}, ShapeError),
        ("inverse", (X,), {}, ShapeError),
    ],
)
def test_shape_rules_refuse(primitive, types, attributes, error):
    builder = Builder()
    with pytest.raises(error):
        builder.emit(primitive, *(builder.input(*t) for t in types), **attributes)


def test_a_scan_refuses_operands_that_its_body_does_not_take():
    builder = Builder()
    body = Builder(builder)
    program = body.finish([body.emit("neg", body.input((2,), "float32"))])
    how = {"body": program, "constants": 0, "carries": 0, "length": 3, "reverse": False}
    with pytest.raises(ShapeError, match="type that the body takes"):
        builder.emit("scan", builder.input((3, 5), "float32"), **how)
    with pytest.raises(ShapeError, match="another length"):
        builder.emit("scan", builder.input((4, 2), "float32"), **how)
