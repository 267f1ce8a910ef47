"""Small programs for what random ones have found, each run as random ones are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from random_programs import RandomProgram
from test_fuzz_programs import check

from lamina import ops
from lamina.executors.native.executable import compile_program
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH
from lamina.ir.program import Tensor
from lamina.ir.verify import verify
from lamina.runtime.compiled import CompiledFunction

pytest.importorskip("llvmlite")

Made = tuple[list[Tensor], dict[int, int], int]  # outputs, updates, leaves
Maker = Callable[[Builder], Made]


def rows_reduced_over_an_axis_before_them(b: Builder) -> Made:
    x = b.input((3, BATCH, 7), "float32")
    top = b.emit("reshape", b.emit("reduce_max", x, axes=(0,)), shape=(1, BATCH, 7))
    e = b.emit("exp", b.emit("sub", x, top))
    total = b.emit("reshape", b.emit("sum", e, axes=(0,)), shape=(1, BATCH, 7))
    return [b.emit("div", e, total)], {}, 0


def all_rows_but_the_first(b: Builder) -> Made:
    x = b.input((BATCH, 4, 8), "float64")
    y = b.emit("slice", x, start=(1, 0, 0), stop=(BATCH, 4, 8), step=(1, 3, 1))
    return [y, b.emit("neg", y), b.emit("sum", y, axes=(0,))], {}, 1


def steps_backwards_by_the_batch_size(b: Builder) -> Made:
    x = b.input((BATCH, 5, 3), "float32")
    turned = b.emit("transpose", b.emit("sin", x), permutation=(2, 1, 0))
    return [turned, b.emit("reverse", turned, axes=(1,))], {}, 1


def two_axes_of_the_batch(b: Builder) -> Made:
    x, at = b.input((BATCH, 3, 8), "float32"), b.input((BATCH,), "uint8")
    at = b.emit("remainder", at, b.constant(3, "uint8"))
    y = b.emit("gather", x, at, axis=1)
    z = b.emit("cast", b.emit("transpose", y, permutation=(1, 0, 2)), dtype="float64")
    return [z, b.emit("sum", z, axes=(0, 1)), b.emit("transpose", z, permutation=(2, 1, 0))], {}, 2


def a_gather_at_the_only_place(b: Builder) -> Made:
    x = b.input((1,), "int32")
    y = b.emit("neg", x)
    at = b.emit("remainder", x, b.constant(1, "int32"))
    picked = b.emit("gather", y, at, axis=0)
    constant = b.emit("gather", b.constant([[2.5]], "float64"), at, axis=1)
    window = {"window": (1,), "strides": (1,), "padding": ((0, 0),)}
    image = b.emit("exp", b.input((BATCH, 1, 4), "float32"))
    return [b.emit("le", picked, y), constant, b.emit("pool_max", image, **window)], {}, 1


def an_old_value_read_after_the_new_one_is_stored(b: Builder) -> Made:
    v, w = b.input((7,), "float32"), b.input((3, 5), "float32")
    u, k = b.input((3, 4), "float32"), b.input((4, 5), "float32")
    x = b.input((BATCH, 4), "float32")
    new = b.emit("broadcast_to", b.emit("sum", x, axes=(0, 1)), shape=(7,))
    sums = b.emit("dot", u, k, contract=((1,), (0,)), batch=((), ()))
    late = b.emit("mul", b.emit("exp", sums), w)
    changed = b.emit("mul", new, v)
    outputs = [changed, new, sums, late, b.emit("add", k, b.emit("sum", late, axes=(0,)))]
    return outputs, {1: 0, 2: 1, 4: 3}, 1


def values_that_change_places(b: Builder) -> Made:
    v, w, m = (b.input(s, "float32") for s in ((6,), (6,), (5, 5)))
    x = b.input((BATCH, 6), "float32")
    turned = b.emit("add", m, b.emit("transpose", m, permutation=(1, 0)))
    return [w, v, turned, b.emit("mul", x, v)], {0: 0, 1: 1, 2: 2}, 1


def a_loop_whose_end_is_its_next_beginning(b: Builder) -> Made:
    h, w = b.input((3, 2), "float64"), b.input((2, 2), "float64")
    x = b.input((4, 3, 2), "float64")
    y = b.input((BATCH,), "float64")
    with Builder(None, "body") as body:
        wi, hi, xi = (body.input(s, "float64") for s in ((2, 2), (3, 2), (3, 2)))
        product = body.emit("dot", hi, wi, contract=((1,), (0,)), batch=((), ()))
        new = body.emit("tanh", body.emit("add", product, xi))
        inner = body.finish([new, new])
    how = {"constants": 1, "carries": 1, "length": 4, "reverse": True}
    last, every = b.emit("scan", w, h, x, body=inner, **how)
    return [last, every, b.emit("mul", y, y)], {0: 0}, 1


def additions_at_places_with_columns_of_the_batch(b: Builder) -> Made:
    base, at = b.input((2, BATCH), "float32"), b.input((BATCH,), "uint8")
    at = b.emit("remainder", at, b.constant(2, "uint8"))
    new = b.emit("broadcast_to", b.input((BATCH, 1), "float32"), shape=(BATCH, BATCH))
    return [b.emit("scatter", base, at, new, mode="add")], {}, 2


def axes_without_elements(b: Builder) -> Made:
    x = b.input((BATCH, 4, 5), "float32")
    none = b.emit("slice", x, start=(0, 2, 0), stop=(BATCH, 2, 5), step=(1, 1, 1))
    turned = b.emit("transpose", none, permutation=(1, 2, 0))
    return [turned, b.emit("exp", turned), b.emit("transpose", none, permutation=(2, 0, 1))], {}, 1


def several_rows_of_a_product_for_each_of_the_batch(b: Builder) -> Made:
    x, w = b.input((BATCH, 3, 4), "float32"), b.input((4, 8), "float32")
    flat = b.emit("reshape", x, shape=(BATCH * 3, 4))
    product = b.emit("dot", flat, w, contract=((1,), (0,)), batch=((), ()))
    apart = b.emit("reshape", b.emit("tanh", product), shape=(BATCH, 3, 8))
    return [apart, b.emit("exp", b.input((BATCH, 5), "float32")), b.emit("cos", product)], {}, 2


def products_of_more_rows_than_the_batch(b: Builder) -> Made:
    x, w = b.input((BATCH, 4), "float32"), b.input((4, 8), "float32")
    one = b.emit("concat", x, b.constant(np.ones((1, 4), "float32")), axis=0)
    pairs = b.emit(
        "broadcast_to", b.emit("reshape", x, shape=(1, BATCH, 4)), shape=(BATCH,) * 2 + (4,)
    )
    square = b.emit("reshape", pairs, shape=(BATCH * BATCH, 4))
    how = {"contract": ((1,), (0,)), "batch": ((), ())}
    return [b.emit("dot", one, w, **how), b.emit("dot", square, w, **how), b.emit("exp", x)], {}, 1


def a_loop_over_the_rows_of_the_batch(b: Builder) -> Made:
    start, x = b.input((3,), "float32"), b.input((BATCH, 3), "float32")
    with Builder(None, "body") as body:
        carry, row = body.input((3,), "float32"), body.input((3,), "float32")
        new = body.emit("tanh", body.emit("add", carry, row))
        inner = body.finish([new, body.emit("mul", carry, row)])
    how = {"constants": 0, "carries": 1, "length": BATCH}
    forward = b.emit("scan", start, x, body=inner, reverse=False, **how)
    return [*forward, *b.emit("scan", start, x, body=inner, reverse=True, **how)], {0: 0}, 1


PROGRAMS = [
    several_rows_of_a_product_for_each_of_the_batch,
    products_of_more_rows_than_the_batch,
    a_loop_over_the_rows_of_the_batch,
    rows_reduced_over_an_axis_before_them,
    all_rows_but_the_first,
    steps_backwards_by_the_batch_size,
    two_axes_of_the_batch,
    a_gather_at_the_only_place,
    an_old_value_read_after_the_new_one_is_stored,
    values_that_change_places,
    a_loop_whose_end_is_its_next_beginning,
    additions_at_places_with_columns_of_the_batch,
    axes_without_elements,
]


@pytest.mark.parametrize("make", PROGRAMS, ids=lambda make: make.__name__)
def test_program(make: Maker) -> None:
    with Builder(None, make.__name__) as b:
        outputs, updates, leaves = make(b)
        program = verify(b.finish(outputs))
    check(RandomProgram(program, updates, leaves, seed=0, fixed=None, special=False))


def test_an_input_in_another_order_of_memory_comes_twice() -> None:
    """The copy made for the first call is gone in the second."""
    with Builder() as b:
        w, x = b.input((50, 60), "float64"), b.input((BATCH, 50), "float64")
        program = b.finish([b.emit("dot", x, w, contract=((1,), (0,)), batch=((), ()))])
    run = compile_program(program, leaves=1)
    rng = np.random.default_rng(0)
    turned, x = np.asfortranarray(rng.normal(0, 1, (50, 60))), rng.normal(0, 1, (4, 50))
    for _ in range(5):
        np.testing.assert_allclose(run([turned, x])[0], x @ turned, 1e-9)
        held = [np.full((50, 60), np.nan) for _ in range(3)]  # where the copy was, perhaps
        del held


def test_a_quotient_beyond_all_numbers_is_infinite() -> None:
    run = CompiledFunction(lambda a, v: a / (ops.sqrt(v) + 1e-7), "f")
    a = np.full(32, 3e38, "float32")
    assert np.isinf(run(a, np.zeros(32, "float32"))).all()
