"""Layers as plain JSON values and back; `lamina.saving` does the work."""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentError
from lamina.layers.layer import Layer
from lamina.saving import deserialize_keras_object, serialize_keras_object


def serialize(layer: Layer) -> dict[str, Any]:
    """A layer as plain JSON values, without its weights.

    Args:
        layer: any layer.
    Returns:
        dict that `deserialize` understands.
    Example:
        >>> from lamina import layers
        >>> layers.serialize(layers.Flatten())["class_name"]
        'Flatten'
    """
    return serialize_keras_object(layer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Layer:
    """A layer from what `serialize` gave.

    Args:
        config: dict with "class_name" and "config".
        custom_objects: further names -> classes and functions.
    Returns:
        A new layer.
    Raises:
        ArgumentError: the config describes something else than a layer.
    """
    found = deserialize_keras_object(config, custom_objects=custom_objects)
    if not isinstance(found, Layer):
        raise ArgumentError(
            "`layers.deserialize` was passed a `config` object that is not a layer. Received: "
            f"{config!r:.200}"
        )
    return found
