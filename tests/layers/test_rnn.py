"""Recurrent layers against real Keras, and what they keep between batches."""

import numpy as np
import pytest
from keras_twin import (
    Case,
    build_twins,
    check_config,
    check_forward_and_gradient,
    check_one_program,
)

import lamina
from lamina import layers, ops
from lamina.runtime.compiled import CompiledFunction

X = ((5, 3),)
MASK = {"mask": (5,)}


def _rnn(name: str, **options: object):
    return lambda k: getattr(k.layers, name)(4, **options)


def _both(name: str, merge_mode: object = "concat", **options: object):
    return lambda k: k.layers.Bidirectional(
        getattr(k.layers, name)(4, **options), merge_mode=merge_mode
    )


CASES = {
    **{f"{name}": Case(_rnn(name), X) for name in ("SimpleRNN", "LSTM", "GRU")},
    **{
        f"{name} all": Case(_rnn(name, return_sequences=True, return_state=True), X)
        for name in ("SimpleRNN", "LSTM", "GRU")
    },
    **{
        f"{name} masked": Case(_rnn(name, return_sequences=True, return_state=True), X, MASK)
        for name in ("SimpleRNN", "LSTM", "GRU")
    },
    **{
        f"{name} backwards masked": Case(
            _rnn(name, return_sequences=True, go_backwards=True), X, MASK
        )
        for name in ("SimpleRNN", "LSTM", "GRU")
    },
    "LSTM zeros": Case(_rnn("LSTM", return_sequences=True, zero_output_for_mask=True), X, MASK),
    "LSTM unrolled": Case(_rnn("LSTM", unroll=True, return_sequences=True), X, MASK),
    "LSTM plain": Case(_rnn("LSTM", use_bias=False, recurrent_activation="hard_sigmoid"), X),
    "GRU reset before": Case(_rnn("GRU", reset_after=False), X, MASK),
    "GRU no bias": Case(_rnn("GRU", use_bias=False, go_backwards=True), X),
    "stacked": Case(
        lambda k: k.layers.RNN([k.layers.LSTMCell(4), k.layers.GRUCell(3)], return_sequences=True),
        X,
        MASK,
    ),
    "cell": Case(lambda k: k.layers.RNN(k.layers.SimpleRNNCell(4, activation="relu")), X, MASK),
    "both LSTM": Case(_both("LSTM"), X),
    "both GRU masked": Case(_both("GRU", return_sequences=True), X, MASK),
    "both sum": Case(_both("SimpleRNN", "sum", return_sequences=True), X),
    "both ave": Case(_both("LSTM", "ave", return_state=True), X),
    "both mul": Case(_both("GRU", "mul"), X),
    "both apart": Case(_both("LSTM", None, return_sequences=True), X),
    "each step": Case(lambda k: k.layers.TimeDistributed(k.layers.Dense(4)), X),
    "each image": Case(lambda k: k.layers.TimeDistributed(k.layers.Conv2D(2, 2)), ((3, 4, 4, 2),)),
    "ConvLSTM1D": Case(lambda k: k.layers.ConvLSTM1D(3, 2, padding="same"), ((3, 5, 2),)),
    "ConvLSTM2D": Case(lambda k: k.layers.ConvLSTM2D(2, 2, return_sequences=True), ((3, 4, 4, 2),)),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    check_forward_and_gradient(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_one_program_for_all_batch_sizes(name: str) -> None:
    check_one_program(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_config(name: str) -> None:
    check_config(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_output_shape(name: str) -> None:
    layer = CASES[name].make(lamina)
    inputs, _ = CASES[name].arguments(2)
    outputs = layer(inputs[0])
    outputs = outputs if isinstance(outputs, tuple) else [outputs]
    shapes = layer.compute_output_shape(inputs[0].shape)
    shapes = shapes if isinstance(shapes[0], tuple) else [shapes]
    assert [o.shape for o in outputs] == [tuple(s) for s in shapes]


def test_unknown_time_in_a_symbolic_call() -> None:
    x = lamina.KerasTensor((None, None, 3))
    assert layers.LSTM(4, return_sequences=True)(x).shape == (None, None, 4)
    assert layers.Bidirectional(layers.GRU(4))(x).shape == (None, 8)
    assert layers.TimeDistributed(layers.Dense(2))(x).shape == (None, None, 2)


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_initial_state(name: str) -> None:
    ours, theirs = build_twins(Case(_rnn(name), X))
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    states = [np.full((2, 4), 0.3, "float32")] * len(ours.state_size)
    np.testing.assert_allclose(
        ours(x, initial_state=states), np.asarray(theirs(x, initial_state=states)), atol=1e-5
    )


def test_stateful() -> None:
    case = Case(_rnn("LSTM", stateful=True), X)
    ours, theirs = case.make(lamina), case.make(__import__("keras"))
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    ours(x), theirs(x)
    ours.set_weights([np.asarray(w) for w in theirs.get_weights()])
    ours.reset_state(), theirs.reset_state()
    for _ in range(3):
        np.testing.assert_allclose(ours(x), np.asarray(theirs(x)), atol=1e-5)
    assert all(np.any(np.asarray(s)) for s in ours.states)
    assert len(ours.weights) == 3
    ours.reset_state()
    assert not any(np.any(np.asarray(s)) for s in ours.states)
    with pytest.raises(ValueError, match="batch size"):
        ours(x[:1])


def test_stateful_in_a_program() -> None:
    layer, x = layers.GRU(4, stateful=True), np.ones((2, 5, 3), "float32")
    eager = [layer(x), layer(x)]
    layer.reset_state()
    compiled = CompiledFunction(lambda a: layer(a), "stateful")
    for expected in eager:
        np.testing.assert_allclose(compiled(x), expected, atol=1e-6)


def test_stateful_needs_a_batch_size() -> None:
    with pytest.raises(ValueError, match="batch size must be static"):
        layers.LSTM(4, stateful=True)(lamina.KerasTensor((None, 5, 3)))


def test_loop_is_one_node() -> None:
    layer, x = layers.LSTM(4), np.ones((2, 50, 3), "float32")
    layer(x)
    compiled = CompiledFunction(lambda a: layer(a), "lstm")
    compiled(x)
    program = next(iter(compiled._cache.values())).program
    assert sum(node.primitive == "scan" for node in program.nodes) == 1
    assert len(program.nodes) < 40


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_dropout_masks_hold_for_all_steps(name: str) -> None:
    layer = _rnn(name, dropout=0.5, seed=1)(lamina)
    x = np.ones((4, 6, 8), "float32")
    layer(x)
    seen = []
    project = layer.cell.project
    object.__setattr__(
        layer.cell,
        "project",
        lambda inputs, masks=None: seen.append(masks) or project(inputs, masks),
    )
    layer(x, training=True)
    assert len(seen) == 6 and all(m is seen[0] for m in seen)
    assert layer.cell._held is None
    layer(x, training=True)
    assert not np.array_equal(seen[0][0], seen[6][0])


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
@pytest.mark.parametrize("options", [{"dropout": 0.3}, {"recurrent_dropout": 0.3}])
def test_dropout_in_a_program_equals_eager(name: str, options: dict) -> None:
    x = np.random.default_rng(0).normal(size=(3, 5, 4)).astype("float32")
    layer = _rnn(name, seed=5, **options)(lamina)
    layer(x)
    state = layer.cell.seed_generator.state
    start = state.numpy()
    eager = layer(x, training=True)
    state.assign(start)
    compiled = CompiledFunction(lambda a: layer(a, training=True), "dropout")
    np.testing.assert_allclose(compiled(x), eager, atol=1e-6)
    assert np.any(compiled(x) != eager)


def test_stacked_cells_drop_in_a_program() -> None:
    cells = [layers.LSTMCell(4, dropout=0.4), layers.GRUCell(3, recurrent_dropout=0.4)]
    layer, x = layers.RNN(cells), np.ones((3, 5, 2), "float32")
    layer(x)
    compiled = CompiledFunction(lambda a: layer(a, training=True), "stack")
    assert compiled(x).shape == (3, 3) and compiled(x[:2]).shape == (2, 3)
    assert len(compiled._cache) == 1


def test_mask_of_an_earlier_layer() -> None:
    x = np.array([[1, 2, 0, 0], [3, 1, 2, 0]])
    embedded = layers.Embedding(5, 3, mask_zero=True)(x)
    layer = layers.LSTM(4)
    np.testing.assert_allclose(layer(embedded)[0], layer(embedded[:1, :2])[0], atol=1e-6)


class Doubler:
    """A cell that is no layer: its state counts, its output doubles the input."""

    state_size = 3
    output_size = 3

    def call(self, inputs: object, states: object) -> tuple:
        return inputs * 2, [states[0] + 1]


def test_cell_that_is_no_layer() -> None:
    x = np.ones((2, 4, 3), "float32")
    output, count = layers.RNN(Doubler(), return_state=True)(x)
    assert np.all(output == 2) and np.all(count == 4)


def test_cell_alone() -> None:
    cell = layers.LSTMCell(4)
    x = np.ones((2, 3), "float32")
    output, states = cell(x, cell.get_initial_state(2))
    layer = layers.RNN(cell)
    np.testing.assert_allclose(layer(x[:, None]), output, atol=1e-6)
    assert len(states) == 2


def test_activity_regularizer_counts() -> None:
    layer = layers.SimpleRNN(4, activity_regularizer="l2")
    y = layer(np.ones((2, 3, 4), "float32"))
    np.testing.assert_allclose(layer.losses[0], 0.01 * ops.sum(y * y) / 2, rtol=1e-5)


class Counting(layers.Layer):
    """A layer with state: counts its calls in training."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs: object, training: bool = False) -> object:
        if training:
            self.count.assign_add(1.0)
        return inputs

    def compute_output_shape(self, input_shape: object) -> object:
        return input_shape


def test_time_distributed_gives_state_one_step_after_the_other() -> None:
    layer, x = layers.TimeDistributed(Counting()), np.ones((2, 5, 3), "float32")
    layer(x, training=True)
    assert float(layer.layer.count.numpy()) == 5
    layer(x)
    assert float(layer.layer.count.numpy()) == 5


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.LSTM(0), "positive integer"),
        (lambda: layers.GRU(3, use_cudnn="no"), "use_cudnn"),
        (lambda: layers.RNN(3), "`call` method"),
        (lambda: layers.RNN(layers.Dense(3)), "`state_size`"),
        (lambda: layers.Bidirectional(3), "recurrent layer"),
        (
            lambda: layers.Bidirectional(layers.GRU(3), merge_mode="concatt"),
            "Did you mean 'concat'",
        ),
        (
            lambda: layers.Bidirectional(layers.GRU(3), backward_layer=layers.GRU(3)),
            "different `go_backwards`",
        ),
        (lambda: layers.TimeDistributed(3), "TimeDistributed"),
        (lambda: layers.TimeDistributed(layers.Dense(3)).build((2, 3)), "at least 3 dimensions"),
        (lambda: layers.LSTM(3)(np.ones((2, 3), "float32")), "expected ndim=3"),
        (lambda: layers.LSTM(3)(np.ones((2, 0, 3), "float32")), "at least one time step"),
    ],
)
def test_errors(make, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()
