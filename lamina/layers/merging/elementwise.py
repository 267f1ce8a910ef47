"""Merging element by element: sum, difference, product, mean, maximum, minimum."""

from __future__ import annotations

import functools
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.layers.merging.merge import Merge, mask_like, merged_where_real, set_step_mask
from lamina.ops.masking import get_keras_mask


class Add(Merge):
    """The sum of the inputs.

    Call arguments:
        inputs: list of tensors whose shapes broadcast.
    Returns:
        Tensor of the common shape.
    Example:
        >>> import numpy as np
        >>> Add()([np.ones((1, 2)), np.ones((1, 2))]).tolist()
        [[2.0, 2.0]]
    """

    def merged(self, inputs: list[Any]) -> Any:
        """x0 + x1 + …"""
        return functools.reduce(ops.add, inputs)


class Subtract(Merge):
    """The first input minus the second.

    Call arguments:
        inputs: list of two tensors whose shapes broadcast.
    Returns:
        Tensor of the common shape.
    Raises:
        ArgumentError: not two inputs.
    """

    def build(self, input_shape: Any) -> None:
        """Check that there are two inputs that fit together."""
        super().build(input_shape)
        _check_two(input_shape)

    def merged(self, inputs: list[Any]) -> Any:
        """x0 - x1"""
        _check_two(inputs)
        return ops.subtract(inputs[0], inputs[1])


def _check_two(inputs: Any) -> None:
    if len(inputs) != 2:
        raise ArgumentError(
            message(
                "A `Subtract` layer should be called on exactly 2 inputs.",
                received=f"{len(inputs)} inputs",
            )
        )


class Multiply(Merge):
    """The product of the inputs; masked elements count as 1, and as 0 where every input is masked.

    Call arguments:
        inputs: list of tensors whose shapes broadcast.
    Returns:
        Tensor of the common shape.
    """

    def merged(self, inputs: list[Any]) -> Any:
        """x0 * x1 * …"""
        masks = [mask_like(x) for x in inputs]
        factors = [
            x if mask is None else ops.where(mask, x, ops.ones_like(x))
            for x, mask in zip(inputs, masks, strict=True)
        ]
        result = functools.reduce(ops.multiply, factors)
        if all(get_keras_mask(x) is not None for x in inputs):
            real = functools.reduce(ops.logical_or, masks)
            result = ops.where(real, result, ops.zeros_like(result))
            set_step_mask(result, real)
        return result


class Average(Merge):
    """The mean of the inputs.

    Call arguments:
        inputs: list of tensors whose shapes broadcast.
    Returns:
        Tensor of the common shape.
    """

    def merged(self, inputs: list[Any]) -> Any:
        """(x0 + x1 + …) / n"""
        return ops.divide(functools.reduce(ops.add, inputs), len(inputs))


class Maximum(Merge):
    """The largest of the inputs, element by element; masked elements do not count.

    Call arguments:
        inputs: list of tensors whose shapes broadcast.
    Returns:
        Tensor of the common shape.
    """

    def merged(self, inputs: list[Any]) -> Any:
        """max(x0, x1, …)"""
        return merged_where_real(ops.maximum, inputs)


class Minimum(Merge):
    """The smallest of the inputs, element by element; masked elements do not count.

    Call arguments:
        inputs: list of tensors whose shapes broadcast.
    Returns:
        Tensor of the common shape.
    """

    def merged(self, inputs: list[Any]) -> Any:
        """min(x0, x1, …)"""
        return merged_where_real(ops.minimum, inputs)


def add(inputs: Any, **kwargs: Any) -> Any:
    """The sum of a list of tensors; see `Add`.

    Args:
        inputs: list of tensors.
        **kwargs: arguments of the layer.
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """The difference of two tensors; see `Subtract`.

    Args:
        inputs: list of two tensors.
        **kwargs: arguments of the layer.
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """The product of a list of tensors; see `Multiply`.

    Args:
        inputs: list of tensors.
        **kwargs: arguments of the layer.
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """The mean of a list of tensors; see `Average`.

    Args:
        inputs: list of tensors.
        **kwargs: arguments of the layer.
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """The largest of a list of tensors, element by element; see `Maximum`.

    Args:
        inputs: list of tensors.
        **kwargs: arguments of the layer.
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """The smallest of a list of tensors, element by element; see `Minimum`.

    Args:
        inputs: list of tensors.
        **kwargs: arguments of the layer.
    """
    return Minimum(**kwargs)(inputs)
