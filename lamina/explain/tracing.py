"""Taking the numbers of one row: the model's own program is run with probes in it.

A probe is a tensor of zeros added to a weighted sum or an output. The derivative of the loss in a
probe is the derivative at that place, so every number shown is the engine's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import activations, losses, ops
from lamina.base.errors import ArgumentError, NotBuiltError, message
from lamina.explain.row_trace import LayerTrace, RowTrace
from lamina.layers.core.input_layer import InputLayer
from lamina.losses.wrapper import LossFunctionWrapper
from lamina.runtime.gradients import grad, value_and_grad
from lamina.runtime.scopes import StatelessScope


def trace(model: Any, x: Any, y: Any, loss: Any = None) -> RowTrace:
    """Every number of one row's way through a model, forward and back.

    Args:
        model: Sequential, or functional with one path from input to output.
        x: one row, with or without a batch axis of size 1.
        y: its target.
        loss: name or Loss; default: that of `compile`.
    Returns:
        RowTrace: for each layer its weighted sums, activations, gradients and updated weights;
        `.weight(layer, i, j)` shows the chain rule for one weight.
    Raises:
        ArgumentError: more than one row, no loss, or a model that branches.
    Numerics: layers run as in inference (dropout off), in the model's own dtype.
    Example:
        >>> import lamina, numpy as np
        >>> model = lamina.Sequential([lamina.Input((2,)), lamina.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> row = trace(model, np.array([1.0, 2.0]), np.array([1.0]))
        >>> list(row.weight(0, 0, 0).factors)
        ['dL/da[0]', 'da[0]/dz[0]', 'dz[0]/dw (input 0)']
    """
    layers = _path(model)
    loss_object = _loss(model, loss)
    batch_x, batch_y = _one_row(model, x, "x"), np.asarray(y)[None]
    if np.ndim(y) and np.shape(y)[0] == 1 and np.ndim(y) == len(model.output_shape):
        batch_y = np.asarray(y)
    records: list[dict[str, Any]] = []

    def forward(probes: list[Any]) -> Any:
        records.clear()
        value = ops.convert_to_tensor(batch_x, dtype=model.inputs[0].dtype)
        for layer, probe in zip(layers, probes, strict=True):
            value = _run_layer(layer, value, probe, records)
        total = loss_object(batch_y, value)
        shown = [{k: v for k, v in r.items() if v is not None} for r in records]
        return total, shown

    zeros = _probes(layers, batch_x, model.inputs[0].dtype)
    (value, shown), slopes = value_and_grad(forward, has_aux=True)(zeros)
    weights = [w for layer in layers for w in layer.trainable_weights]
    gradients = _weight_gradients(forward, zeros, weights)
    updated = _updated(model, weights, gradients)
    numbers = zip(layers, shown, slopes, strict=True)
    found = [_layer_trace(*parts, gradients, updated) for parts in numbers]
    return RowTrace(
        inputs=np.asarray(batch_x)[0],
        target=batch_y[0],
        prediction=found[-1].outputs,
        loss=float(value),
        loss_name=loss_object.name,
        layers=found,
        learning_rate=None if model.optimizer is None else float(model.optimizer.learning_rate),
    )


def _path(model: Any) -> list[Any]:
    """The layers from input to output, one after the other."""
    if not getattr(model, "built", False) or not hasattr(model, "layers"):
        raise NotBuiltError(
            "trace: the model has no weights yet; give it an Input or call it once."
        )
    graph = getattr(model, "_graph", None)
    if graph is None:
        return [v for v in model.layers if not isinstance(v, InputLayer)]
    if any(len(n) > 1 or len(n[0].input_tensors) > 1 for n in graph.nodes_by_depth):
        raise ArgumentError(
            message(
                "trace follows one path from input to output; this model branches.",
                fix="trace a model made of the part of interest: Model(part_input, part_output)",
            )
        )
    return [n[0].operation for n in graph.nodes_by_depth if not n[0].is_input]


def _loss(model: Any, loss: Any) -> Any:
    given = loss if loss is not None else model.loss
    if given is None:
        raise ArgumentError(
            message("trace needs a loss.", fix="compile the model, or pass loss='mse'")
        )
    found = losses.get(given)
    if isinstance(found, losses.Loss):
        return found
    return LossFunctionWrapper(found, name=getattr(found, "__name__", "loss"))


def _one_row(model: Any, x: Any, what: str) -> np.ndarray:
    array = np.asarray(x)
    wanted = len(model.inputs[0].shape)
    if array.ndim == wanted - 1:
        return array[None]
    if array.ndim == wanted and array.shape[0] == 1:
        return array
    raise ArgumentError(
        message(f"trace: `{what}` must be one row.", array.shape, model.inputs[0].shape[1:])
    )


def _has_sum(layer: Any) -> bool:
    """Whether a layer is a weighted sum followed by an activation."""
    return type(layer).__name__ == "Dense"


def _run_layer(layer: Any, value: Any, probe: dict, records: list[dict[str, Any]]) -> Any:
    weighted = None
    inputs = value
    if _has_sum(layer):
        weighted = ops.matmul(value, layer.kernel)
        if layer.use_bias:
            weighted = ops.add(weighted, layer.bias)
        weighted = ops.add(weighted, probe["sum"])
        value = layer.activation(weighted) if layer.activation is not None else weighted
    elif getattr(layer, "_call_has_training_arg", False):
        value = layer(value, training=False)
    else:
        value = layer(value)
    value = ops.add(value, probe["out"])
    records.append({"inputs": inputs, "sum": weighted, "out": value})
    return value


def _probes(layers: list[Any], x: np.ndarray, dtype: str) -> list[dict[str, np.ndarray]]:
    """Zeros of the shapes of all weighted sums and outputs."""
    records: list[dict[str, Any]] = []
    value = ops.convert_to_tensor(x, dtype=dtype)
    zero = np.zeros((), "float32")
    for layer in layers:
        value = _run_layer(layer, value, {"sum": zero, "out": zero}, records)
    probes = []
    for record in records:
        shown = {"out": np.zeros_like(record["out"])}
        if record["sum"] is not None:
            shown["sum"] = np.zeros_like(record["sum"])
        probes.append(shown)
    return probes


def _weight_gradients(forward: Any, zeros: Any, weights: list[Any]) -> dict[int, np.ndarray]:
    if not weights:
        return {}
    slopes = grad(lambda: forward(zeros)[0], variables=weights)()
    return {id(w): np.asarray(g) for w, g in zip(weights, slopes, strict=True)}


def _updated(model: Any, weights: list[Any], gradients: dict[int, Any]) -> dict[int, np.ndarray]:
    """The weights after one step of the optimizer, which is not taken."""
    optimizer = model.optimizer
    if optimizer is None or not weights:
        return {}
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    with StatelessScope() as scope:
        optimizer.apply([gradients[id(w)] for w in weights], weights)
    return {id(w): np.asarray(scope.get_current_value(w)) for w in weights}


def _layer_trace(
    layer: Any, shown: dict, slopes: dict, gradients: dict[int, Any], updated: dict[int, Any]
) -> LayerTrace:
    weights = layer.weights
    sums = shown.get("sum")
    activation = getattr(layer, "activation", None) if sums is not None else None
    return LayerTrace(
        name=layer.name,
        kind=type(layer).__name__,
        inputs=np.asarray(shown["inputs"])[0],
        weighted_sum=None if sums is None else np.asarray(sums)[0],
        outputs=np.asarray(shown["out"])[0],
        activation=getattr(activation, "__name__", None),
        slope=None if sums is None else _slope(activation, np.asarray(sums)[0]),
        d_outputs=np.asarray(slopes["out"])[0],
        d_weighted_sum=None if sums is None else np.asarray(slopes["sum"])[0],
        weights={w.name: np.array(w) for w in weights},
        gradients={w.name: gradients[id(w)] for w in weights if id(w) in gradients},
        updated={w.name: updated[id(w)] for w in weights if id(w) in updated},
    )


def _slope(activation: Any, z: np.ndarray) -> np.ndarray | None:
    """The activation's derivative at each weighted sum; None if neurons mix."""
    if activation is None:
        return np.ones_like(z)
    if activation in (activations.softmax, activations.log_softmax):
        return None
    flat = z.reshape(-1)
    slope = grad(lambda v: ops.sum(activation(v)))(flat)
    return np.asarray(slope).reshape(z.shape)
