"""The base of layers that hold another layer and change how it is used."""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.layers.layer import Layer
from lamina.saving import deserialize_keras_object, serialize_keras_object


class Wrapper(Layer):
    """A layer around another; subclasses define `call`.

    Args:
        layer: the layer inside.
    Raises:
        ArgumentError: `layer` is no layer.
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ArgumentError(
                message(
                    f"Layer {layer} supplied to Wrapper isn't a supported layer type. Please "
                    "ensure wrapped layer is a valid Keras layer.",
                    received=type(layer).__name__,
                    required="an instance of Layer",
                )
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "layer": serialize_keras_object(self.layer)}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Wrapper:
        """A wrapper from `get_config`."""
        config = dict(config)
        layer = deserialize_keras_object(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)
