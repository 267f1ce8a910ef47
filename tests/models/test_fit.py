"""Training: what runs in one call, what callbacks see, what people override."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops


def network(dropout: float = 0.0) -> lamina.Model:
    lamina.utils.set_random_seed(3)
    return lamina.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(8, activation="relu"),
            layers.Dropout(dropout),
            layers.BatchNormalization(),
            layers.Dense(2, activation="softmax"),
        ]
    )


def data(rows: int = 50) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("int64")


class Counter(lamina.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def on_train_batch_end(self, batch, logs=None) -> None:
        self.batches.append(batch)
        assert set(logs) == {"accuracy", "loss"}


def trained(callbacks=(), **compile_arguments):
    model = network(dropout=0.5)
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compile_arguments
    )
    history = model.fit(*data(), batch_size=8, epochs=3, verbose=0, callbacks=list(callbacks))
    return model, history.history


def test_a_stretch_of_steps_equals_single_steps():
    """Batch hooks make every call one step; the bits are the same."""
    counter = Counter()
    watched, with_hooks = trained([counter])
    plain, without = trained()
    assert counter.batches == list(range(7)) * 3
    assert with_hooks == without
    for a, b in zip(watched.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_program_serves_the_last_batch_too():
    model, _ = trained()
    assert len(model.train_function._cache) == 1


def test_several_steps_in_an_execution():
    counter = Counter()
    trained([counter], steps_per_execution=3)
    assert counter.batches == [2, 5, 8] * 3


@pytest.mark.parametrize("kind", ["generator", "dataset"])
def test_batches_from_elsewhere_train_like_arrays(kind):
    x, y = data(48)

    class Batches(lamina.utils.PyDataset):
        def __len__(self) -> int:
            return 6

        def __getitem__(self, i):
            return x[8 * i : 8 * i + 8], y[8 * i : 8 * i + 8]

    def generate():
        for i in range(6):
            yield x[8 * i : 8 * i + 8], y[8 * i : 8 * i + 8]

    weights = []
    for source in ((x, y), (generate() if kind == "generator" else Batches(), None)):
        model = network()
        model.compile("sgd", "sparse_categorical_crossentropy")
        size = {} if source[1] is None else {"batch_size": 8}
        model.fit(*source, epochs=1, shuffle=False, verbose=0, **size)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_train_step_of_the_users_own():
    class Halved(lamina.Model):
        def __init__(self) -> None:
            super().__init__()
            self.head = layers.Dense(1)

        def call(self, inputs):
            return self.head(inputs)

        def train_step(self, data):
            x, y = data

            def loss():
                return ops.mean(ops.square(y - self(x)[:, 0]))

            value, slopes = lamina.value_and_grad(loss, variables=self.trainable_variables)()
            for variable, slope in zip(self.trainable_variables, slopes, strict=True):
                variable.assign_sub(0.1 * slope)
            return {"half_loss": value / 2}

    x, y = data()
    model = Halved()
    model.compile("sgd", "mse")
    history = model.fit(x, y.astype("float32"), epochs=4, verbose=0).history
    assert list(history) == ["half_loss"]
    assert history["half_loss"][-1] < history["half_loss"][0]


def test_python_code_that_needs_the_batch_size():
    """The batch size as a number: traced again with it fixed, for each size that comes."""

    class RowByRow(layers.Layer):
        def call(self, inputs):
            return ops.stack([inputs[i] for i in range(inputs.shape[0])])

    model = lamina.Sequential([layers.Input((4,)), RowByRow(), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, _ = data(10)
    model.fit(x, x[:, :1], batch_size=4, verbose=0)
    assert model.predict(x, batch_size=4, verbose=0).shape == (10, 1)


def test_outputs_keep_their_structure():
    x = layers.Input((4,), name="x")
    model = lamina.Model(x, {"a": layers.Dense(2)(x), "b": [layers.Dense(3)(x)]})
    found = model.predict(data(40)[0], verbose=0)
    assert found["a"].shape == (40, 2) and found["b"][0].shape == (40, 3)


def test_evaluate_is_the_mean_over_rows_not_batches():
    model = network()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = data()
    whole = model.evaluate(x, y, batch_size=50, verbose=0)
    parts = model.evaluate(x, y, batch_size=7, verbose=0)
    np.testing.assert_allclose(parts, whole, rtol=1e-5)


def test_losses_of_layers_are_minimised():
    inputs = layers.Input((4,))
    outputs = layers.Dense(2, activity_regularizer="l2", kernel_regularizer="l1")(inputs)
    model = lamina.Model(inputs, outputs)
    model.compile(lamina.optimizers.SGD(0.05), "mse")
    x, _ = data()
    before = model.evaluate(x, np.zeros((50, 2)), verbose=0)
    plain = float(np.mean(np.square(model.predict(x, verbose=0))))
    assert before > plain
    history = model.fit(x, np.zeros((50, 2)), epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_frozen_weights_stay():
    model = network()
    model.layers[0].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.layers[0].get_weights()
    model.fit(*data(), verbose=0)
    for a, b in zip(before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_change_of_trainable_after_compile_warns():
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(*data(), verbose=0)
    model.layers[0].trainable = False
    with pytest.warns(UserWarning, match="trainable"):
        model.fit(*data(), verbose=0)


def test_summary_counts():
    lines: list[str] = []
    network().summary(print_fn=lines.append)
    text = "".join(lines)
    assert "Total params: 90" in text and "Trainable params: 74" in text
    assert "(None, 8)" in text


def test_a_copy_has_weights_of_its_own():
    model = network()
    copy = lamina.models.clone_model(model)
    copy.set_weights([np.zeros_like(w) for w in copy.get_weights()])
    assert any(w.any() for w in model.get_weights())
    assert [v.name for v in copy.layers] == [v.name for v in model.layers]


def test_part_of_a_graph_is_a_model():
    inputs = layers.Input((4,))
    hidden = layers.Dense(3, activation="tanh")(inputs)
    whole = lamina.Model(inputs, layers.Dense(1)(hidden))
    lower, upper = lamina.Model(inputs, hidden), lamina.Model(hidden, whole.output)
    x, _ = data(5)
    joined = upper.predict(lower.predict(x, verbose=0), verbose=0)
    np.testing.assert_allclose(joined, whole.predict(x, verbose=0), rtol=1e-6)
