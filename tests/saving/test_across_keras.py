"""Files go both ways between Lamina and real Keras, with equal predictions."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_table import MODELS

import lamina

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason="real Keras is not installed")

OPTIMIZERS = {
    "sgd": lambda k: k.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "adam": lambda k: k.optimizers.Adam(k.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)),
    "adamw": lambda k: k.optimizers.AdamW(0.01, weight_decay=0.1, clipnorm=1.0),
    "adamax": lambda k: k.optimizers.Adamax(0.01),
    "nadam": lambda k: k.optimizers.Nadam(0.01),
    "rmsprop": lambda k: k.optimizers.RMSprop(0.01, centered=True, momentum=0.5),
    "adagrad": lambda k: k.optimizers.Adagrad(0.01),
    "adadelta": lambda k: k.optimizers.Adadelta(1.0),
    "ftrl": lambda k: k.optimizers.Ftrl(0.01),
    "lion": lambda k: k.optimizers.Lion(0.01),
    "averaged": lambda k: k.optimizers.SGD(0.01, use_ema=True),
}


def _inputs(model: Any) -> Any:
    random = np.random.default_rng(1)
    values = []
    for tensor in model.inputs:
        shape = (5, *tensor.shape[1:])
        if str(tensor.dtype).startswith("int"):
            values.append(random.integers(0, 5, shape).astype("int32"))
        else:
            values.append(random.normal(size=shape).astype("float32"))
    return values if len(values) > 1 else values[0]


def _scatter(model: Any) -> None:
    """Values that differ everywhere, those of variances positive."""
    random = np.random.default_rng(2)
    model.set_weights(
        [(0.1 + random.random(w.shape) / 2).astype(w.dtype) for w in model.get_weights()]
    )


def _outputs(model: Any, x: Any) -> Any:
    """Predictions; real Keras's without `predict`, which would compile a program for seconds."""
    return model(x) if isinstance(model, keras.Model) else model.predict(x, verbose=0)


def _same(a: Any, b: Any) -> None:
    many = isinstance(a, (list, tuple))
    for left, right in zip(a if many else [a], b if many else [b], strict=True):
        np.testing.assert_allclose(np.asarray(left), np.asarray(right), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("extension", [".keras", ".h5"])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore")
def test_keras_to_lamina(name: str, extension: str, tmp_path: Path) -> None:
    written = MODELS[name](keras)
    _scatter(written)
    written.save(tmp_path / f"m{extension}")
    read = lamina.saving.load_model(tmp_path / f"m{extension}")
    x = _inputs(written)
    _same(_outputs(read, x), _outputs(written, x))


@pytest.mark.parametrize("extension", [".keras", ".h5"])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore")
def test_lamina_to_keras(name: str, extension: str, tmp_path: Path) -> None:
    written = MODELS[name](lamina)
    _scatter(written)
    written.save(tmp_path / f"m{extension}")
    read = keras.saving.load_model(tmp_path / f"m{extension}")
    x = _inputs(written)
    _same(_outputs(read, x), _outputs(written, x))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore")
def test_weights_both_ways(name: str, tmp_path: Path) -> None:
    ours, theirs = MODELS[name](lamina), MODELS[name](keras)
    _scatter(ours)
    ours.save_weights(tmp_path / "m.weights.h5")
    theirs.load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    theirs.save_weights(tmp_path / "n.weights.h5")
    again = MODELS[name](lamina)
    again.load_weights(tmp_path / "n.weights.h5")
    for a, b in zip(again.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.filterwarnings("ignore")
def test_training_goes_on_alike(name: str, tmp_path: Path) -> None:
    """The optimizer's state travels: one more step gives the same weights on both sides."""
    x = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    y = x.sum(1, keepdims=True)
    for write, read in ((keras, lamina), (lamina, keras)):
        model = write.Sequential([write.Input((4,)), write.layers.Dense(1)])
        eagerly = write is keras  # as above
        model.compile(OPTIMIZERS[name](write), write.losses.MeanSquaredError(), run_eagerly=eagerly)
        model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        model.save(tmp_path / "m.keras")
        other = read.saving.load_model(tmp_path / "m.keras")
        assert int(other.optimizer.iterations) == 4
        other.run_eagerly = read is keras
        for one in (model, other):
            one.fit(x, y, batch_size=8, epochs=1, shuffle=False, verbose=0)
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
