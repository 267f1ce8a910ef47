"""Ctrl-C in the middle of `fit` leaves a model with the weights and the history reached."""

import signal
import threading

import numpy as np
import pytest
from message_table import NUMBERS, X, numbers_model

import lamina


class InterruptAt(lamina.callbacks.Callback):
    """Delivers Ctrl-C a moment after an epoch has begun."""

    def __init__(self, epoch: int, delay: float) -> None:
        super().__init__()
        self.epoch = epoch
        self.delay = delay

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            threading.Timer(self.delay, signal.raise_signal, [signal.SIGINT]).start()


def interrupted(model, epoch=3, delay=0.02, **more):
    with pytest.raises(KeyboardInterrupt):
        model.fit(
            X,
            NUMBERS,
            epochs=100_000,
            verbose=0,
            callbacks=[InterruptAt(epoch, delay)],
            **more,
        )


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.05])
def test_weights_and_history_are_kept(delay):
    model = numbers_model()
    first = model.get_weights()
    interrupted(model, delay=delay)

    assert len(model.history.history["loss"]) >= 3
    assert model.history.epoch[:3] == [0, 1, 2]
    reached = model.get_weights()
    assert any((a != b).any() for a, b in zip(first, reached, strict=True))
    assert all(np.isfinite(w).all() for w in reached)


def test_the_model_goes_on():
    model = numbers_model()
    interrupted(model, validation_split=0.2)
    before = model.evaluate(X, NUMBERS, verbose=0)
    assert model.predict(X, verbose=0).shape == (40, 1)
    model.fit(X, NUMBERS, epochs=20, verbose=0)
    assert model.evaluate(X, NUMBERS, verbose=0) < before + 1e-6


def test_an_interrupted_model_can_be_saved(tmp_path):
    model = numbers_model()
    interrupted(model)
    model.save(tmp_path / "model.keras")
    again = lamina.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model.predict(X, verbose=0), again.predict(X, verbose=0))


def test_predict_can_be_interrupted():
    model = numbers_model()
    before = model.predict(X, verbose=0)
    timer = threading.Timer(0.05, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        for _ in range(100_000):  # an end, should the signal be ignored
            model.predict(X, verbose=0)
    np.testing.assert_array_equal(model.predict(X, verbose=0), before)


def test_a_failed_fit_leaves_a_model_that_trains():
    model = numbers_model()
    before = model.get_weights()
    with pytest.raises(ValueError, match="sizes"):
        model.fit(X, NUMBERS[:7], verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    history = model.fit(X, NUMBERS, epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_an_unbuilt_model_takes_other_data_after_a_mistake():
    model = lamina.Sequential(
        [lamina.layers.Conv2D(2, 3), lamina.layers.Flatten(), lamina.layers.Dense(1)]
    )
    model.compile(optimizer="sgd", loss="mse")
    with pytest.raises(ValueError, match="min_ndim"):
        model.fit(X, NUMBERS, verbose=0)
    model.fit(np.zeros((40, 6, 6, 1), "float32"), NUMBERS, verbose=0)
    assert model.input_shape == (None, 6, 6, 1)
