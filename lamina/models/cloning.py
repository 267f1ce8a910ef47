"""Copies of models: new layers with new weights in the same structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError
from lamina.layers.core.input_layer import Input, InputLayer
from lamina.layers.layer import Layer
from lamina.models.functional import Functional
from lamina.models.model import Model
from lamina.models.sequential import Sequential
from lamina.ops.symbolic import KerasTensor
from lamina.saving.scopes import SafeModeScope


def _copy(layer: Any) -> Any:
    """A new layer from the old one's config; Python lambdas are shared, not copied."""
    with SafeModeScope(False):
        return type(layer).from_config(layer.get_config())


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any:
    """A copy of a model with new layers and new weights.

    Args:
        model: Sequential, functional, or a subclassed model that has a config.
        input_tensors: symbolic inputs for the copy; new ones by default.
        clone_function: layer -> new layer; default: from its config.
        call_function: (layer, *args, **kwargs) -> outputs; default: the call itself. Functional
            only.
        recursive: whether models inside the model are cloned in the same way.
    Returns:
        The copy.
    Raises:
        ArgumentError: arguments that do not fit the kind of model.
    """
    cache: dict[int, Any] = kwargs.pop("cache", {})
    if kwargs:
        raise ArgumentError(f"Unexpected keyword argument(s): {tuple(kwargs)}")
    if isinstance(model, Sequential):
        return _compiled_alike(
            model,
            _clone_sequential(
                model, clone_function, call_function, input_tensors, recursive, cache
            ),
        )
    if isinstance(model, Functional):
        if type(model) is not Functional and clone_function is None and call_function is None:
            if input_tensors is None and type(model).get_config is not Functional.get_config:
                return _copy(model)
        return _compiled_alike(
            model,
            _clone_functional(
                model, clone_function or _copy, call_function, input_tensors, recursive, cache
            ),
        )
    if clone_function is not None or input_tensors is not None:
        raise ArgumentError(
            "Arguments `clone_function` and `input_tensors` are only supported for Sequential "
            f"models or Functional models. Received model of type '{type(model).__name__}', with "
            f"clone_function={clone_function} and input_tensors={input_tensors}"
        )
    if call_function is not None:
        raise ArgumentError(
            "Argument `call_function` is only supported for Functional models. Received model of "
            f"type '{type(model).__name__}', with call_function={call_function}"
        )
    return _copy(model)


def _compiled_alike(model: Model, copy: Model) -> Model:
    """The copy, compiled as the model is, with an optimizer of its own."""
    if model.compiled:
        copy.compile_from_config(model.get_compile_config())
    return copy


def _cloner(clone_function: Any, call_function: Any, recursive: bool, cache: dict) -> Callable:
    def clone(layer: Any) -> Any:
        if id(layer) not in cache:
            if recursive and isinstance(layer, (Functional, Sequential)):
                call = call_function if isinstance(layer, Functional) else None
                made = clone_model(layer, None, clone_function, call, recursive=True, cache=cache)
            elif isinstance(layer, InputLayer) or not isinstance(layer, Layer):
                made = _copy(layer) if isinstance(layer, Layer) else layer
            else:
                made = (clone_function or _copy)(layer)
            cache[id(layer)] = made
        return cache[id(layer)]

    return clone


def _clone_sequential(
    model: Sequential,
    clone_function: Any,
    call_function: Any,
    input_tensors: Any,
    recursive: bool,
    cache: dict,
) -> Sequential:
    if call_function is not None:
        raise ArgumentError(
            "`call_function` argument is not supported with Sequential models. Received: "
            f"call_function={call_function}"
        )
    if clone_function is not None and not callable(clone_function):
        raise ArgumentError(f"clone_function must be callable. Received: {clone_function}")
    clone = _cloner(clone_function, None, recursive, cache)
    layers = [clone(v) for v in model.layers]
    own_input = model._layers[0] if model._layers else None
    if input_tensors is not None:
        tensors = tree.flatten(input_tensors)
        if len(tensors) != 1:
            raise ArgumentError(
                "Argument `input_tensors` must contain a single tensor for a Sequential model. "
                f"Received: input_tensors={input_tensors}"
            )
        layers.insert(0, tensors[0])
    elif isinstance(own_input, InputLayer):
        layers.insert(
            0, Input(batch_shape=own_input.batch_shape, dtype=own_input.dtype, name=own_input.name)
        )
    copy = (
        type(model)(name=model.name)
        if type(model) is not Sequential
        else Sequential(name=model.name)
    )
    for layer in layers:
        copy.add(layer, rebuild=False)
    if copy._layers:
        copy._maybe_rebuild()
    return copy


def _clone_functional(
    model: Functional,
    clone_function: Any,
    call_function: Any,
    input_tensors: Any,
    recursive: bool,
    cache: dict,
) -> Any:
    for name, value in (("clone_function", clone_function), ("call_function", call_function)):
        if value is not None and not callable(value):
            raise ArgumentError(f"`{name}` argument must be a callable. Received: {value}")
    clone = _cloner(clone_function, call_function, recursive, cache)

    def new_input(tensor: KerasTensor) -> KerasTensor:
        return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)

    if input_tensors is None:
        inputs = tree.map_structure(new_input, model.input)
    else:
        try:
            tree.assert_same_structure(input_tensors, model.input)
        except ArgumentError as error:
            raise ArgumentError(
                f"`input_tensors` must have the same structure as model.input. {error}"
            ) from None
        inputs = input_tensors

    def operation_fn(operation: Any) -> Callable:
        copy = clone(operation)
        if call_function is None:
            return copy
        return lambda *args, **kwargs: call_function(copy, *args, **kwargs)

    outputs = model._run_through_graph(inputs, operation_fn)
    if type(model) is Functional:
        return Functional(inputs, outputs, name=model.name)
    return type(model)(inputs=inputs, outputs=outputs, name=model.name)
