"""Any function as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from lamina.base import tree
from lamina.base.errors import message
from lamina.layers.layer import Layer
from lamina.ops.symbolic import KerasTensor, infer_spec
from lamina.saving import deserialize_keras_object, serialize_keras_object


class Lambda(Layer):
    """Apply a function of tensors, which must use `lamina.ops` only and have no weights of its own.

    Args:
        function: of the input; it may have further arguments `mask` and `training`.
        output_shape: shape without the batch, or function from input shape to output shape; found
            out if None.
        mask: mask of the output, or function of (inputs, mask).
        arguments: dict of further keyword arguments for the function.
    Call arguments:
        inputs: tensor or structure of tensors.
    Returns:
        What the function returns.
    Raises:
        NotImplementedError: the output's shape is asked for and cannot be found out.
    Numerics: a Python lambda is not written to files; name the function and register it instead.
    Example:
        >>> import numpy as np
        >>> Lambda(lambda x: x * 2)(np.ones((1, 2), "float32")).tolist()
        [[2.0, 2.0]]
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.arguments = arguments or {}
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = output_shape
        names = inspect.getfullargspec(function).args
        self._passes_on = [name for name in ("mask", "training") if name in names]

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """function(inputs)."""
        context = {"mask": mask, "training": training}
        wanted = {name: context[name] for name in self._passes_on}
        return self.function(inputs, **dict(self.arguments), **wanted)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """From `output_shape`, or by running the function on symbolic tensors."""
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        if self._output_shape is not None:
            batch = tree.flatten(input_shape)[0]
            return tree.map_shape_structure(lambda s: (batch, *s), self._output_shape)
        try:
            inputs = tree.map_shape_structure(
                lambda shape: KerasTensor(shape, self.compute_dtype), input_shape
            )
            return tree.map_structure(lambda t: t.shape, infer_spec(self.call, (inputs,), {}))
        except Exception as error:
            raise NotImplementedError(
                message(
                    "We could not automatically infer the shape of the Lambda's output.",
                    received=f"{type(error).__name__}: {error}",
                    fix="specify the `output_shape` argument for this Lambda layer",
                )
            ) from error

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """From `mask`."""
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; a Python lambda only as a mark that there was one."""
        config = {
            **super().get_config(),
            "function": serialize_keras_object(self.function),
            "arguments": serialize_keras_object(self.arguments),
        }
        if self._output_shape is not None:
            shape = self._output_shape
            config["output_shape"] = serialize_keras_object(shape) if callable(shape) else shape
        if self.mask is not None:
            config["mask"] = serialize_keras_object(self.mask)
        return config

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
        safe_mode: bool | None = None,
    ) -> Lambda:
        """A layer from `get_config`.

        Args:
            config: dict.
            custom_objects: names -> functions; the layer's name -> its function, if that is
                a lambda.
            safe_mode: False accepts a lambda of this process.
        Raises:
            FileFormatError: a lambda nobody supplied.
        """
        config = dict(config)
        for key in ("function", "output_shape", "mask", "arguments"):
            if key in config:
                config[key] = deserialize_keras_object(
                    config[key], custom_objects=custom_objects, safe_mode=safe_mode
                )
        shape = config.get("output_shape")
        if isinstance(shape, list) and all(isinstance(s, (int, type(None))) for s in shape):
            config["output_shape"] = tuple(shape)
        return cls(**config)
