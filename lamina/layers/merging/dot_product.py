"""Merging by a dot product of each sample's two tensors."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ArgumentTypeError, ShapeError, message
from lamina.layers.merging.merge import Merge


class Dot(Merge):
    """Multiply two tensors sample by sample and sum over one axis of each.

    Args:
        axes: int for both, or a pair (axis of the first, axis of the second); never the batch.
        normalize: whether both are scaled to length 1 along the axis first, which gives the cosine.
    Call arguments:
        inputs: list of two tensors (batch, …).
    Returns:
        Tensor (batch, other axes of the first, other axes of the second), (batch, 1) if none are
        left.
    Raises:
        ShapeError: the sizes along the axes differ.
    Example:
        >>> import numpy as np
        >>> Dot(axes=(1, 2))([np.ones((2, 5, 3)), np.ones((2, 4, 5))]).shape
        (2, 3, 4)
    """

    aligns_axes = False

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, (int, list, tuple)):
            raise ArgumentTypeError(
                message(
                    "Invalid type for argument `axes`: it should be a list or an int.",
                    received=f"axes={axes!r}",
                )
            )
        if not isinstance(axes, int):
            _check_pair(axes)
        self.axes = axes
        self.normalize = normalize

    def build(self, input_shape: Any) -> None:
        """Check that the sizes along the axes agree."""
        _check_two_shapes(input_shape)
        first, second = input_shape
        a, b = self._axes(first, second)
        if first[a] != second[b]:
            raise ShapeError(
                message(
                    f"Incompatible input shapes: axis values {first[a]} (at axis {a}) != "
                    f"{second[b]} (at axis {b}). Full input shapes: {first}, {second}"
                )
            )

    def merged(self, inputs: list[Any]) -> Any:
        """The dot products."""
        if len(inputs) != 2:
            raise ArgumentError(
                message(
                    "A `Dot` layer should be called on exactly 2 inputs.",
                    received=f"{len(inputs)} inputs",
                )
            )
        x, y = inputs
        a, b = self._axes(x.shape, y.shape)
        if self.normalize:
            x, y = _unit(x, a), _unit(y, b)
        return batch_dot(x, y, (a, b))

    def _axes(self, first: Any, second: Any) -> tuple[int, int]:
        a, b = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return a % len(first) if a < 0 else a, b % len(second) if b < 0 else b

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, other axes of the first, other axes of the second)."""
        _check_two_shapes(input_shape)
        first, second = (list(shape) for shape in input_shape)
        a, b = self._axes(first, second)
        del first[a], second[b]
        shape = (*first, *second[1:])
        return shape if len(shape) > 1 else (*shape, 1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: a dot product has no steps."""
        return None

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def _check_pair(axes: Any) -> None:
    start = "Invalid format for argument `axes`:"
    if len(axes) != 2:
        raise ArgumentError(message(f"{start} it should contain two elements.", f"axes={axes}"))
    if not all(isinstance(axis, int) for axis in axes):
        raise ArgumentError(
            message(f"{start} list elements should be integers.", f"axes={axes}"),
        )


def _check_two_shapes(input_shape: Any) -> None:
    ok = isinstance(input_shape, (list, tuple)) and len(input_shape) == 2
    if not ok or not isinstance(input_shape[0], (list, tuple)):
        raise ArgumentError(
            message(
                "A `Dot` layer should be called on a list of 2 inputs.",
                received=f"input_shape={input_shape}",
            )
        )


def _unit(x: Any, axis: int) -> Any:
    """Slices scaled to length 1; zeros stay zeros."""
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, 1e-12)))


def batch_dot(x: Any, y: Any, axes: tuple[int, int]) -> Any:
    """Sums over one axis of each of two tensors, sample by sample.

    Args:
        x: tensor (batch, …).
        y: tensor (batch, …).
        axes: an axis >= 1 of each.
    Returns:
        Tensor (batch, other axes of x, other axes of y), (batch, 1) if none are left.
    Raises:
        ArgumentError: an axis is the batch.
    """
    if 0 in axes:
        raise ArgumentError(
            message(
                "Cannot perform batch_dot over axis 0.",
                received=f"axes={axes}",
                fix="give inputs without a batch one: ops.expand_dims(x, 0)",
            )
        )
    x, y = ops.moveaxis(x, axes[0], -1), ops.moveaxis(y, axes[1], 1)
    kept = (*x.shape[1:-1], *y.shape[2:])
    batch, size = ops.shape(x)[0], x.shape[-1]
    left = ops.reshape(x, (batch, math.prod(x.shape[1:-1]), size))
    right = ops.reshape(y, (batch, size, math.prod(y.shape[2:])))
    return ops.reshape(ops.matmul(left, right), (batch, *(kept or (1,))))


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """Dot products of two tensors, sample by sample; see `Dot`.

    Args:
        inputs: list of two tensors.
        axes: int or pair of ints.
        **kwargs: further arguments of the layer.
    """
    return Dot(axes=axes, **kwargs)(inputs)
