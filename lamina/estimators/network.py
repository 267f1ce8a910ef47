"""The network that an estimator trains when no builder is given, and how any network is compiled.

A multi-layer perceptron: dense layers, each followed by dropout if there is any, and an output of
probabilities (softmax) or of numbers. All its random numbers come from one seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina import initializers, layers, losses, optimizers, regularizers
from lamina.estimators.builders import BuildMeta, build_network
from lamina.models import Model, Sequential

_MOST_SEED = 2**31 - 1
_OWN_LOSS = {"classification": "sparse_estimator_loss", "regression": "estimator_loss"}


def make_network(meta: BuildMeta, parameters: Mapping[str, Any]) -> Model:
    """The compiled network of an estimator, from its builder or by default.

    Args:
        meta: what is known about the data.
        parameters: the estimator's parameters.
    Returns:
        The model; a builder's own optimizer and loss are kept where it compiled the model.
    Raises:
        ArgumentError: the builder's model does not fit.
    """
    if parameters["build"] is not None:
        model = build_network(parameters["build"], meta)
    else:
        model = perceptron(meta, parameters)
    if not model.compiled:
        optimizer = own_optimizer(parameters["optimizer"], parameters["learning_rate"])
        loss = default_loss(meta.task, meta.dtype)
        # A builder's network may be of mixed precision; the default one is of `dtype` alone.
        model.compile(optimizer, loss, auto_scale_loss=parameters["build"] is not None)
    return model


def default_loss(task: str, dtype: str) -> losses.Loss:
    """The loss of a network that its builder did not compile.

    Args:
        task: "classification" or "regression".
        dtype: that it is computed in.
    """
    if task == "classification":
        return losses.SparseCategoricalCrossentropy(name=_OWN_LOSS[task], dtype=dtype)
    return losses.MeanSquaredError(name=_OWN_LOSS[task], dtype=dtype)


def has_default_loss(model: Model, task: str) -> bool:
    """Whether a model was compiled here, with `default_loss`.

    Args:
        model: a compiled model.
        task: "classification" or "regression".
    """
    return getattr(model.loss, "name", None) == _OWN_LOSS[task]


def perceptron(meta: BuildMeta, parameters: Mapping[str, Any]) -> Model:
    """Dense layers by `hidden_layer_sizes`, `activation`, `dropout` and `l2`.

    Args:
        meta: widths, task, dtype and seed.
        parameters: the estimator's parameters.
    Returns:
        The model, not compiled.
    Example:
        >>> meta = BuildMeta("regression", n_features=3, n_outputs=1)
        >>> sizes = {"hidden_layer_sizes": (4,), "activation": "relu", "dropout": 0, "l2": 0}
        >>> perceptron(meta, sizes).count_params()
        21
    """
    rng = np.random.default_rng(meta.seed)
    penalty = parameters["l2"]

    def seed() -> int:
        return int(rng.integers(_MOST_SEED))

    def dense(units: int, activation: Any) -> layers.Layer:
        return layers.Dense(
            units,
            activation,
            kernel_initializer=initializers.GlorotUniform(seed()),
            kernel_regularizer=regularizers.L2(penalty) if penalty else None,
            dtype=meta.dtype,
        )

    network: list[Any] = [layers.Input((meta.n_features,), dtype=meta.dtype)]
    for units in np.atleast_1d(parameters["hidden_layer_sizes"]):
        network.append(dense(int(units), parameters["activation"]))
        if parameters["dropout"]:
            network.append(layers.Dropout(parameters["dropout"], seed=seed(), dtype=meta.dtype))
    network.append(dense(meta.n_outputs, "softmax" if meta.task == "classification" else None))
    return Sequential(network)


def own_optimizer(optimizer: Any, learning_rate: Any) -> Any:
    """An optimizer that belongs to one model alone.

    Args:
        optimizer: a name, which gets `learning_rate`; or an Optimizer, of which a new one with the
            same settings is made.
        learning_rate: float or LearningRateSchedule.
    Returns:
        The optimizer.
    Example:
        >>> round(float(own_optimizer("sgd", 0.5).learning_rate), 3)
        0.5
    """
    if isinstance(optimizer, str):
        optimizer = optimizers.get(optimizer)
        return type(optimizer)(learning_rate=_own_rate(learning_rate))
    return type(optimizer).from_config(optimizer.get_config())


def _own_rate(rate: Any) -> Any:
    if isinstance(rate, optimizers.schedules.LearningRateSchedule):
        return type(rate).from_config(rate.get_config())
    return float(rate)


def takes_class_numbers(model: Model) -> bool:
    """Whether a classifier's loss wants class numbers; other losses get rows of 0 and 1.

    Args:
        model: a compiled model.
    """
    loss = model.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or loss.__name__
    return name.lower().startswith("sparse") or name.lower() in ("crossentropy", "ce")


def gives_logits(model: Model) -> bool:
    """Whether a classifier's outputs come before the softmax, by the loss it was compiled with.

    Args:
        model: a compiled model.
    """
    if not isinstance(model.loss, losses.Loss):
        return False
    return bool(model.loss.get_config().get("from_logits"))
