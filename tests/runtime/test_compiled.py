"""Compiled functions: one program for all batches, retracing, bounds, aliasing, steps."""

import numpy as np
import pytest

from lamina import ops, random
from lamina.base.errors import ArgumentError, ArgumentTypeError, ShapeError
from lamina.ops.scopes import value_and_grad
from lamina.runtime import executor
from lamina.runtime.compiled import CompiledFunction
from lamina.runtime.dispatch import apply
from lamina.runtime.variable import Variable


def rows(n: int, width: int = 3, dtype: str = "float32") -> np.ndarray:
    return np.arange(n * width, dtype=dtype).reshape(n, width)


def test_one_program_for_all_batch_sizes():
    traces = []

    def function(x, pair):
        traces.append(1)
        y = x - ops.mean(x, axis=0)
        return {"flat": ops.reshape(y, (-1,)), "shifted": y[1:], "labels": pair[1] * 2}, ops.size(x)

    run = CompiledFunction(function, "f")
    for n in (2, 1, 7, 4097):
        x, labels = rows(n), np.arange(n)
        got, size = run(x, ("ignored", labels))
        np.testing.assert_allclose(got["flat"], (x - x.mean(0)).ravel(), 1e-5, 1e-2)
        assert (
            got["shifted"].shape == (n - 1, 3) and got["labels"].tolist() == (labels * 2).tolist()
        )
        assert int(size) == 3 * n
    assert len(traces) == 1


def test_no_rows():
    run = CompiledFunction(lambda x: (ops.exp(x), x[1:], ops.sum(x, axis=0)), "f")
    shapes = [r.shape for r in run(rows(0))]
    assert shapes == [(0, 3), (0, 3), (3,)]


@pytest.mark.parametrize(
    "other", [rows(2, 4), rows(2, dtype="float64"), rows(2).ravel(), rows(2, dtype="int32")]
)
def test_another_form_is_traced_anew(other):
    run = CompiledFunction(lambda x: x + x, "f")
    run(rows(2))
    np.testing.assert_array_equal(run(other), other + other)
    assert len(run._cache) == 2


def test_plain_arguments_belong_to_the_form():
    run = CompiledFunction(lambda x, flag, options: x * options["k"] if flag else -x, "f")
    assert run(np.ones(1), True, {"k": 3}).tolist() == [3]
    assert run(np.ones(1), True, {"k": 4}).tolist() == [4]
    assert run(np.ones(1), False, {"k": 4}).tolist() == [-1]
    assert run(np.ones(1), 1, {"k": 4.5}).tolist() == [4.5]
    assert len(run._cache) == 4


def test_code_that_needs_the_number_of_rows_gets_it():
    def function(x):
        return x * 2 if x.shape[0] > 2 else x + float(x.shape[0])

    run = CompiledFunction(function, "f")
    for n in (1, 2, 3, 5, 3):
        np.testing.assert_array_equal(run(rows(n)), rows(n) * 2 if n > 2 else rows(n) + n)
    assert len(run._cache) == 4


def test_a_batch_may_have_to_meet_a_fixed_size():
    state = Variable(np.zeros((2, 3), "float32"))

    def function(x):
        joined = ops.concatenate([x, state.value], axis=1)
        state.assign(x)
        return joined

    run = CompiledFunction(function, "f")
    assert run(rows(2)).shape == (2, 6) and run(rows(2))[:, 3:].tolist() == rows(2).tolist()
    with pytest.raises(ShapeError, match=r"\(3, 3\)"):
        run(rows(3))


def test_the_cache_is_bounded():
    run = CompiledFunction(lambda x: x + 1, "f", cache_size=3)
    for width in range(1, 9):
        run(rows(2, width))
    assert len(run._cache) == 3
    first = next(iter(run._cache.values()))
    run(rows(2, 6))  # used again, so it is not the next to go
    run(rows(2, 9))
    assert first in run._cache.values()


def test_objects_as_arguments_are_told_apart():
    class Options(dict):
        pass

    class Thing:
        __hash__ = None

        def __init__(self, k):
            self.k = k

    run = CompiledFunction(lambda x, thing: x * thing.k, "f")
    for k in range(20):  # an id may come again once an object is gone
        assert run(np.ones(1), Thing(k)).tolist() == [k]
    assert Options is not dict


def test_arrays_of_different_length_are_refused():
    run = CompiledFunction(lambda x, y: x + y, "adding")
    with pytest.raises(ArgumentError, match=r"adding: .*rows(.|\n)*\(3, 3\), \(1, 3\)"):
        run(rows(3), rows(1))


# --- state ---


def test_variables_are_inputs_and_outputs():
    total, unread = Variable(0.0), Variable(5.0)

    def function(x):
        total.assign_add(ops.sum(x))
        return total.value

    run = CompiledFunction(function, "f")
    assert [float(run(rows(2))) for _ in range(3)] == [15.0, 30.0, 45.0]
    total.assign(100.0)
    assert float(run(rows(2))) == 115.0
    (traced,) = run._cache.values()
    assert traced.variables == [total] and traced.written[0] is total
    assert float(unread) == 5.0


def test_results_share_no_memory_with_state_arguments_or_program():
    state, copy = Variable(np.ones(3)), Variable(np.zeros((2, 3)))

    def function(x):
        copy.assign(x)
        return x, ops.reshape(x, (-1,)), state.value, ops.zeros(3), ops.broadcast_to(x[:1], (2, 3))

    run = CompiledFunction(function, "f")
    x = rows(2, dtype="float64")
    results = run(x)
    for result in results:
        result[...] = 77
    assert (x == rows(2)).all() and (copy.value == rows(2)).all() and (state.value == 1).all()
    x[...] = 9
    assert (copy.value == rows(2)).all()
    assert not run(x)[3].any()


def test_run_steps_equals_single_calls():
    def training():
        w = Variable(np.zeros(3, "float32"))

        def step(x, y):
            _, (slope,) = value_and_grad(
                lambda: ops.mean((ops.sum(x * w, axis=-1) - y) ** 2), variables=[w]
            )()
            w.assign_sub(0.01 * slope)

        return w, CompiledFunction(step, "step")

    x, y = rows(10) / 30, np.arange(10, dtype="float32")
    order = np.random.default_rng(0).permutation(10)
    one, first = training()
    first.specialize((x, y)).run_steps([x, y], order, 4, 0, 3)
    other, second = training()
    for i in range(3):
        places = order[4 * i : 4 * i + 4]
        second(x[places], y[places])
    assert one.value.tobytes() == other.value.tobytes() and len(first._cache) == 1


def test_the_same_seed_gives_the_same_bits():
    def once():
        generator = random.SeedGenerator(3)
        run = CompiledFunction(lambda x: random.dropout(x, 0.5, seed=generator), "f")
        return [run(np.ones((n, 5), "float32")).tobytes() for n in (4, 2, 9)]

    assert once() == once()


# --- errors, executors ---


def test_values_are_not_there_while_tracing():
    run = CompiledFunction(lambda x: x if ops.sum(x) > 0 else -x, "f")
    with pytest.raises(ArgumentTypeError, match="being compiled"):
        run(rows(2))
    run.function = lambda x: np.sin(np.asarray(x))
    with pytest.raises(ArgumentTypeError, match="being compiled"):
        run(rows(2))


def test_an_error_leaves_nothing_behind():
    def fails(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        CompiledFunction(fails, "f")(rows(2))
    assert type(ops.exp(rows(2))) is np.ndarray
    assert type(Variable(1.0).value) is np.ndarray


def test_a_kept_tensor_is_named():
    kept = []
    CompiledFunction(lambda x: kept.append(x) or x, "f")(rows(2))
    for use in (
        lambda: ops.exp(kept[0]),
        lambda: CompiledFunction(lambda x: x + kept[0], "g")(rows(2)),
    ):
        with pytest.raises(ArgumentError, match="another compiled function"):
            use()


def test_executors_by_name(monkeypatch):
    assert executor.executor_name() in executor.EXECUTORS
    with pytest.raises(ArgumentError, match="'nunpy'"):
        executor.set_executor("nunpy")
    monkeypatch.setenv("LAMINA_EXECUTOR", "numpy")
    assert executor.executor_name() == "numpy"


def test_primitives_at_once_give_arrays():
    assert type(apply("sum", np.ones(3), axes=(0,))) is np.ndarray
    assert apply("div", np.ones(1), np.zeros(1))[0] == np.inf  # no warning


def test_the_executable_can_be_read():
    run = CompiledFunction(lambda x: ops.sum(ops.exp(x), axis=1), "f")
    run(rows(2))
    (traced,) = run._cache.values()
    if hasattr(traced.executable, "source"):
        assert traced.executable.source.splitlines()[0] == "def run(inputs, batch):"
