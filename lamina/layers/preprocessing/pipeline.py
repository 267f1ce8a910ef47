"""Several layers applied one after another, as one layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.layers.layer import Layer
from lamina.ops.masking import get_keras_mask
from lamina.saving import deserialize_keras_object, serialize_keras_object


class Pipeline(Layer):
    """Apply layers one after another, without the demands of a model on its inputs.

    Args:
        layers: the layers.
        name: made up if None.
    Call arguments:
        inputs: what the first layer takes.
        training: passed to the layers that want it.
        mask: passed to the first layer, if it wants it.
    Returns:
        What the last layer returns.
    Example:
        >>> import numpy as np
        >>> from lamina import layers
        >>> Pipeline([layers.Rescaling(2.0), layers.Rescaling(3.0)])(np.ones((1, 1))).tolist()
        [[6.0]]
    """

    def __init__(self, layers: Sequence[Layer], name: str | None = None) -> None:
        super().__init__(name=name)
        self._pipeline_layers = list(layers)
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True

    @property
    def layers(self) -> list[Layer]:
        """The layers."""
        return self._pipeline_layers

    def call(self, inputs: Any, training: Any = True, mask: Any = None) -> Any:
        """The layers' result."""
        for layer in self._pipeline_layers:
            kwargs = {"mask": mask} if layer._call_has_mask_arg else {}
            if layer._call_has_training_arg and training is not None:
                kwargs["training"] = training
            inputs = layer(inputs, **kwargs)
            mask = tree.map_structure(get_keras_mask, inputs)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"layers": serialize_keras_object(list(self._pipeline_layers)), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Pipeline:
        """A pipeline from `get_config`.

        Raises:
            ArgumentError: the config names no layers.
        """
        layers = config.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ArgumentError(
                message(
                    "`Pipeline` config must contain a `layers` key mapping to a list of serialized "
                    f"layers. Received config with layers={layers}."
                )
            )
        return cls(**{**config, "layers": [deserialize_keras_object(x) for x in layers]})
