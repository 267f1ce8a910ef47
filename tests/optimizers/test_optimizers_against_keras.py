"""Every optimizer against real Keras: values, slots and their layout, eager and compiled."""

import os

import numpy as np
import pytest

import lamina
from lamina import ops, optimizers
from lamina.runtime.compiled import CompiledFunction

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

SHAPES = [(4, 3), (3,), (2, 2, 3)]
STEPS = 6
FTRL = {
    "learning_rate": 0.1,
    "l1_regularization_strength": 0.01,
    "l2_regularization_strength": 0.1,
    "l2_shrinkage_regularization_strength": 0.1,
    "beta": 0.1,
}
OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("Adamax", {}),
    ("Nadam", {}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adagrad", {}),
    ("Adafactor", {}),
    ("Adafactor", {"relative_step": False, "learning_rate": 0.1}),
    ("Ftrl", FTRL),
    ("Ftrl", {"learning_rate_power": -0.3}),
    ("Lion", {}),
    ("Lamb", {}),
    ("Muon", {}),
    ("Muon", {"nesterov": False, "rms_rate": None}),
    ("ScheduleFreeAdamW", {}),
    ("ScheduleFreeAdamW", {"warmup_steps": 3}),
]
SHARED = [
    {"weight_decay": 0.01},
    {"clipnorm": 0.5},
    {"global_clipnorm": 0.5},
    {"clipvalue": 0.1},
    {"use_ema": True, "ema_overwrite_frequency": 3, "ema_momentum": 0.8},
    {"gradient_accumulation_steps": 2},
    {"loss_scale_factor": 8.0},
    {"learning_rate": "schedule"},
]
CASES = [(name, own) for name, own in OPTIMIZERS] + [
    (name, shared) for shared in SHARED for name in ("SGD", "Nadam")
]


def make(package, name, arguments):
    if arguments.get("learning_rate") == "schedule":
        rate = package.optimizers.schedules.CosineDecay(0.01, 5, warmup_target=0.02, warmup_steps=2)
        arguments = {**arguments, "learning_rate": rate}
    return getattr(package.optimizers, name)(**arguments)


def numbers():
    draw = np.random.default_rng(0)
    weights = [draw.normal(size=s).astype("float32") for s in SHAPES]
    gradients = [[draw.normal(size=s).astype("float32") for s in SHAPES] for _ in range(STEPS)]
    return weights, gradients


def variables(package, weights):
    return [package.Variable(w, name=f"w{i}") for i, w in enumerate(weights)]


def run(optimizer, trained, gradients, as_tensor=np.asarray):
    for step in gradients:
        optimizer.apply([as_tensor(g) for g in step], trained)


def run_compiled(optimizer, trained, gradients):
    optimizer.build(trained)

    def function(*rows):
        optimizer.apply([ops.sum(r, axis=0) for r in rows], trained)

    step = CompiledFunction(function, "step")
    for i, values in enumerate(gradients):
        rows = [np.stack([v] + [np.zeros_like(v)] * (i % 2)) for v in values]  # two batch sizes
        step(*rows)
    assert len(step._cache) == 1
    return step


def layout(optimizer):
    def plain(name):
        return "variable" if name.startswith("variable") else name

    return [(plain(v.name), tuple(v.shape), str(v.dtype)) for v in optimizer.variables]


@pytest.mark.parametrize("name, arguments", CASES)
def test_values_equal_keras(name, arguments):
    weights, gradients = numbers()
    theirs, ours = variables(keras, weights), variables(lamina, weights)
    reference, optimizer = make(keras, name, arguments), make(lamina, name, arguments)
    run(reference, theirs, gradients, keras.ops.array)
    run(optimizer, ours, gradients)
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(b.numpy(), np.asarray(a), rtol=0, atol=1e-6)
    assert layout(optimizer) == layout(reference)
    for a, b in zip(reference.variables, optimizer.variables, strict=True):
        np.testing.assert_allclose(b.numpy(), np.asarray(a), rtol=3e-6, atol=3e-6)
    assert optimizer.get_config().keys() == reference.get_config().keys()


@pytest.mark.parametrize("name, arguments", CASES)
def test_compiled_equals_eager(name, arguments):
    weights, gradients = numbers()
    eager, compiled = variables(lamina, weights), variables(lamina, weights)
    first, second = make(lamina, name, arguments), make(lamina, name, arguments)
    run(first, eager, gradients)
    run_compiled(second, compiled, gradients)
    for a, b in zip([*eager, *first.variables], [*compiled, *second.variables], strict=True):
        np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=1e-6, atol=1e-7)


def test_signatures_equal_keras():
    import inspect

    for name in optimizers.__all__:
        if inspect.isclass(getattr(optimizers, name)):
            ours = inspect.signature(getattr(optimizers, name).__init__)
            theirs = inspect.signature(getattr(keras.optimizers, name).__init__)
            assert list(ours.parameters) == list(theirs.parameters), name
            for argument, parameter in theirs.parameters.items():
                assert ours.parameters[argument].default == parameter.default, (name, argument)


def test_loss_scale_equals_keras():
    weights, gradients = numbers()
    gradients = [[g * 4 for g in step] for step in gradients]
    gradients[2][1][0] = np.inf
    results = []
    for package in (keras, lamina):
        trained = variables(package, weights)
        inner = package.optimizers.Adam(0.1)
        optimizer = package.optimizers.LossScaleOptimizer(inner, 4.0, dynamic_growth_steps=2)
        optimizer.build(trained)
        if package is lamina:
            run_compiled(optimizer, trained, gradients)
            results.append([v.numpy() for v in [*trained, *optimizer.variables]])
            continue
        state, values = [[v.value for v in group] for group in (optimizer.variables, trained)]
        for step in gradients:  # in Keras on JAX only this form works
            values, state = optimizer.stateless_apply(state, list(map(np.asarray, step)), values)
        results.append([np.asarray(v) for v in [*values, *state]])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-6, atol=1e-6)


def test_adam_needs_few_nodes():
    weights, gradients = numbers()
    trained = variables(lamina, weights)
    step = run_compiled(optimizers.Adam(), trained, gradients)
    (traced,) = step._cache.values()
    per_weight = [n for n in traced.program.nodes if n.outputs[0].shape in SHAPES]
    sums = len(SHAPES)
    assert (len(per_weight) - sums) / len(SHAPES) <= 13
