"""Models made from symbolic inputs and outputs: a graph of layer calls.

The config of a graph lists its operations with the calls that belong to the model; a model is made
again by making the calls in an order in which their inputs exist.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.base import tree
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir.dims import Dim
from lamina.layers.core.input_layer import Input, InputLayer
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer
from lamina.models.graph_config import graph_from_config, graph_to_config
from lamina.models.model import Model
from lamina.ops.function import Function, node_of
from lamina.ops.masking import get_keras_mask, set_keras_mask
from lamina.ops.operation import Node
from lamina.ops.symbolic import KerasTensor


class Functional(Function, Model):
    """A model defined by symbolic inputs and outputs; made by `Model(inputs, outputs)`.

    Args:
        inputs: symbolic tensor, or a nested structure of them.
        outputs: symbolic tensors computed from the inputs.
        name: made up if None.
        trainable: whether optimizers change the weights.
    Raises:
        ArgumentError: something given is no symbolic tensor, or the graph has gaps.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        trainable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs:
            raise ArgumentError(f"Unrecognized keyword arguments: {sorted(kwargs)}")
        for what, values in (("inputs", inputs), ("outputs", outputs)):
            for value in tree.flatten(values):
                if not isinstance(value, KerasTensor):
                    kind = type(value).__name__
                    raise ArgumentError(
                        message(
                            f"All `{what}` values must be KerasTensors.",
                            received=f"{value!r:.100} (of type {kind})",
                            fix=f"call the layer: {kind}(...)(tensor)"
                            if isinstance(value, Layer)
                            else "inputs come from lamina.Input, outputs from layers called on it",
                        )
                    )
        _warn_about_keys(inputs)
        if not all(node_of(t).is_input for t in tree.flatten(inputs)):
            inputs, outputs = _cut_out(inputs, outputs)
        Layer.__init__(self, name=name)
        nodes_before = self._inbound_nodes, self._outbound_nodes
        Function.__init__(self, inputs, outputs, name=self.name)
        self._inbound_nodes, self._outbound_nodes = nodes_before
        for attribute, value in (("_inputs_struct", inputs), ("_outputs_struct", outputs)):
            self.__dict__[attribute] = tree.map_structure(lambda x: x, value)  # not watched
        for layer in self.layers:
            self._tracker.track(layer)
        if trainable is not None:
            self.trainable = trainable
        self.built = True
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.output_names = [t._keras_history.operation.name for t in self.outputs]

    def _lock_state(self) -> None:
        """Layers may be attached to a functional model after it was made."""

    def build(self, input_shape: Any) -> None:
        """A functional model is built from the start."""
        self.built = True

    @property
    def layers(self) -> list[Layer]:
        """The layers of the graph."""
        return [o for o in self._graph.operations if isinstance(o, Layer)]

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError(
            "`Model.layers` attribute is reserved and should not be used. Please use another name."
        )

    def call(self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any) -> Any:
        """The outputs for new inputs."""
        values = self._standardize_inputs(inputs)
        if mask is not None:
            for x, m in zip(values, tree.flatten(mask), strict=False):
                if m is not None:
                    set_keras_mask(x, m)
        outputs = self._run_through_graph(values, lambda o: _with_training(o, training))
        if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
            return outputs[0]
        return outputs

    def compute_output_spec(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The symbolic outputs for symbolic inputs."""
        struct = self._inputs_struct
        if isinstance(struct, dict) and isinstance(inputs, dict):
            inputs = {name: inputs[name] for name in struct if name in inputs}
        return Function.compute_output_spec(self, inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for shapes of the inputs."""
        return Function.compute_output_shape(self, input_shape)

    @property
    def input(self) -> Any:
        """The symbolic inputs as given."""
        return self._inputs_struct

    @property
    def output(self) -> Any:
        """The symbolic outputs as given."""
        return self._outputs_struct

    @property
    def input_shape(self) -> Any:
        """The shape of the input; a list if there are several."""
        shapes = [t.shape for t in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """The shape of the output; a list if there are several."""
        shapes = [t.shape for t in self.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    # --- inputs of a call ---

    @property
    def input_spec(self) -> Any:
        """Demands on the inputs: the declared shapes."""
        if "_given_input_spec" in self.__dict__:
            return self.__dict__["_given_input_spec"]
        struct = self._inputs_struct
        if isinstance(struct, dict):
            if not all(isinstance(t, KerasTensor) for t in struct.values()):
                return None
            return [_spec(struct[name], name) for name in sorted(struct)]
        return [_spec(t) for t in self.inputs]

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self.__dict__["_given_input_spec"] = value

    def _assert_input_compatibility(self, first: Any) -> None:
        for x, tensor in zip(tree.flatten(first), self._inputs, strict=False):
            if x is None:
                self._require(tensor)
        return Layer._assert_input_compatibility(self, first)

    def _require(self, tensor: KerasTensor) -> None:
        layer = tensor._keras_history.operation
        if isinstance(layer, InputLayer) and not layer.optional:
            raise ArgumentError(
                f"The input '{tensor.name}' is not optional, but None was passed. Please provide a "
                "valid tensor."
            )

    def _standardize_inputs(self, inputs: Any) -> list[Any]:
        """Values in the order of the inputs, in their dtypes and ranks."""
        struct = self._inputs_struct
        fatal = False
        if isinstance(struct, list) and len(struct) == 1 and ops.is_tensor(inputs):
            inputs = [inputs]
        elif isinstance(inputs, dict) and not isinstance(struct, dict):
            names = [t.name for t in tree.flatten(struct)]
            if set(names) <= set(inputs):
                inputs = [inputs[n] for n in names]
                inputs = inputs if tree.is_nested(struct) else inputs[0]
            else:
                fatal = True
        if isinstance(struct, dict) and isinstance(inputs, dict) and set(struct) < set(inputs):
            warnings.warn(self._mismatch(inputs), stacklevel=3)
            inputs = {name: inputs[name] for name in struct}
        if isinstance(struct, dict) and not isinstance(inputs, dict):
            fatal = fatal or list(struct) != sorted(struct)
        self._check_structure(inputs, fatal)
        values: list[Any] = []
        paths = [path for path, _ in tree.flatten_with_path(struct)]
        for x, tensor, path in zip(tree.flatten(inputs), self._inputs, paths, strict=False):
            if x is None:
                self._require(tensor)
                values.append(None)
            else:
                mask = get_keras_mask(x)
                y = _with_rank(ops.convert_to_tensor(x, dtype=tensor.dtype), tensor, path)
                if mask is not None and y is not x:
                    set_keras_mask(y, mask)
                values.append(y)
        return values

    def _check_structure(self, inputs: Any, fatal: bool) -> None:
        try:
            tree.assert_same_structure(
                tree.lists_to_tuples(inputs), tree.lists_to_tuples(self._inputs_struct)
            )
        except ValueError:
            if fatal or len(tree.flatten(inputs)) != len(self._inputs):
                raise ArgumentError(self._mismatch(inputs)) from None
            warnings.warn(self._mismatch(inputs), stacklevel=3)

    def _mismatch(self, inputs: Any) -> str:
        expected = tree.map_structure(lambda t: None if t is None else t.name, self._inputs_struct)
        seen = tree.map_structure(
            lambda x: None if x is None else f"Tensor(shape={tuple(x.shape)})", inputs
        )
        return (
            "The structure of `inputs` doesn't match the expected structure.\nExpected: "
            f"{expected}\nReceived: inputs={seen}"
        )

    # --- configs ---

    def get_config(self) -> dict[str, Any]:
        """The graph, or a subclass's constructor arguments."""
        if not _constructed_like_functional(type(self)):
            return Layer.get_config(self)
        return copy.deepcopy(graph_to_config(self))

    @staticmethod
    def from_graph_config(cls: type, config: dict[str, Any], custom_objects: Any) -> Any:
        """A model of a class from the config of a graph."""
        config = dict(config)
        inputs, outputs = graph_from_config(config, custom_objects)
        rest = {
            k: v
            for k, v in config.items()
            if k not in ("layers", "input_layers", "output_layers", "name", "trainable")
        }
        return cls(
            inputs=inputs,
            outputs=outputs,
            name=config.get("name"),
            trainable=config.get("trainable"),
            **rest,
        )


Model._functional_class = Functional


def _spec(tensor: KerasTensor, name: str | None = None) -> InputSpec:
    layer = tensor._keras_history.operation
    shape = (None, *tensor.shape[1:]) if tensor.shape else ()
    return InputSpec(
        shape=shape,
        allow_last_axis_squeeze=True,
        name=name or layer.name,
        optional=isinstance(layer, InputLayer) and layer.optional,
    )


def _with_training(operation: Any, training: Any) -> Callable[..., Any]:
    """The operation, told whether it trains."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if training is not None and isinstance(operation, Layer):
            if operation._call_has_training_arg:
                kwargs["training"] = training
        return operation(*args, **kwargs)

    return call


def _with_rank(x: Any, tensor: KerasTensor, path: tuple) -> Any:
    """x with a last axis of size 1 added or removed, if only that is amiss."""
    rank, wanted = x.ndim, len(tensor.shape)
    if rank == wanted:
        return x
    if rank == wanted + 1 and not hasattr(x.shape[-1], "coefficients") and x.shape[-1] == 1:
        return ops.squeeze(x, axis=-1)
    if rank == wanted - 1 and tensor.shape[-1] == 1:
        return ops.expand_dims(x, axis=-1)
    known = not any(isinstance(size, Dim) for size in x.shape)
    one_row = known and tuple(x.shape) == tuple(tensor.shape[1:])
    raise ShapeError(
        message(
            f"Invalid input shape for input with name '{tensor.name}' and path "
            f"'{'.'.join(map(str, path))}'. Expected shape {tensor.shape}, but input has "
            f"incompatible shape {tuple(x.shape)}",
            fix="the first axis is the rows: pass one row as x[None]" if one_row else None,
        )
    )


def _warn_about_keys(inputs: Any) -> None:
    if isinstance(inputs, dict):
        for key, tensor in inputs.items():
            if isinstance(tensor, KerasTensor) and key != tensor.name:
                warnings.warn(
                    "When providing `inputs` as a dict, all keys in the dict must match the names "
                    f"of the corresponding tensors. Received key '{key}' mapping to value {tensor} "
                    f"which has name '{tensor.name}'. Change the tensor name to '{key}' (via "
                    f"`Input(..., name='{key}')`)",
                    stacklevel=3,
                )


def _constructed_like_functional(cls: type) -> bool:
    spec = inspect.getfullargspec(cls)
    if spec.args[1:] == inspect.getfullargspec(Functional).args[1:]:
        return True
    return spec.varargs is not None and spec.varkw is not None


def _cut_out(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """Inputs and outputs for the part of a graph that begins at intermediate tensors.

    The nodes between are recorded again, with new inputs in the place of the given tensors.
    """
    flat_inputs, flat_outputs = tree.flatten(inputs), tree.flatten(outputs)
    order = Function(inputs, outputs)._graph.nodes_by_depth
    copies: dict[int, KerasTensor] = {}
    for tensor in flat_inputs:
        if node_of(tensor).is_input:
            copies[id(tensor)] = tensor
        else:
            copies[id(tensor)] = Input(
                batch_shape=tensor.shape, dtype=tensor.dtype, name=f"{tensor.name}CLONE"
            )

    def replaced(x: Any) -> Any:
        return copies.get(id(x), x) if isinstance(x, KerasTensor) else x

    for nodes in order:
        for node in nodes:
            if node.is_input or all(id(t) in copies for t in node.outputs):
                continue
            for t in node.outputs:
                copies[id(t)] = KerasTensor(t.shape, t.dtype, name=f"{t.name}_clone")
            Node(
                node.operation,
                tree.map_structure(replaced, node.args),
                tree.map_structure(replaced, node.kwargs),
                [copies[id(t)] for t in node.outputs],
            )
    return (
        tree.pack_sequence_as(inputs, [copies[id(t)] for t in flat_inputs]),
        tree.pack_sequence_as(outputs, [copies[id(t)] for t in flat_outputs]),
    )
