"""How callbacks are called: order, logs, batch hooks, checks."""

import numpy as np
import pytest

from lamina import callbacks


class Recorder(callbacks.Callback):
    def __init__(self, calls, name):
        super().__init__()
        self.calls = calls
        self.name = name

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append((self.name, epoch, dict(logs)))
        logs["extra"] = 1.0


def test_later_callbacks_see_what_earlier_ones_add():
    calls = []
    group = callbacks.CallbackList([Recorder(calls, "a"), Recorder(calls, "b")], add_history=True)
    group.on_train_begin()
    group.on_epoch_end(0, {"loss": np.float32(0.5)})
    assert calls == [("a", 0, {"loss": 0.5}), ("b", 0, {"loss": 0.5, "extra": 1.0})]
    assert group._history.history == {"loss": [0.5], "extra": [1.0]}


def test_logs_become_plain_sorted_and_flat():
    seen = []
    one = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs))
    callbacks.CallbackList([one]).on_epoch_end(
        0, {"loss": np.array(1.0), "a": {"c": 2, "b": np.float32(1)}, "z": [1, 2]}
    )
    assert list(seen[0].items()) == [("b", 1.0), ("c", 2.0), ("loss", 1.0), ("z", [1, 2])]


def test_model_and_params_reach_all(stand_in):
    model = stand_in()
    inner = callbacks.Callback()
    group = callbacks.CallbackList([[inner]], add_history=True, model=model, epochs=3, verbose=0)
    assert inner.model is model
    assert inner.params == {"epochs": 3, "verbose": 0}
    assert model.history is group._history


def on_batch(batch, logs=None):
    pass


class Batches(callbacks.Callback):
    def on_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize(
    "callback, expected",
    [
        (callbacks.EarlyStopping(), False),
        (callbacks.TerminateOnNaN(), False),
        (callbacks.ProgbarLogger(), False),
        (callbacks.BackupAndRestore("x", save_freq=3), False),
        (callbacks.ModelCheckpoint("x.keras"), False),
        (callbacks.ModelCheckpoint("x.keras", save_freq=3), True),
        (callbacks.LambdaCallback(on_epoch_end=on_batch), False),
        (callbacks.LambdaCallback(on_train_batch_end=on_batch), True),
        (callbacks.LambdaCallback(on_test_batch_begin=on_batch), True),
        (Batches(), True),
    ],
)
def test_who_needs_every_batch(callback, expected):
    assert callbacks.CallbackList([callback], add_history=True).has_batch_hooks is expected


def test_every_batch_is_seen_when_wanted(make_model, data):
    seen = []
    one = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    make_model().fit(*data, batch_size=8, epochs=2, verbose=0, callbacks=[one])
    assert seen == [0, 1, 2, 3, 4] * 2


def test_a_callback_without_super_init_works(make_model, data):
    class Lazy(callbacks.Callback):
        def __init__(self):
            self.epochs = []

        def on_epoch_end(self, epoch, log=None):  # another name than `logs`
            self.epochs.append((epoch, self.model is not None))

    lazy = Lazy()
    make_model().fit(*data, epochs=2, verbose=0, callbacks=[lazy])
    assert lazy.epochs == [(0, True), (1, True)]


def test_a_class_is_refused():
    with pytest.raises(TypeError, match="holds a class.*\n.*EarlyStopping"):
        callbacks.CallbackList([callbacks.EarlyStopping])
    with pytest.raises(TypeError, match="not a callback"):
        callbacks.CallbackList([print])


def test_the_backup_comes_last():
    backup = callbacks.BackupAndRestore("x")
    group = callbacks.CallbackList([backup, callbacks.Callback()], add_history=True)
    assert group.callbacks[-1] is backup


def test_unknown_hook_of_lambda_callback():
    with pytest.raises(ValueError, match="Did you mean 'on_epoch_end'"):
        callbacks.LambdaCallback(on_epock_end=print)
