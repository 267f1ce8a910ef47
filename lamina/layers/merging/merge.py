"""What all merging layers share: a list of inputs made to fit together, one mask from several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.layer import Layer
from lamina.ops.masking import get_keras_mask, set_keras_mask
from lamina.ops.symbolic import KerasTensor


class Merge(Layer):
    """A layer that makes one tensor of a list; a subclass says how in `merged(inputs)`."""

    aligns_axes = True  # inputs with fewer axes get axes of size 1 behind the batch

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def merged(self, inputs: list[Any]) -> Any:
        """The one tensor."""
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        """Check that the shapes fit together."""
        check_list(self, input_shape, 1)
        batches = {s[0] for s in input_shape if s} - {None}
        if len(batches) > 1:
            raise ShapeError(
                message(
                    "Cannot merge tensors with different batch sizes. Received tensors with "
                    f"shapes {input_shape}"
                )
            )
        self.compute_output_shape(input_shape)

    def call(self, inputs: Any) -> Any:
        """The inputs merged."""
        if not isinstance(inputs, (list, tuple)):
            raise ArgumentError(
                message(
                    "A merge layer should be called on a list of inputs.",
                    received=f"{type(inputs).__name__} (not a list of tensors)",
                )
            )
        if self.aligns_axes:
            inputs = _aligned(inputs)
        return self.merged(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape to which all inputs broadcast."""
        shape: Any = input_shape[0][1:]
        for other in input_shape[1:]:
            shape = _broadcast(shape, other[1:])
        batches = {s[0] for s in input_shape} - {None}
        return (batches.pop() if len(batches) == 1 else None, *shape)

    def compute_output_spec(self, inputs: Any) -> Any:
        """A symbolic tensor of `compute_output_shape`."""
        shape = self.compute_output_shape([x.shape for x in inputs])
        return KerasTensor(shape, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """True where any input is real; None if an input has no mask."""
        if previous_mask is None:
            return None
        check_masks(inputs, previous_mask)
        if any(mask is None for mask in previous_mask):
            return None
        result = previous_mask[0]
        for mask in previous_mask[1:]:
            result = ops.logical_or(result, mask)
        return result


def _aligned(inputs: Any) -> list[Any]:
    ndim = max(len(x.shape) for x in inputs)
    found = []
    for x in inputs:
        for _ in range(ndim - len(x.shape)):
            x = ops.expand_dims(x, 1)
        found.append(x)
    return found


def _broadcast(first: tuple, second: tuple) -> tuple:
    """The shape of an elementwise operation, without the batch."""
    if len(first) < len(second):
        first, second = second, first
    missing = len(first) - len(second)
    sizes = list(first[:missing])
    for a, b in zip(first[missing:], second, strict=True):
        if a is None or b is None:
            sizes.append(None)
        elif a != b and 1 not in (a, b):
            raise ShapeError(
                message(
                    f"Inputs have incompatible shapes. Received shapes {first} and {second}",
                    required="equal sizes, or 1, on every axis behind the batch",
                )
            )
        else:
            sizes.append(b if a == 1 else a)
    return tuple(sizes)


def check_list(layer: Layer, input_shape: Any, least: int) -> None:
    """Refuse shapes that are not those of a list of so many inputs.

    Raises:
        ArgumentError: a single shape, or too few.
    """
    is_list = len(input_shape) > 0 and isinstance(input_shape[0], (list, tuple))
    if not is_list or len(input_shape) < least:
        name = type(layer).__name__
        article = f"A `{name}` layer" if name in ("Concatenate", "Dot") else "A merge layer"
        raise ArgumentError(
            message(
                f"{article} should be called on a list of at least {least} input. "
                f"Received: input_shape={input_shape} (not a list of shapes)"
                if name == "Concatenate"
                else f"{article} should be called on a list of inputs. "
                f"Received: input_shape={input_shape} (not a list of shapes)"
            )
        )


def check_masks(inputs: Any, mask: Any) -> None:
    """Refuse masks that do not come one for each input.

    Raises:
        ArgumentError: they do not.
    """
    if not isinstance(mask, (list, tuple)):
        raise ArgumentError(
            message("`mask` should be a list.", received=f"mask of type {type(mask).__name__}")
        )
    if not isinstance(inputs, (list, tuple)):
        raise ArgumentError(
            message(
                "`inputs` should be a list.", received=f"inputs of type {type(inputs).__name__}"
            )
        )
    if len(mask) != len(inputs):
        raise ArgumentError(
            message(
                "The lists `inputs` and `mask` should have the same length.",
                received=f"{len(inputs)} inputs and {len(mask)} masks",
            )
        )


def mask_like(x: Any) -> Any:
    """The mask of a tensor, broadcast to the tensor's shape; None if it has none."""
    mask = get_keras_mask(x)
    return None if mask is None else ops.broadcast_to(ops.expand_dims(mask, -1), ops.shape(x))


def set_step_mask(x: Any, mask: Any) -> None:
    """Let a tensor carry a mask of its own shape, reduced to one value for each step."""
    set_keras_mask(x, ops.any(mask, axis=-1))


def merged_where_real(function: Callable[[Any, Any], Any], inputs: list[Any]) -> Any:
    """Inputs merged pairwise, where a masked element leaves the other one as it is.

    Args:
        function: of two tensors.
        inputs: tensors, some with masks.
    Returns:
        Tensor; it carries a mask if every input does.
    """
    result, result_mask = inputs[0], mask_like(inputs[0])
    for x in inputs[1:]:
        mask = mask_like(x)
        if mask is not None:
            x = ops.where(mask, x, result)
        if result_mask is not None:
            result = ops.where(result_mask, result, x)
        both = mask is not None and result_mask is not None
        result_mask = ops.logical_or(result_mask, mask) if both else None
        result = function(result, x)
    if result_mask is not None:
        set_step_mask(result, result_mask)
    return result
