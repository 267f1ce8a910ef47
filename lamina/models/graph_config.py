"""The graph of a functional model as plain values, in Keras's form, and back.

A symbolic tensor is written as the name of its operation, the number of that operation's call among
those of the model, and the number of the output.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import tree
from lamina.base.errors import ArgumentError
from lamina.ops.function import Function
from lamina.ops.operation import Node, Operation
from lamina.ops.symbolic import KerasHistory, KerasTensor, any_symbolic
from lamina.saving import deserialize_keras_object, serialize_keras_object
from lamina.saving.legacy_config import modernize


def _numbers(model: Any) -> dict[Node, int]:
    """For each call of the model, its number among the operation's calls that count.

    A functional model inside the model is counted from 1: it has a first call of its own.
    """
    numbers = {}
    for operation in model.operations:
        kept = 1 if _is_functional(operation) else 0
        for node in operation._inbound_nodes:
            if node in model._graph.nodes:
                numbers[node] = kept
                kept += 1
    return numbers


def _is_functional(operation: Any) -> bool:
    return isinstance(operation, Function)


def _is_indexing(operation: Any) -> bool:
    """Whether an operation is `x[key]`; JSON knows no tuples, so its key `1:, 0` becomes a list."""
    return getattr(operation, "function_name", None) == "getitem"


def graph_to_config(model: Any) -> dict[str, Any]:
    """The config of a functional model."""
    numbers = _numbers(model)
    layers = []
    for operation in model.operations:
        nodes = [n for n in operation._inbound_nodes if n in numbers and not n.is_input]
        config = serialize_keras_object(operation)
        config["name"] = operation.name
        config["inbound_nodes"] = [_node_config(n, numbers) for n in nodes]
        layers.append(config)

    def place(tensor: KerasTensor) -> list:
        operation, index, output = tensor._keras_history
        return [operation.name, numbers[operation._inbound_nodes[index]], output]

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": tree.map_structure(place, model._inputs_struct),
        "output_layers": tree.map_structure(place, model._outputs_struct),
    }


def _node_config(node: Node, numbers: dict[Node, int]) -> dict[str, Any]:
    def written(x: Any) -> Any:
        if not isinstance(x, KerasTensor):
            return x
        operation, index, output = x._keras_history
        copy = KerasTensor(x.shape, x.dtype, name=x.name)
        number = numbers[operation._inbound_nodes[index]]
        if _is_functional(operation):
            number -= 1
        copy._keras_history = KerasHistory(operation, number, output)
        return copy

    args = node.args
    if _is_indexing(node.operation) and isinstance(args[-1], list):
        args = (*args[:-1], np.asarray(args[-1]))  # a list in a file means a tuple
    return {
        "args": serialize_keras_object(tree.map_structure(written, args)),
        "kwargs": serialize_keras_object(tree.map_structure(written, node.kwargs)),
    }


def graph_from_config(config: dict[str, Any], custom_objects: Any) -> tuple[Any, Any]:
    """Symbolic inputs and outputs, with all layers made and called.

    Raises:
        ArgumentError: the graph has loops or gaps.
    """
    made: dict[str, Operation] = {}
    waiting: dict[str, list] = {}
    for layer_config in config["layers"]:
        if "module" not in layer_config:
            layer_config = {
                **modernize(layer_config),
                "inbound_nodes": layer_config["inbound_nodes"],
            }
        operation = deserialize_keras_object(layer_config, custom_objects=custom_objects)
        if not isinstance(operation, Operation):
            raise ArgumentError(
                "Unexpected object from deserialization, expected a layer or operation, got a "
                f"{type(operation)}"
            )
        made[layer_config["name"]] = operation
        if layer_config.get("inbound_nodes"):
            waiting[layer_config["name"]] = list(layer_config["inbound_nodes"])
    while waiting:
        progressed = False
        for name in list(waiting):
            while waiting[name]:
                arguments = _arguments(waiting[name][0], made)
                if arguments is None:
                    break
                if _is_indexing(made[name]):
                    keys = [tuple(a) if isinstance(a, list) else a for a in arguments[0]]
                    arguments = keys, arguments[1]
                if not any_symbolic(*arguments):  # nothing is computed for a file
                    raise ArgumentError(
                        "Invalid Functional model configuration. A call of "
                        f"'{name}' has no symbolic tensor among its arguments."
                    )
                made[name](*arguments[0], **arguments[1])
                waiting[name].pop(0)
                progressed = True
            if not waiting[name]:
                del waiting[name]
        if not progressed:
            raise ArgumentError(
                "Invalid Functional model configuration. The graph of the Functional model either "
                f"has loops or disconnected nodes: {sorted(waiting)}"
            )
    return _find(config["input_layers"], made), _find(config["output_layers"], made)


class _Missing(Exception):
    """A call whose result is needed has not been made yet."""


def _arguments(node_config: Any, made: dict[str, Operation]) -> tuple[Any, Any] | None:
    """Arguments of a recorded call, or None if they do not exist yet."""
    try:
        if isinstance(node_config, list):
            return _legacy_arguments(node_config, made)

        def value(x: Any) -> Any:
            history = getattr(x, "_pre_serialization_keras_history", None)
            if not isinstance(x, KerasTensor) or history is None:
                return x
            name, number, output = history
            return _output(made, name, number, output)

        args = deserialize_keras_object(node_config["args"])
        kwargs = deserialize_keras_object(node_config["kwargs"])
        return tree.map_structure(value, args), tree.map_structure(value, kwargs)
    except _Missing:
        return None


def _legacy_arguments(node_config: list, made: dict[str, Operation]) -> tuple[list, dict]:
    """Keras 2's form: a list of [name, call, output(, kwargs)]."""
    tensors: list[KerasTensor] = []
    kwargs: dict[str, Any] = {}
    for entry in node_config:
        name, number, output = entry[:3]
        kwargs = entry[3] if len(entry) > 3 else {}
        tensors.append(_output(made, name, number, output))
    return [tensors[0] if len(tensors) == 1 else tensors], kwargs


def _output(made: dict[str, Operation], name: str, number: int, output: int) -> KerasTensor:
    operation = made.get(name)
    if operation is None:
        raise ArgumentError(f"Invalid Functional model configuration. Missing node: {name}")
    if len(operation._inbound_nodes) <= number:
        raise _Missing
    return operation._inbound_nodes[number].outputs[output]


def _find(places: Any, made: dict[str, Operation]) -> Any:
    """Symbolic tensors for a structure of [name, call, output]."""
    if isinstance(places, (list, tuple)) and len(places) == 3 and isinstance(places[0], str):
        name, number, output = places
        if name in made and _is_functional(made[name]):
            number -= 1
        try:
            return _output(made, name, number, output)
        except _Missing:
            raise ArgumentError(f"The call {number} of '{name}' was never made.") from None
    if isinstance(places, dict):
        return {k: _find(v, made) for k, v in places.items()}
    return type(places)(_find(v, made) for v in places)
