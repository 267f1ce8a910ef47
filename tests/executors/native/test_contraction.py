"""Compiled products and convolutions against the reference executor."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from one_contraction import NativeContractions, program

from lamina.base.errors import ArgumentError
from lamina.executors.native import machine
from lamina.executors.native.affine import affine
from lamina.executors.native.machine import Machine
from lamina.executors.reference.executable import compile_program
from lamina.ir import dims
from lamina.ir.dims import BATCH, Shape

B = BATCH
NONE: tuple[tuple, tuple] = ((), ())
BATCHES = (1, 2, 7, 19, 67)


def _machines() -> list[Any]:
    found = [pytest.param(machine.host(), id="host")]
    for name in ("haswell", "x86-64"):
        try:
            found.append(pytest.param(machine.named(name), id=name))
        except ArgumentError:
            continue
    return found


def _check(
    primitive: str,
    dtype: str,
    shapes: tuple[Shape, ...],
    how: dict,
    on: Machine,
    late: bool = False,
) -> None:
    given = program(primitive, dtype, *shapes, **how)
    native, reference = NativeContractions(given, on, late), compile_program(given)
    rng = np.random.default_rng(0)
    wide = any(one.c.blocking.groups for one in native.compiled.values())
    for batch in (3, 300) if wide else BATCHES if any(map(dims.is_dynamic, shapes)) else (1,):
        inputs = [
            rng.standard_normal(dims.shape_at(shape, batch)).astype(dtype) for shape in shapes
        ]
        got = native(inputs, batch)
        (expected,) = reference([x.astype("float64") for x in inputs], batch)
        (size,) = reference([abs(x).astype("float64") for x in inputs], batch)
        assert got.shape == expected.shape
        length = sum(dims.at(one.c.product.length, batch) for one in native.compiled.values())
        bound = np.finfo(dtype).eps * ((length + 2) * size + 1)
        assert (abs(got - expected) <= bound).all(), (batch, abs(got - expected).max())
        np.testing.assert_array_equal(native(inputs, batch, pieces=3), got)


# x, y, contract, batch
DOTS: dict[str, tuple[Shape, Shape, tuple, tuple]] = {
    "dense": ((B, 37), (37, 50), ((1,), (0,)), NONE),
    "dense full vectors": ((B, 64), (64, 128), ((1,), (0,)), NONE),
    "ten classes": ((B, 20), (20, 10), ((1,), (0,)), NONE),
    "one unit": ((B, 21), (21, 1), ((1,), (0,)), NONE),
    "long sum, one unit": ((B, 100), (100, 1), ((1,), (0,)), NONE),
    "kernel gradient": ((B, 37), (B, 50), ((0,), (0,)), NONE),
    "kernel gradient, one unit": ((B, 37), (B, 1), ((0,), (0,)), NONE),
    "input gradient": ((B, 50), (37, 50), ((1,), (1,)), NONE),
    "input gradient, one unit": ((B, 1), (37, 1), ((1,), (1,)), NONE),
    "both transposed": ((11, 29), (17, 11), ((0,), (1,)), NONE),
    "small result, both transposed": ((200, 3), (20, 200), ((0,), (1,)), NONE),
    "dense on sequences": ((B, 5, 12), (12, 24), ((2,), (0,)), NONE),
    "its kernel gradient": ((B, 5, 12), (B, 5, 24), ((0, 1), (0, 1)), NONE),
    "long kernel gradient": ((B, 30, 12), (B, 30, 24), ((0, 1), (0, 1)), NONE),
    "to heads": ((B, 5, 12), (12, 3, 8), ((2,), (0,)), NONE),
    "from heads": ((B, 5, 3, 8), (3, 8, 12), ((2, 3), (0, 1)), NONE),
    "crossed": ((B, 4, 6), (6, 4, 5), ((1, 2), (1, 0)), NONE),
    "attention scores": ((B, 6, 2, 9), (B, 7, 2, 9), ((3,), (3,)), ((0, 2), (0, 2))),
    "attention values": ((B, 2, 6, 7), (B, 7, 2, 9), ((3,), (1,)), ((0, 1), (0, 2))),
    "batch inside": ((3, B, 5), (3, 5, 20), ((2,), (1,)), ((0,), (0,))),
    "batch last": ((5, B), (5, 20), ((0,), (0,)), NONE),
    "similarities": ((B, 5), (B, 5), ((1,), (1,)), NONE),
    "batch as columns": ((7, 5), (5, B), ((1,), (0,)), NONE),
    "row by row": ((B, 40), (B, 40), ((1,), (1,)), ((0,), (0,))),
    "paired columns": ((4, B, 40), (4, B, 40), ((0,), (0,)), ((1, 2), (1, 2))),
    "over the batch": ((B,), (B,), ((0,), (0,)), NONE),
    "vector times matrix": ((50,), (50, 70), ((0,), (0,)), NONE),
    "matrix times vector": ((70, 50), (50,), ((1,), (0,)), NONE),
    "inner": ((50,), (50,), ((0,), (0,)), NONE),
    "outer": ((50,), (35,), NONE, NONE),
    "outer of the batch": ((B,), (35,), NONE, NONE),
    "scalars": ((), (), NONE, NONE),
    "times a scalar": ((B, 3), (), NONE, NONE),
    "one row": ((1, 300), (300, 200), ((1,), (0,)), NONE),
    "nothing to sum": ((3, 0), (0, 20), ((1,), (0,)), NONE),
    "no rows": ((0, 3), (3, 20), ((1,), (0,)), NONE),
    "no columns": ((3, 5), (5, 0), ((1,), (0,)), NONE),
    "two row sizes": ((53, 9), (9, 112), ((1,), (0,)), NONE),
    "wide kernel gradient": ((B, 260), (B, 1030), ((0,), (0,)), NONE),
    "deep and wide": ((70, B), (B, 520), ((1,), (0,)), NONE),
    "deep": ((9, 9000), (9000, 40), ((1,), (0,)), NONE),
    "deep, of the batch": ((B, 9000), (9000, 40), ((1,), (0,)), NONE),
}


@pytest.mark.parametrize("on", _machines())
@pytest.mark.parametrize("label", DOTS)
def test_dot(label: str, on: Machine) -> None:
    x, y, contract, batch = DOTS[label]
    _check("dot", "float32", (x, y), {"contract": contract, "batch": batch}, on)


# Both operands are copied; sizes that no tile, group or block of the depth divides.
LARGE: dict[str, tuple[Shape, Shape, tuple, tuple]] = {
    "dense": ((B, 300), (300, 1000), ((1,), (0,)), NONE),
    "dense, several groups": ((B, 530), (530, 1100), ((1,), (0,)), NONE),
    "dense on sequences": ((B, 11, 270), (270, 500), ((2,), (0,)), NONE),
    "dense, few columns": ((B, 1030), (1030, 130), ((1,), (0,)), NONE),
    "static": ((151, 300), (300, 1000), ((1,), (0,)), NONE),
    "static, few rows": ((3, 300), (300, 1000), ((1,), (0,)), NONE),
    "static, first transposed": ((300, 151), (300, 1000), ((0,), (0,)), NONE),
    "kernel gradient": ((B, 150), (B, 1030), ((0,), (0,)), NONE),
    "kernel gradient, full vectors": ((B, 64), (B, 512), ((0,), (0,)), NONE),
    "input gradient": ((B, 300), (1000, 300), ((1,), (1,)), NONE),
    "input gradient, several groups": ((B, 530), (1100, 530), ((1,), (1,)), NONE),
    "input gradient, full vectors": ((B, 256), (512, 256), ((1,), (1,)), NONE),
    "static, both transposed": ((300, 151), (1000, 300), ((0,), (1,)), NONE),
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("on", _machines())
@pytest.mark.parametrize("label", LARGE)
def test_large_dot(label: str, on: Machine, late: bool) -> None:
    x, y, contract, batch = LARGE[label]
    how = {"contract": contract, "batch": batch}
    nodes = NativeContractions(program("dot", "float32", x, y, **how), on).compiled.values()
    assert all(one.c.gathers for one in nodes)
    _check("dot", "float32", (x, y), how, on, late)


@pytest.mark.parametrize("label", LARGE)
def test_large_dots_need_no_transposed_operand(label: str) -> None:
    x, y, contract, batch = LARGE[label]
    node = program("dot", "float32", x, y, contract=contract, batch=batch).nodes[-1]
    assert affine(node) is not None


@pytest.mark.parametrize("label", ["dense", "input gradient"])
@pytest.mark.parametrize("late", [False, True])
def test_large_dot_in_double(late: bool, label: str) -> None:
    x, y, contract, batch = LARGE[label]
    _check("dot", "float64", (x, y), {"contract": contract, "batch": batch}, machine.host(), late)


@pytest.mark.parametrize("label", ["dense", "ten classes", "one unit", "long kernel gradient"])
def test_dot_in_double(label: str) -> None:
    x, y, contract, batch = DOTS[label]
    _check("dot", "float64", (x, y), {"contract": contract, "batch": batch}, machine.host())


# (input space, channels, window, filters, strides, padding, dilation, groups)
CONVOLUTIONS: dict[str, tuple] = {
    "1-D": ((9,), 3, (3,), 20, (1,), ((0, 0),), (1,), 1),
    "causal": ((9,), 3, (3,), 5, (1,), ((4, 0),), (2,), 1),
    "valid": ((7, 8), 4, (3, 3), 24, (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "same": ((7, 7), 3, (3, 3), 16, (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    "strides": ((9, 10), 3, (3, 3), 17, (2, 2), ((0, 1), (1, 1)), (1, 1), 1),
    "strides that leave a rest": ((9, 10), 2, (2, 3), 4, (3, 2), ((0, 0), (1, 0)), (1, 1), 1),
    "stride over the window": ((8,), 2, (2,), 5, (3,), ((0, 0),), (1,), 1),
    "1 x 1": ((4, 5), 6, (1, 1), 20, (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "1 x 1 with strides": ((5, 6), 6, (1, 1), 20, (2, 2), ((0, 0), (0, 0)), (1, 1), 1),
    "dilated": ((9, 8), 2, (3, 2), 16, (1, 1), ((2, 2), (0, 1)), (2, 3), 1),
    "dilated with strides": ((9,), 2, (3,), 3, (2,), ((2, 2),), (2,), 1),
    "groups": ((6,), 8, (3,), 12, (1,), ((1, 1),), (1,), 2),
    "groups with strides": ((6, 5), 4, (3, 2), 6, (2, 2), ((1, 1), (0, 1)), (1, 1), 2),
    "depthwise": ((6, 5), 20, (3, 3), 20, (1, 1), ((1, 1), (1, 1)), (1, 1), 20),
    "depthwise twice": ((6,), 5, (3,), 10, (1,), ((1, 1),), (1,), 5),
    "small result": ((4, 4), 3, (3, 3), 40, (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "all of the input": ((3, 4), 2, (3, 4), 9, (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "3-D": ((4, 3, 5), 2, (2, 2, 3), 6, (1, 1, 2), ((0, 0), (1, 0), (1, 1)), (1, 1, 1), 1),
    "more padding than window": ((4,), 2, (2,), 3, (1,), ((3, 2),), (1,), 1),
    "does not fit": ((2,), 1, (3,), 1, (1,), ((0, 0),), (1,), 1),
}
_KINDS = ("conv", "conv_input_gradient", "conv_kernel_gradient")
_CASES = [
    pytest.param(kind, label, *on.values, id=f"{kind}-{label}-{on.id}")
    for kind, label in itertools.product(_KINDS, CONVOLUTIONS)
    # The gradient of the input is convolutions too, so one processor will do.
    for on in (_machines()[:1] if kind == "conv_input_gradient" else _machines())
]


@pytest.mark.parametrize(("kind", "label", "on"), _CASES)
def test_conv(kind: str, label: str, on: Machine) -> None:
    space, channels, window, filters, strides, padding, dilation, groups = CONVOLUTIONS[label]
    how: dict[str, Any] = {
        "strides": strides, "padding": padding, "dilation": dilation, "groups": groups,
    }  # fmt: skip
    x, kernel = (B, *space, channels), (*window, channels // groups, filters)
    g = program("conv", "float32", x, kernel, **how).outputs[0].shape
    if kind == "conv":
        shapes = (x, kernel)
    else:
        shapes = (g, kernel) if kind == "conv_input_gradient" else (x, g)
        how["shape"] = x if kind == "conv_input_gradient" else kernel
    _check(kind, "float32", shapes, how, on)
