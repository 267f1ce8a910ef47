"""A layer applied to every time step alike."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.dtypes import is_float
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.layers.core.wrapper import Wrapper
from lamina.layers.layer import Layer


class TimeDistributed(Wrapper):
    """Apply the same layer, with the same weights, to each time step.

    The steps of all rows go through the layer as one batch. Only a training layer with state of its
    own, such as BatchNormalization's moving averages, sees one step after the other.

    Args:
        layer: any layer.
    Call arguments:
        inputs: tensor (batch, time, …).
        training: handed on to the layer, if it wants to know.
        mask: bool tensor (batch, time, …) or None; handed on to the layer, if it wants it.
    Returns:
        Tensor (batch, time, …).
    Raises:
        ArgumentError: `layer` is no layer.
        ShapeError: inputs without a time axis, or a mask of another batch or length.
    Example:
        >>> import numpy as np
        >>> from lamina import layers
        >>> TimeDistributed(layers.Dense(4))(np.ones((2, 5, 3), "float32")).shape
        (2, 5, 4)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ArgumentError(
                message(
                    "Please initialize `TimeDistributed` layer with a `Layer` instance.",
                    received=repr(layer),
                    required="a Layer such as Dense(8)",
                )
            )
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def _step_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 3:
            raise ShapeError(
                message(
                    "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 "
                    "dimensions.",
                    received=input_shape,
                    required="(batch, time, …)",
                )
            )
        return (input_shape[0], *input_shape[2:])

    def build(self, input_shape: Any = None) -> None:
        """Build the layer for one step."""
        super().build(self._step_shape(input_shape))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, time, …)."""
        output = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (output[0], input_shape[1], *output[1:])

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The layer's outputs for each step."""
        if mask is not None:
            _check_mask(mask, inputs)
        options: dict[str, Any] = {}
        if self.layer._call_has_training_arg:
            options["training"] = training
        if not self.layer._call_has_mask_arg:
            mask = None
        one_by_one = training and self.layer.non_trainable_weights
        apply = self._step_by_step if one_by_one else self._as_one_batch
        outputs = apply(inputs, mask, options)
        return ops.cast(outputs, self.compute_dtype) if is_float(outputs.dtype) else outputs

    def _as_one_batch(self, inputs: Any, mask: Any, options: dict[str, Any]) -> Any:
        batch, time = inputs.shape[:2]
        if mask is not None:
            options["mask"] = ops.reshape(mask, (batch * time, *mask.shape[2:]))
        flat = ops.reshape(inputs, (batch * time, *inputs.shape[2:]))
        outputs = self.layer(flat, **options)
        return ops.reshape(outputs, (batch, time, *outputs.shape[1:]))

    def _step_by_step(self, inputs: Any, mask: Any, options: dict[str, Any]) -> Any:
        outputs = []
        for i in range(inputs.shape[1]):
            if mask is not None:
                options["mask"] = mask[:, i]
            outputs.append(self.layer(inputs[:, i], **options))
        return ops.stack(outputs, axis=1)


def _check_mask(mask: Any, inputs: Any) -> None:
    fits = mask.ndim >= 2 and dims.same_shape(mask.shape[:2], inputs.shape[:2])
    if not fits:
        raise ShapeError(
            message(
                f"The `mask` passed to the `TimeDistributed` layer has a shape {tuple(mask.shape)} "
                f"that is incompatible with the input shape {tuple(inputs.shape)}.",
                required=f"({inputs.shape[0]}, {inputs.shape[1]}, …)",
            )
        )
