"""A layer of Lamina beside the same layer of real Keras, with the same weights."""

import copy
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import lamina
from lamina.base import tree
from lamina.runtime.compiled import CompiledFunction

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason="real Keras is not installed")
jax = pytest.importorskip("jax", reason="the gradients of real Keras need jax")


class Case(NamedTuple):
    """One layer and how it is called.

    Attributes:
        make: (lamina or keras) -> layer.
        shapes: of the inputs, without the batch.
        masks: name of a call argument -> its shape without the batch.
        options: further call arguments.
        as_list: whether the inputs are one list.
    """

    make: Callable[[Any], Any]
    shapes: tuple
    masks: dict[str, tuple] = {}
    options: dict[str, Any] = {}
    as_list: bool = False

    def arguments(self, batch: int) -> tuple[list, dict[str, np.ndarray]]:
        random = np.random.default_rng(batch)
        inputs = [random.normal(size=(batch, *s)).astype("float32") for s in self.shapes]
        masks = {n: random.random((batch, *s)) < 0.6 for n, s in self.masks.items()}
        for mask in masks.values():
            mask[0] = True  # one row with nothing masked
            mask[..., 0] = True  # and no query that sees nothing
        return inputs, masks

    def apply(self, function: Callable, inputs: list, masks: dict) -> list:
        args = [list(inputs)] if self.as_list else inputs
        return [o for o in tree.flatten(function(*args, **masks, **self.options)) if o is not None]


def build(case: Case) -> Any:
    """Lamina's layer, built, with weights that differ everywhere."""
    layer = case.make(lamina)
    case.apply(layer, *case.arguments(3))
    random = np.random.default_rng(7)
    layer.set_weights([(random.normal(size=w.shape) / 2).astype("float32") for w in layer.weights])
    return layer


def build_twins(case: Case) -> tuple[Any, Any]:
    """Lamina's layer and Keras's with the same weights; Keras's built from shapes, to be fast."""
    ours, theirs = build(case), case.make(keras)
    inputs, masks = case.arguments(3)
    symbols = [keras.KerasTensor(x.shape, x.dtype) for x in inputs]
    case.apply(theirs, symbols, {n: keras.KerasTensor(m.shape, "bool") for n, m in masks.items()})
    described = [(w.name, tuple(w.shape)) for w in ours.weights]
    assert described == [(w.name, tuple(w.shape)) for w in theirs.weights]
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def check_forward_and_gradient(case: Case) -> None:
    """Equal outputs, and equal gradients in weights and inputs."""
    ours, theirs = build_twins(case)
    inputs, masks = case.arguments(3)
    options = {"training": False} if ours._call_has_training_arg else {}

    def objective(layer: Any, ops: Any) -> Callable:
        fixed = [v.numpy() for v in layer.non_trainable_variables]

        def loss(weights: list, values: list) -> tuple[Any, list]:
            def call(*args: Any, **kwargs: Any) -> Any:
                return layer.stateless_call(weights, fixed, *args, **kwargs, **options)[0]

            outputs = case.apply(call, values, masks)
            slopes = [np.cos(np.arange(o.size)).reshape(o.shape) for o in expected]
            terms = [ops.sum(o * s.astype("float32")) for o, s in zip(outputs, slopes, strict=True)]
            return sum(terms), outputs

        return loss

    expected = case.apply(ours, inputs, masks)
    weights = [v.numpy() for v in ours.trainable_variables]
    mine = lamina.grad(objective(ours, lamina.ops), (0, 1), has_aux=True)(weights, inputs)
    both = jax.grad(objective(theirs, keras.ops), (0, 1), has_aux=True)
    true, outputs = jax.jit(both)(weights, inputs)
    close(expected, outputs)
    close(tree.flatten(mine[0]), tree.flatten(true), 1e-4)


def check_one_program(case: Case) -> None:
    """Traced once for all batch sizes, with the values of the eager call."""
    layer = build(case)
    compiled = CompiledFunction(lambda xs, ms: case.apply(layer, xs, ms), "layer")
    for batch in (3, 5, 1):
        inputs, masks = case.arguments(batch)
        close(compiled(inputs, masks), case.apply(layer, inputs, masks))
    assert len(compiled._cache) == 1


def check_config(case: Case) -> None:
    """Keras understands the config, and finds in it what it writes itself."""
    ours, theirs = case.make(lamina), case.make(keras)
    config = lamina.layers.serialize(ours)
    missing = set(theirs.get_config()) - set(config["config"]) - {"quantization_config"}
    assert not missing
    again = keras.layers.deserialize(copy.deepcopy(config))
    assert type(again).__name__ == type(theirs).__name__
    assert lamina.layers.serialize(lamina.layers.deserialize(config)) == config


def close(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    assert len(ours) == len(theirs)
    for mine, true in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, np.asarray(true), rtol=tolerance, atol=tolerance)
