"""Callbacks that watch a metric: against real Keras on the same logs, and their own promises."""

import os
import warnings

import numpy as np
import pytest

import lamina
from lamina import callbacks, optimizers

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

LOSSES = [1.0, 0.8, 0.79, 0.85, 0.6, 0.61, 0.62, 0.63, 0.5, 0.55, 0.56, 0.57, 0.58]


def run(callback, model, losses=LOSSES, weight=None):
    """Epochs run until training was stopped, and what the callback left in the logs."""
    callback.set_model(model)
    callback.on_train_begin()
    every = []
    for epoch, loss in enumerate(losses):
        model.weights = [np.full(2, epoch)]
        logs = {"val_loss": loss}
        callback.on_epoch_end(epoch, logs)
        every.append(logs)
        if model.stop_training:
            break
    callback.on_train_end()
    return every


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"patience": 2},
        {"patience": 3, "min_delta": 0.05},
        {"patience": 2, "baseline": 0.7},
        {"patience": 2, "restore_best_weights": True},
        {"patience": 1, "start_from_epoch": 5, "restore_best_weights": True},
        {"mode": "max", "patience": 2},
    ],
)
def test_early_stopping_equals_keras(arguments, stand_in):
    ours, theirs = stand_in(), stand_in()
    a = run(callbacks.EarlyStopping(**arguments), ours)
    b = run(keras.callbacks.EarlyStopping(**arguments), theirs)
    assert len(a) == len(b)
    np.testing.assert_array_equal(ours.weights[0], theirs.weights[0])


@pytest.mark.parametrize(
    "arguments",
    [
        {"patience": 1},
        {"patience": 2, "cooldown": 2, "factor": 0.5},
        {"patience": 1, "min_lr": 0.002},
        {"patience": 2, "min_delta": 0.1},
    ],
)
def test_reduce_lr_on_plateau_equals_keras(arguments, stand_in):
    ours = stand_in(optimizers.SGD(0.01))
    theirs = stand_in(keras.optimizers.SGD(0.01))
    a = run(callbacks.ReduceLROnPlateau(**arguments), ours)
    b = run(keras.callbacks.ReduceLROnPlateau(**arguments), theirs)
    rates = [[logs["learning_rate"] for logs in every] for every in (a, b)]
    np.testing.assert_allclose(*rates, rtol=1e-6)
    assert rates[0][-1] < 0.01


def test_state_goes_on_where_it_was(stand_in):
    make = [
        lambda: callbacks.EarlyStopping(patience=3, restore_best_weights=True),
        lambda: callbacks.ReduceLROnPlateau(patience=2),
        lambda: callbacks.ModelCheckpoint("{epoch}.keras", save_best_only=True),
    ]
    for construct in make:
        whole, half = construct(), construct()
        run(whole, stand_in(optimizers.SGD()), LOSSES[:6])
        run(half, stand_in(optimizers.SGD()), LOSSES[:3])
        resumed = construct()
        resumed.set_model(stand_in(optimizers.SGD()))
        resumed.on_train_begin()
        resumed.set_state(half.get_state())
        for epoch in range(3, 6):
            resumed.model.weights = [np.full(2, epoch)]
            resumed.on_epoch_end(epoch, {"val_loss": LOSSES[epoch]})
        assert str(resumed.get_state()) == str(whole.get_state())


def test_missing_metric_is_named(stand_in):
    callback = callbacks.EarlyStopping("val_loss")
    callback.set_model(stand_in())
    with pytest.warns(UserWarning, match="`val_loss` which is not available.*are: loss"):
        callback.on_epoch_end(0, {"loss": 1.0})


def test_direction_comes_from_the_metric(make_model, data):
    x, y = data
    model = make_model()
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", "mae"])
    model.fit(x, (y > 0).astype("float32"), verbose=0)
    expected = {"val_accuracy": lamina.ops.greater, "mae": lamina.ops.less, "loss": lamina.ops.less}
    for name, op in expected.items():
        watch = callbacks.MonitorCallback(name)
        watch.set_model(model)
        watch._set_monitor_op()
        assert watch.monitor_op is op
    watch = callbacks.MonitorCallback("unheard")
    watch.set_model(model)
    with pytest.raises(ValueError, match="cannot be determined whether"):
        watch._set_monitor_op()


def test_unknown_mode_warns():
    with pytest.warns(UserWarning, match="mode 'up' is unknown"):
        callbacks.EarlyStopping(mode="up")


def test_messages(stand_in, capsys):
    run(callbacks.EarlyStopping(verbose=1, restore_best_weights=True), stand_in(), [1.0, 2.0])
    out = capsys.readouterr().out
    assert "Epoch 2: early stopping" in out
    assert "best epoch: 1." in out
    model = stand_in(optimizers.SGD(0.5))
    run(callbacks.ReduceLROnPlateau(patience=1, factor=0.5, verbose=1), model, [1.0, 2.0])
    assert "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.25." in capsys.readouterr().out


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="factor >= 1.0"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.raises(ValueError, match="Did you mean 'patience'"):
        callbacks.ReduceLROnPlateau(patients=3)
    with pytest.raises(ValueError, match="Unrecognized save_freq"):
        callbacks.ModelCheckpoint("x.keras", save_freq="batch")
    with pytest.raises(ValueError, match=r"must end in `.keras`"):
        callbacks.ModelCheckpoint("x")
    with pytest.raises(ValueError, match=r"must end in `.weights.h5`"):
        callbacks.ModelCheckpoint("x.keras", save_weights_only=True)


def test_checkpoint_names_and_choice(stand_in, tmp_path, capsys):
    model = stand_in()
    path = str(tmp_path / "{epoch:02d}-{val_loss:.1f}.keras")
    run(callbacks.ModelCheckpoint(path, save_best_only=True, verbose=1), model, [1.0, 2.0, 0.5])
    assert [os.path.basename(p) for p in model.saved] == ["01-1.0.keras", "03-0.5.keras"]
    assert "val_loss did not improve from 1.00000" in capsys.readouterr().out
    model = stand_in()
    run(callbacks.ModelCheckpoint(path, initial_value_threshold=0.7, save_best_only=True), model)
    assert len(model.saved) == 2
    with pytest.raises(KeyError, match="Failed to format.*Available names: epoch, val_loss"):
        run(callbacks.ModelCheckpoint("{acc}.keras"), stand_in())
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(OSError, match="non-directory"):
        run(callbacks.ModelCheckpoint(tmp_path / "folder.keras"), stand_in())


def test_checkpoint_by_batches(make_model, data, tmp_path):
    one = callbacks.ModelCheckpoint(
        tmp_path / "{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=3
    )
    make_model().fit(*data, batch_size=8, epochs=2, verbose=0, callbacks=[one])
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["1-3.weights.h5", "2-1.weights.h5", "2-4.weights.h5"]


def test_checkpoint_restores(make_model, data, tmp_path):
    model = make_model()
    path = tmp_path / "model.keras"
    model.fit(*data, verbose=0, callbacks=[callbacks.ModelCheckpoint(path)])
    again = lamina.saving.load_model(path)
    np.testing.assert_array_equal(
        again.predict(data[0], verbose=0), model.predict(data[0], verbose=0)
    )


def test_learning_rate_scheduler(make_model, data):
    model = make_model(optimizers.SGD(0.5))
    history = model.fit(
        *data,
        epochs=3,
        verbose=0,
        callbacks=[callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)],
    )
    assert history.history["learning_rate"] == [0.25, 0.125, 0.0625]
    model.fit(*data, verbose=0, callbacks=[callbacks.LearningRateScheduler(lambda epoch: 0.5)])
    assert float(model.optimizer.learning_rate) == 0.5
    with pytest.raises(ValueError, match="should be a float"):
        model.fit(*data, verbose=0, callbacks=[callbacks.LearningRateScheduler(lambda e, r: "x")])


@pytest.mark.filterwarnings("ignore:NaN or infinity")
def test_terminate_on_nan(make_model, data, capsys):
    x, y = data
    y = np.full_like(y, np.inf)
    history = make_model("sgd").fit(
        x, y, epochs=5, verbose=0, callbacks=[callbacks.TerminateOnNaN()]
    )
    assert len(history.history["loss"]) == 1
    assert "Invalid loss, terminating training" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="NaN or Inf loss encountered at batch"):
        make_model("sgd").fit(
            x, y, verbose=0, callbacks=[callbacks.TerminateOnNaN(raise_error=True)]
        )


def test_signatures_equal_keras():
    import inspect

    for name in callbacks.__all__:
        if name == "MonitorCallback":  # not public in Keras
            continue
        ours = inspect.signature(getattr(callbacks, name).__init__).parameters
        theirs = inspect.signature(getattr(keras.callbacks, name).__init__).parameters
        assert list(ours) == list(theirs), name
        assert [p.default for p in ours.values()] == [p.default for p in theirs.values()], name


def test_swap_ema_weights(make_model, data):
    optimizer = optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    model = make_model(optimizer)
    model.fit(*data, epochs=2, verbose=0)
    trained = [w.copy() for w in model.get_weights()]
    optimizer.variables[2].assign(optimizer.variables[2] + 1)
    swap = callbacks.SwapEMAWeights()
    with_average = model.predict(data[0], verbose=0, callbacks=[swap])
    without = model.predict(data[0], verbose=0)
    assert not np.allclose(with_average, without)
    for a, b in zip(trained, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="`use_ema=True` is set"):
        make_model().predict(data[0], verbose=0, callbacks=[callbacks.SwapEMAWeights()])


def test_remote_monitor_warns():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        callbacks.RemoteMonitor("http://127.0.0.1:9").on_epoch_end(0, {"loss": np.float32(1)})
    assert "Could not reach RemoteMonitor root server" in str(caught[-1].message)
