"""Files go both ways between Lamina and real Keras, with equal predictions."""

import os
from collections.abc import Collection
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

# One model for each kind of state and graph; `make test-full` takes them all.
QUICK = """dense batch_normalization prelu bidirectional adapted_normalization
adapted_discretization dropout shared_layer nested_models operators mixed_dtype""".split()
QUICK_H5 = ("nested_models", "operators")


def _quick_or_slow(name: str, quick: Collection[str], *more: str) -> Any:
    return pytest.param(name, *more, marks=() if name in quick else pytest.mark.slow)


NAMES = [_quick_or_slow(name, QUICK) for name in MODELS]
FILES = [_quick_or_slow(name, QUICK, ".keras") for name in MODELS]
# An `.h5` file has no place for boundaries that were found by `adapt`.
FILES += [_quick_or_slow(n, QUICK_H5, ".h5") for n in MODELS if n != "adapted_discretization"]


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


def _scatter(model: Any, used: bool = False) -> None:
    """Values that differ everywhere, those of variances positive.

    Args:
        model: its weights are set.
        used: whether to compile it with an optimizer that has some state.
    """
    random = np.random.default_rng(2)

    def values(old: list) -> list:
        return [(0.1 + random.random(np.shape(w)) / 2).astype(w.dtype) for w in old]

    model.set_weights(values(model.get_weights()))
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):  # what `adapt` found
            layer.finalize_state()
    if used:
        losses = (keras if isinstance(model, keras.Model) else lamina).losses
        model.compile("adam", losses.MeanSquaredError())  # Keras cannot read "mse" of an `.h5` file
        model.optimizer.build(model.trainable_variables)
        state = model.optimizer.variables[2:]  # all but step count and learning rate
        for variable, value in zip(state, values([v.numpy() for v in state]), strict=True):
            variable.assign(value)


def _same_optimizer(a: Any, b: Any) -> None:
    for left, right in zip(a.optimizer.variables, b.optimizer.variables, strict=True):
        np.testing.assert_allclose(left.numpy(), right.numpy(), rtol=1e-7)


def _outputs(model: Any, x: Any) -> Any:
    """Predictions; real Keras's without `predict`, which would compile a program for seconds."""
    return model(x) if isinstance(model, keras.Model) else model.predict(x, verbose=0)


def _same(a: Any, b: Any) -> None:
    many = isinstance(a, (list, tuple))
    for left, right in zip(a if many else [a], b if many else [b], strict=True):
        np.testing.assert_allclose(np.asarray(left), np.asarray(right), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "extension"), FILES)
@pytest.mark.filterwarnings("ignore")
def test_keras_to_lamina(name: str, extension: str, tmp_path: Path) -> None:
    written = MODELS[name](keras)
    _scatter(written, used=True)
    written.save(tmp_path / f"m{extension}")
    read = lamina.saving.load_model(tmp_path / f"m{extension}")
    x = _inputs(written)
    _same(_outputs(read, x), _outputs(written, x))
    _same_optimizer(read, written)


@pytest.mark.parametrize(("name", "extension"), FILES)
@pytest.mark.filterwarnings("ignore")
def test_lamina_to_keras(name: str, extension: str, tmp_path: Path) -> None:
    written = MODELS[name](lamina)
    _scatter(written, used=True)
    written.save(tmp_path / f"m{extension}")
    read = keras.saving.load_model(tmp_path / f"m{extension}")
    x = _inputs(written)
    _same(_outputs(read, x), _outputs(written, x))
    if extension == ".keras":  # from `.h5` Keras never restores the state, not even its own
        _same_optimizer(read, written)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")
def test_weights_both_ways(name: str, tmp_path: Path) -> None:
    ours, theirs = MODELS[name](lamina), MODELS[name](keras)
    _scatter(ours)
    ours.save_weights(tmp_path / "m.weights.h5")
    theirs.load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7)  # Keras on JAX makes float32 of float64
    theirs.save_weights(tmp_path / "n.weights.h5")
    again = MODELS[name](lamina)
    again.load_weights(tmp_path / "n.weights.h5")
    for a, b in zip(again.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7)


@pytest.mark.parametrize("name", [_quick_or_slow(n, ("adam", "averaged")) for n in OPTIMIZERS])
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
