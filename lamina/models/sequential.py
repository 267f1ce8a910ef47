"""A stack of layers, each taking what the one before gives."""

from __future__ import annotations

import copy
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.layers.core.input_layer import InputLayer
from lamina.layers.layer import Layer
from lamina.models.functional import Functional
from lamina.models.model import Model
from lamina.ops.masking import get_keras_mask
from lamina.ops.symbolic import standardize_shape
from lamina.saving import deserialize_keras_object, serialize_keras_object


class Sequential(Model):
    """A model made of layers in a row.

    Args:
        layers: the layers; an `Input` first tells the shape, so that the model is built at once.
        trainable: whether optimizers change the weights.
        name: made up if None.
    Example:
        >>> import lamina
        >>> m = Sequential([lamina.Input((4,)), lamina.layers.Dense(2)])
        >>> m.output_shape
        (None, 2)
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        if isinstance(trainable, Layer):
            raise ArgumentTypeError(
                message(
                    "Sequential takes its layers in one list.",
                    received=f"{type(trainable).__name__} as the second argument, `trainable`",
                    fix="Sequential([first, second, ...])",
                )
            )
        super().__init__(trainable=trainable, name=name)
        self._functional: Functional | None = None
        if layers is not None and not isinstance(layers, (list, tuple)):
            layers = [layers]
        for layer in layers or ():
            self.add(layer, rebuild=False)
        if layers:
            self._maybe_rebuild()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer on top.

        Args:
            layer: Layer, or the symbolic tensor of an `Input`.
            rebuild: whether to connect the layers at once.
        Raises:
            ArgumentError: no layer, a name that is taken, or a second input.
        """
        own = self._layers
        if not own and getattr(layer, "_input_shape_arg", None) is not None:
            self.add(InputLayer(shape=layer._input_shape_arg))
        history = getattr(layer, "_keras_history", None)
        if history is not None and isinstance(history.operation, InputLayer):
            layer = history.operation
        if not isinstance(layer, Layer):
            fix = None
            if isinstance(layer, type):
                fix = f"make one: {layer.__name__}(...)"
            elif isinstance(layer, (list, tuple)):
                fix = "give all layers in one flat list"
            raise ArgumentError(
                message(
                    "Only instances of `lamina.Layer` can be added to a Sequential model.",
                    received=f"{layer!r:.100} (of type {type(layer).__name__})",
                    fix=fix,
                )
            )
        layer._check_super_called()
        if any(layer.name == other.name and other is not layer for other in own):
            raise ArgumentError(
                "All layers added to a Sequential model should have unique names. Name "
                f"'{layer.name}' is already the name of a layer in this model. Update the `name` "
                "argument to pass a unique name."
            )
        if isinstance(layer, InputLayer) and own and isinstance(own[0], InputLayer):
            raise ArgumentError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{own[0].batch_shape}. You cannot add a different Input layer to it."
            )
        own.append(layer)
        self._forget_graph()
        if rebuild:
            try:
                self._maybe_rebuild()
            except Exception:
                self.pop()  # the stack stays as it was
                raise

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer off and return it."""
        if not self._layers:
            raise ArgumentError(f"`pop`: Sequential model '{self.name}' has no layers to remove.")
        layer = self._layers.pop()
        self._forget_graph()
        if rebuild and self._layers:
            self._maybe_rebuild()
        return layer

    def _forget_graph(self) -> None:
        self.built = False
        self.__dict__["_functional"] = None

    def _maybe_rebuild(self) -> None:
        self._forget_graph()
        first = self._layers[0]
        if len(self._layers) > 1:
            if isinstance(first, InputLayer):
                self.build(first.batch_shape)
            elif hasattr(first, "input_shape"):
                self.build(first.input_shape)

    def _lock_state(self) -> None:
        """A stack may change after it was built."""

    def build(self, input_shape: Any = None) -> None:
        """Connect the layers for inputs of a shape (batch included).

        Raises:
            ArgumentError: there are no layers, or the shape contradicts the declared one.
        """
        try:
            shape = standardize_shape(input_shape)
        except ArgumentError:
            return  # nested inputs: layers are applied one after the other
        if not self._layers:
            raise ArgumentError(
                f"Sequential model {self.name} cannot be built because it has no layers. Call "
                "`model.add(layer)`."
            )
        first = self._layers[0]
        if isinstance(first, InputLayer):
            if first.batch_shape != shape:
                raise ArgumentError(
                    f"Sequential model '{self.name}' has already been configured to use input "
                    f"shape {first.batch_shape}. You cannot build it with input_shape {shape}"
                )
        else:
            self._layers.insert(0, InputLayer(batch_shape=shape, dtype=first.compute_dtype))
        try:
            self._connect()
        except Exception:
            if not isinstance(first, InputLayer):
                self._layers.pop(0)  # another shape may fit
            raise

    def _connect(self) -> None:
        x = inputs = self._layers[0].output
        for layer in self._layers[1:]:
            try:
                x = layer(x)
            except NotImplementedError:
                return
            except TypeError as error:
                raise _explained(layer, error) from error
            if x is None:
                raise _returned_nothing(layer)
        self.__dict__["_functional"] = Functional(inputs=inputs, outputs=x)

    def call(self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any) -> Any:
        """The output of the last layer."""
        if self._functional is not None:
            return self._functional.call(inputs, training=training, mask=mask, **kwargs)
        outputs = inputs
        for layer in self.layers:
            arguments: dict[str, Any] = {}
            if layer._call_has_mask_arg:
                arguments["mask"] = mask
            if layer._call_has_training_arg and training is not None:
                arguments["training"] = training
            outputs = layer(outputs, **arguments)
            if outputs is None:
                raise _returned_nothing(layer)
            mask = tree.map_structure(get_keras_mask, outputs)
        return outputs

    @property
    def layers(self) -> list[Layer]:
        """The layers without the input."""
        own = self._layers
        return own[1:] if own and isinstance(own[0], InputLayer) else own[:]

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError(
            "`Sequential.layers` attribute is reserved and should not be used. Use `add()` and "
            "`pop()` to change the layers in this model."
        )

    def compute_output_spec(
        self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any
    ) -> Any:
        """The symbolic output for symbolic inputs."""
        if self._functional is not None:
            return self._functional.compute_output_spec(inputs)
        for layer in self.layers:
            arguments = {"training": training} if layer._call_has_training_arg else {}
            inputs = layer.compute_output_spec(inputs, **arguments)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for a shape of the input."""
        if self._functional is not None:
            return self._functional.compute_output_shape(input_shape)
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def _of_graph(self, what: str) -> Any:
        if self._functional is None:
            raise AttributeError(
                f"Sequential model '{self.name}' has no defined {what} yet. Give it an Input, call "
                "`build(input_shape)`, or call it on data."
            )
        return getattr(self._functional, what.replace(" ", "_"))

    @property
    def input_shape(self) -> Any:
        """The shape of the input, batch included."""
        return self._of_graph("input shape")

    @property
    def output_shape(self) -> Any:
        """The shape of the output, batch included."""
        return self._of_graph("output shape")

    @property
    def inputs(self) -> Any:
        """The symbolic inputs."""
        return self._of_graph("inputs")

    @property
    def outputs(self) -> Any:
        """The symbolic outputs."""
        return self._of_graph("outputs")

    @property
    def input_dtype(self) -> str:
        """The dtype to which inputs are cast: that of the declared input."""
        own = self._layers
        return own[0].dtype if own and isinstance(own[0], InputLayer) else super().input_dtype

    def get_config(self) -> dict[str, Any]:
        """The layers' configs, and the shape the model was built for."""
        config: dict[str, Any] = Layer.get_config(self)
        config["name"] = self.name
        config["layers"] = copy.deepcopy([serialize_keras_object(v) for v in self._layers])
        config.pop("_init_arguments", None)
        if self._functional is not None:
            config["build_input_shape"] = self._layers[0].batch_shape
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A model from `get_config`."""
        if not isinstance(config, dict) or "name" not in config or "layers" not in config:
            raise ArgumentError(
                "A Sequential model configuration must be a dictionary containing the 'name' and "
                f"'layers' keys. Received: config={config!r:.200}"
            )
        model = cls(name=config["name"])
        for layer_config in config["layers"]:
            if not isinstance(layer_config, dict) or "config" not in layer_config:
                raise ArgumentError(
                    message(
                        "Expected a dictionary containing a 'config' key. A layer of the "
                        f"Sequential model {config['name']!r:.80} is described by something else.",
                        received=f"{layer_config!r:.80}",
                    )
                )
            model.add(deserialize_keras_object(layer_config, custom_objects=custom_objects))
        shape = config.get("build_input_shape")
        if model._functional is None and isinstance(shape, (tuple, list)) and shape:
            model.build(shape)
        return model


def _returned_nothing(layer: Layer) -> ArgumentError:
    """The error for a layer whose `call` has no result."""
    return ArgumentError(
        message(
            f"{type(layer).__name__} '{layer.name}' gives None to the layers behind it.",
            fix="end its `call` with `return` and a tensor",
        )
    )


def _explained(layer: Layer, error: TypeError) -> Exception:
    """A clearer error where a layer takes no single input."""
    parameters = layer._call_signature.parameters.values()
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p.name for p in positional if p.default is p.empty]
    start = "Layers added to a Sequential model "
    if not positional:
        return ArgumentError(
            f"{start}should have a single positional argument, the input tensor. Layer "
            f"{type(layer).__name__} has no positional arguments."
        )
    if len(required) > 1:
        return ArgumentError(
            f"{start}can only have a single required positional argument, the input tensor. Layer "
            f"{type(layer).__name__} has multiple required positional arguments: {required}"
        )
    return error
