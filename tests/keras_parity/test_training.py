"""Five steps of training equal real Keras's, from the same weights, for every optimizer."""

from __future__ import annotations

import numpy as np
import pytest

import lamina

OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.05}),
    "momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop_centered": ("RMSprop", {"centered": True, "momentum": 0.5}),
    "adam": ("Adam", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "adamw": ("AdamW", {"weight_decay": 0.01}),
    "adamax": ("Adamax", {}),
    "nadam": ("Nadam", {}),
    "adagrad": ("Adagrad", {"learning_rate": 0.05}),
    "adadelta": ("Adadelta", {"learning_rate": 0.5}),
    "adafactor": ("Adafactor", {}),
    "ftrl": ("Ftrl", {"learning_rate": 0.05}),
    "lion": ("Lion", {}),
    "lamb": ("Lamb", {}),
    "clipped": ("Adam", {"clipnorm": 0.1}),
    "clipped_globally": ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.1}),
    "averaged": ("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_overwrite_frequency": 2}),
    "accumulated": ("Adam", {"gradient_accumulation_steps": 2}),
}


def network(framework):
    layers = framework.layers
    return framework.Sequential(
        [
            layers.Input((6,)),
            layers.Dense(8, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def compiled(framework, model, *args, **kwargs):
    """Compile a model; Keras without JAX's compiler, which takes seconds for each model."""
    if framework is not lamina:
        kwargs["run_eagerly"] = True
    model.compile(*args, **kwargs)
    return model


def data():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 6)).astype("float32")
    return x, rng.integers(0, 3, 40)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_five_steps(keras, name):
    kind, arguments = OPTIMIZERS[name]
    x, y = data()
    histories, weights = [], []
    start = None
    for framework in (keras, lamina):
        model = network(framework)
        start = model.get_weights() if start is None else start
        model.set_weights(start)
        optimizer = getattr(framework.optimizers, kind)(**arguments)
        compiled(
            framework, model, optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        history = model.fit(x, y, batch_size=8, epochs=1, shuffle=False, verbose=0)
        histories.append(history.history)
        weights.append(model.get_weights())
    theirs, ours = weights
    for expected, found in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert list(histories[0]) == list(histories[1])
    for key in histories[0]:
        np.testing.assert_allclose(histories[1][key], histories[0][key], rtol=1e-4)


@pytest.mark.parametrize(
    "loss, y_kind",
    [
        ("mse", "float"),
        ("mae", "float"),
        ("huber", "float"),
        ("log_cosh", "float"),
        ("categorical_crossentropy", "onehot"),
        ("kl_divergence", "onehot"),
        ("categorical_focal_crossentropy", "onehot"),
        ("binary_crossentropy", "onehot"),
        ("poisson", "onehot"),
        ("sparse_categorical_crossentropy", "labels"),
    ],
)
def test_losses_with_weights(keras, loss, y_kind):
    """Loss and metrics of an epoch with sample weights equal Keras's."""
    x, labels = data()
    rng = np.random.default_rng(5)
    y = {
        "labels": labels,
        "onehot": np.eye(3, dtype="float32")[labels],
        "float": rng.normal(size=(40, 3)).astype("float32"),
    }[y_kind]
    weights = rng.uniform(0, 2, 40).astype("float32")
    results, start = [], None
    for framework in (keras, lamina):
        model = network(framework)
        start = model.get_weights() if start is None else start
        model.set_weights(start)
        metric = "sparse_categorical_accuracy" if y_kind == "labels" else "mse"
        compiled(framework, model, "sgd", loss, weighted_metrics=[metric])
        model.fit(x, y, sample_weight=weights, batch_size=16, shuffle=False, verbose=0)
        results.append(model.evaluate(x, y, sample_weight=weights, batch_size=16, verbose=0))
    np.testing.assert_allclose(results[1], results[0], rtol=1e-4)


def test_class_weights_and_validation(keras):
    """History keys, class weights and the last part as validation, as in Keras."""
    x, y = data()
    histories, start = [], None
    for framework in (keras, lamina):
        model = network(framework)
        start = model.get_weights() if start is None else start
        model.set_weights(start)
        compiled(framework, model, "adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(
            x, y, batch_size=8, epochs=3, shuffle=False, verbose=0,
            validation_split=0.25, class_weight={0: 1.0, 1: 2.0, 2: 0.5},
        )  # fmt: skip
        histories.append(history.history)
    assert list(histories[0]) == list(histories[1])
    for key in histories[0]:
        np.testing.assert_allclose(histories[1][key], histories[0][key], rtol=2e-4, atol=1e-6)


def test_several_inputs_and_outputs(keras):
    """Dict data, loss weights and metrics of a model with two inputs and two outputs."""
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(32, 4)).astype("float32") for _ in range(2))
    targets = {"price": a.sum(1, keepdims=True), "kind": (b.sum(1, keepdims=True) > 0) * 1.0}
    results, start = [], None
    for framework in (keras, lamina):
        layers = framework.layers
        left, right = layers.Input((4,), name="left"), layers.Input((4,), name="right")
        shared = layers.Dense(5, activation="tanh", name="shared")
        joined = layers.Concatenate()([shared(left), shared(right)])
        price = layers.Dense(1, name="price")(joined)
        kind = layers.Dense(1, activation="sigmoid", name="kind")(joined)
        model = framework.Model({"left": left, "right": right}, {"price": price, "kind": kind})
        start = model.get_weights() if start is None else start
        model.set_weights(start)
        compiled(
            framework,
            model,
            "adam",
            loss={"price": "mse", "kind": "binary_crossentropy"},
            loss_weights={"price": 0.5, "kind": 2.0},
            metrics={"price": ["mae"], "kind": ["accuracy"]},
        )
        history = model.fit(
            {"left": a, "right": b}, targets, batch_size=8, epochs=2, shuffle=False, verbose=0
        )
        found = model.evaluate({"left": a, "right": b}, targets, verbose=0, return_dict=True)
        results.append((history.history, found))
    assert list(results[0][0]) == list(results[1][0])
    assert list(results[0][1]) == list(results[1][1])
    for key, expected in results[0][1].items():
        np.testing.assert_allclose(results[1][1][key], expected, rtol=1e-4)
