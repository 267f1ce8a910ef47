"""Merging end to end along an axis."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ShapeError, message
from lamina.layers.merging.merge import Merge, check_list, check_masks


class Concatenate(Merge):
    """Lay the inputs end to end along an axis.

    Args:
        axis: int; 0 is the batch.
    Call arguments:
        inputs: list of tensors whose shapes agree on the other axes.
    Returns:
        Tensor whose size along the axis is the sum of the inputs'.
    Raises:
        ShapeError: sizes differ on another axis.
    Example:
        >>> import numpy as np
        >>> Concatenate()([np.ones((1, 2)), np.ones((1, 3))]).shape
        (1, 5)
    """

    aligns_axes = False

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        """Check that the shapes agree."""
        check_list(self, input_shape, 1)
        others = [_without(shape, self.axis) for shape in input_shape]
        same_rank = len({len(shape) for shape in others}) == 1
        if not same_rank or any(
            len(set(sizes) - {None}) > 1 for sizes in zip(*others, strict=True)
        ):
            raise ShapeError(
                message(
                    "A `Concatenate` layer requires inputs with matching shapes except for the "
                    f"concatenation axis. Received: input_shape={input_shape}",
                    required=f"equal sizes on every axis but {self.axis}",
                )
            )

    def merged(self, inputs: list[Any]) -> Any:
        """The inputs end to end."""
        return ops.concatenate(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The first input's shape with the sum of sizes on the axis."""
        check_list(self, input_shape, 1)
        sizes = [shape[self.axis] for shape in input_shape]
        result = list(input_shape[0])
        result[self.axis] = None if None in sizes else sum(sizes)
        return tuple(result)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The masks end to end; an input without one counts as real."""
        if previous_mask is None:
            return None
        check_masks(inputs, previous_mask)
        if all(mask is None for mask in previous_mask):
            return None
        pairs = zip(inputs, previous_mask, strict=True)
        masks = ops.concatenate([_full_mask(x, mask) for x, mask in pairs], axis=self.axis)
        return ops.any(masks, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "axis": self.axis}


def _without(shape: Any, axis: int) -> tuple[int | None, ...]:
    axis %= len(shape)
    return (*shape[:axis], *shape[axis + 1 :])


def _full_mask(x: Any, mask: Any) -> Any:
    """A mask of the tensor's own shape."""
    if mask is None:
        return ops.ones_like(x, dtype="bool")
    if len(mask.shape) < len(x.shape):
        return ops.logical_or(ops.expand_dims(mask, -1), ops.zeros_like(x, dtype="bool"))
    return mask


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Tensors end to end; see `Concatenate`.

    Args:
        inputs: list of tensors.
        axis: int.
        **kwargs: further arguments of the layer.
    """
    return Concatenate(axis=axis, **kwargs)(inputs)
