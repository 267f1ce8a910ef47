"""Differentiation as people use it: arguments, variables, loops, own gradients, higher orders."""

import gc
import tracemalloc

import numpy as np
import pytest
from primitive_samples import numbers

import lamina
from lamina import ops
from lamina.base.errors import ArgumentError
from lamina.ops.scopes import custom_gradient, grad, value_and_grad
from lamina.runtime.compiled import CompiledFunction
from lamina.runtime.variable import Variable

X = numbers("gradients", (4, 3))


def close(a, b, tolerance=1e-6):
    np.testing.assert_allclose(a, b, tolerance, tolerance)


def test_arguments_structures_and_auxiliary_values():
    def loss(x, pair):
        return ops.sum(x * pair["w"]) + pair["b"], {"x2": x * 2}

    x, pair = X, {"w": X + 1, "b": np.array(2.0)}
    (value, aux), slope = value_and_grad(loss, has_aux=True)(x, pair)
    close(value, (X * (X + 1)).sum() + 2)
    close(aux["x2"], X * 2)
    close(slope, X + 1)
    slopes = grad(lambda *a: loss(*a)[0], argnums=(1, 0))(x, pair)
    close(slopes[0]["w"], X)
    close(slopes[0]["b"], 1)
    close(slopes[1], X + 1)


def test_derivatives_of_derivatives():
    assert float(grad(grad(grad(ops.sin)))(0.5)) == pytest.approx(-np.cos(0.5), rel=1e-6)

    def penalty(x):
        return ops.sum(grad(lambda y: ops.sum(y**3))(x) ** 2)

    close(grad(penalty)(X), 36 * X**3)


@pytest.mark.parametrize("bad", [lambda x: x, lambda x: ops.cast(ops.sum(x), "int32")])
def test_only_float_scalars_are_differentiated(bad):
    with pytest.raises(ArgumentError, match="float scalar"):
        grad(bad)(X)


def test_integers_are_not_differentiated():
    with pytest.raises(ArgumentError, match="float arguments"):
        grad(ops.sum)(np.arange(3))
    with pytest.raises(ArgumentError, match="argnums"):
        grad(ops.sum, argnums=1)(X)


def test_no_dependence_is_zero():
    assert not grad(lambda x: ops.sum(ops.stop_gradient(x) * ops.floor(x)))(X).any()


def test_variables():
    w, b = Variable(X), Variable(np.zeros(3), name="b")
    count = Variable(0, trainable=False)

    def loss(x):
        count.assign_add(1)
        return ops.sum((x @ ops.transpose(w) + 1.0) ** 2) + 0 * ops.sum(b)

    value, (dw, db) = value_and_grad(loss, variables=[w, b])(X)
    close(value, ((X @ X.T + 1) ** 2).sum())
    close(dw, 2 * (X @ X.T + 1).T @ X)
    assert not db.any() and int(count.value) == 1
    close(w.value, X)


def test_a_variable_written_by_the_loss():
    total = Variable(1.0)

    def loss(x):
        total.assign(total * x)
        return total * total

    value, (slope,) = value_and_grad(loss, variables=[total])(np.float32(3.0))
    assert (float(value), float(slope), float(total)) == (9.0, 18.0, 3.0)


# --- loops ---


def step(w):
    return lambda h, x: (ops.tanh(h * w + x), h * x)


def by_scan(w, h, xs, reverse=False):
    last, ys = ops.scan(step(w), h, xs, reverse=reverse)
    return ops.sum(last * last) + ops.sum(ys * xs)


def unrolled(w, h, xs, reverse=False):
    order = range(xs.shape[0])
    ys = []
    for i in reversed(order) if reverse else order:
        h, y = step(w)(h, xs[i])
        ys.append(y * xs[i])
    return ops.sum(h * h) + ops.sum(sum(ys))


@pytest.mark.parametrize("reverse", [False, True])
def test_the_gradient_of_a_scan_is_that_of_its_steps(reverse):
    args = (numbers("w", (3,)), numbers("h", (3,)), X)
    everywhere = (0, 1, 2)

    def squares(loss):
        return lambda *a: sum(ops.sum(s * s) for s in grad(loss, everywhere)(*a))

    def loop(*a):
        return by_scan(*a, reverse=reverse)

    def flat(*a):
        return unrolled(*a, reverse=reverse)

    for first, second in ((loop, flat), (squares(loop), squares(flat))):
        for a, b in zip(
            grad(first, everywhere)(*args), grad(second, everywhere)(*args), strict=True
        ):
            close(a, b)


def test_a_scan_over_the_time_of_a_batch():
    def loss(x):
        h = ops.zeros_like(x[:, 0])
        last, _ = ops.scan(lambda h, s: (ops.tanh(h + s), None), h, ops.swapaxes(x, 0, 1))
        return ops.sum(last)

    run = CompiledFunction(value_and_grad(loss), "loop")
    x = numbers("time", (5, 4, 2))
    whole = run(x)[1]
    for rows in (0, 1, 3, 5):
        close(run(x[:rows])[1], whole[:rows])
    assert len(run._cache) == 1


def test_nested_scans():
    def inner(c, row):
        return ops.scan(lambda a, v: (a * v + c, a), c, row)

    def loss(c, rows):
        last, stacks = ops.scan(inner, c, rows)
        return last + ops.sum(stacks)

    def plain(c, rows):
        total = 0.0
        for i in range(4):
            a = c
            for j in range(3):
                total = total + a
                a = a * rows[i, j] + c
            c = a
        return c + total

    args = (np.array(0.7), X)
    for a, b in zip(grad(loss, (0, 1))(*args), grad(plain, (0, 1))(*args), strict=True):
        close(a, b)


def test_a_scan_differentiated_twice_in_one_program():
    """Each derivative asks the forward loop for what it needs; they do not disturb each other."""

    def loss(w):
        ys = ops.scan(lambda h, x: (h * w + x, h * h), np.array(1.0), X[:, 0])[1]
        return ops.sum(ys)

    def both(w):
        out = loss(w)
        return grad(lambda v: loss(v) * 2)(w) + grad(loss)(w) * out

    w = np.array(0.6)
    expected = grad(loss)(w) * 2 + grad(loss)(w) * loss(w)
    close(CompiledFunction(both, "both")(w), expected)


# --- a gradient of one's own ---


@custom_gradient
def clipped(x, y):
    """x * y, whose gradient is cut at 1."""

    def slopes(upstream):
        return ops.clip(upstream * y, -1.0, 1.0), ops.clip(upstream * x, -1.0, 1.0)

    return x * y, slopes


def test_custom_gradient():
    x, y = np.array([0.5, 3.0]), np.array([4.0, 0.25])
    dx, dy = grad(lambda a, b: ops.sum(clipped(a, b)), (0, 1))(x, y)
    close(dx, [1.0, 0.25])
    close(dy, [0.5, 1.0])
    close(clipped(x, y), x * y)


def test_custom_gradient_in_a_scan():
    """Its rule reads values of the step, which the backward loop gets as residuals."""

    @custom_gradient
    def triple_slope(x):
        return x * x, lambda upstream: upstream * 6.0 * x

    def loop(h, xs):
        return ops.scan(lambda c, s: (triple_slope(c + s), None), h, xs)[0]

    def plain(h, xs):
        for i in range(4):
            h = triple_slope(h + xs[i])
        return h

    args = (np.array(0.3), X[:, 0] * 0.4)
    for a, b in zip(grad(loop, (0, 1))(*args), grad(plain, (0, 1))(*args), strict=True):
        close(a, b)


def test_custom_gradient_of_second_order_follows_its_rule():
    @custom_gradient
    def odd(x):
        return ops.sin(x), lambda upstream: upstream * x * x * x

    assert float(grad(grad(odd))(2.0)) == pytest.approx(12.0)


def test_custom_gradient_with_integers_none_and_variables():
    scale = Variable(3.0)

    @custom_gradient
    def pick(x, i):
        return x[1] * scale, lambda upstream: (upstream * scale * ops.ones_like(x), None)

    slope = grad(lambda x: pick(x, ops.cast(ops.floor(x), "int32")))(np.ones(3, "float32"))
    assert slope.tolist() == [3.0, 3.0, 3.0]


def test_custom_gradient_must_answer_for_every_argument():
    @custom_gradient
    def short(x, y):
        return x + y, lambda upstream: (upstream,)

    with pytest.raises(ArgumentError, match="1 values for 2 arguments"):
        grad(lambda x: short(x, x))(1.0)


# --- loops without gradient, memory ---


def test_a_while_loop_says_that_it_has_no_gradient():
    def loss(x):
        return ops.while_loop(lambda v: v < 100.0, lambda v: v * 2.0, x)

    assert float(loss(np.float32(3.0))) == 192.0
    with pytest.raises(ArgumentError, match="fixed number of steps"):
        grad(loss)(np.float32(3.0))
    assert float(grad(lambda x: ops.stop_gradient(loss(x)) * x)(np.float32(3.0))) == 192.0


def test_memory_does_not_grow():
    w = Variable(np.ones((50, 50), "float32"))

    def loss(x):
        return ops.sum(ops.tanh(x @ w) ** 2)

    def once():
        value_and_grad(loss, variables=[w])(np.ones((20, 50), "float32"))

    for _ in range(3):
        once()
    gc.collect()
    tracemalloc.start()
    once()
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(20):
        once()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 20_000
    assert lamina.grad is grad
