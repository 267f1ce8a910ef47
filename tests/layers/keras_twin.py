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
            mask[:, 0] = True
        return inputs, masks

    def apply(self, function: Callable, inputs: list, masks: dict) -> list:
        args = [list(inputs)] if self.as_list else inputs
        return [o for o in tree.flatten(function(*args, **masks, **self.options)) if o is not None]


def build_twins(case: Case) -> tuple[Any, Any]:
    """Lamina's layer and Keras's, built, with the same weights."""
    inputs, masks = case.arguments(3)
    ours, theirs = case.make(lamina), case.make(keras)
    case.apply(ours, inputs, masks)
    case.apply(theirs, inputs, masks)
    described = [(w.name, tuple(w.shape)) for w in ours.weights]
    assert described == [(w.name, tuple(w.shape)) for w in theirs.weights]
    random = np.random.default_rng(7)
    weights = [(random.normal(size=w.shape) / 2).astype("float32") for w in ours.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def check_forward_and_gradient(case: Case) -> None:
    """Equal outputs, shapes, and gradients in weights and inputs."""
    ours, theirs = build_twins(case)
    inputs, masks = case.arguments(3)
    outputs = case.apply(ours, inputs, masks)
    expected = case.apply(theirs, inputs, masks)
    close(outputs, expected)
    slopes = [np.random.default_rng(9).normal(size=o.shape).astype("float32") for o in outputs]
    options = {"training": False} if ours._call_has_training_arg else {}

    def objective(layer: Any, ops: Any) -> Callable:
        fixed = [v.numpy() for v in layer.non_trainable_variables]

        def loss(weights: list, values: list) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                return layer.stateless_call(weights, fixed, *args, **kwargs, **options)[0]

            found = case.apply(call, values, masks)
            return sum(ops.sum(o * s) for o, s in zip(found, slopes, strict=True))

        return loss

    weights = [v.numpy() for v in ours.trainable_variables]
    mine = lamina.grad(objective(ours, lamina.ops), (0, 1))(weights, inputs)
    true = jax.jit(jax.grad(objective(theirs, keras.ops), (0, 1)))(weights, inputs)
    close(tree.flatten(mine), tree.flatten(true), 1e-4)


def check_one_program(case: Case) -> None:
    """Traced once for all batch sizes, with the values of the eager call."""
    ours, _ = build_twins(case)
    compiled = CompiledFunction(lambda xs, ms: case.apply(ours, xs, ms), "layer")
    for batch in (3, 5, 1):
        inputs, masks = case.arguments(batch)
        close(compiled(inputs, masks), case.apply(ours, inputs, masks), 1e-5)
    assert len(compiled._cache) == 1


def check_config(case: Case) -> None:
    """Keras understands the config, and finds in it what it writes itself."""
    ours, theirs = case.make(lamina), case.make(keras)
    config = lamina.layers.serialize(ours)
    missing = set(theirs.get_config()) - set(config["config"])
    assert not missing
    again = keras.layers.deserialize(copy.deepcopy(config))
    assert type(again).__name__ == type(theirs).__name__
    assert lamina.layers.serialize(lamina.layers.deserialize(config)) == config


def close(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    assert len(ours) == len(theirs)
    for mine, true in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, np.asarray(true), rtol=tolerance, atol=tolerance)
