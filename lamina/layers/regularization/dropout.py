"""Dropout, and the base of the layers that disturb their input at random during training."""

from __future__ import annotations

from typing import Any

from lamina import random
from lamina.base.errors import ArgumentError, message
from lamina.layers.arguments import is_integer
from lamina.layers.arguments import rate as checked_rate
from lamina.layers.shape_keeping import ShapeKeepingLayer
from lamina.random import SeedGenerator


class RandomLayer(ShapeKeepingLayer):
    """A layer that does something random in training and nothing otherwise.

    A subclass says in `disturbed(inputs)` what it does. There is a seed generator only if
    `strength`, the rate or standard deviation, is above 0.
    """

    strength_name = "rate"
    rate: float  # set under `strength_name`
    stddev: float

    def __init__(self, strength: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        setattr(self, self.strength_name, checked_rate(strength, self.strength_name))
        self.seed = seed
        self.is_random = strength > 0
        if self.is_random:
            self.seed_generator = SeedGenerator(seed)
        self._nothing_to_build()

    def disturbed(self, inputs: Any) -> Any:
        """What becomes of the input in training."""
        raise NotImplementedError

    def call(self, inputs: Any, training: Any = False) -> Any:
        """The disturbed input in training, else the input."""
        return self.disturbed(inputs) if training and self.is_random else inputs

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {self.strength_name: getattr(self, self.strength_name), "seed": self.seed}
        return {**super().get_config(), **own}


class Dropout(RandomLayer):
    """Set elements to 0 at random in training, so that no unit can rely on another.

    The elements that stay are scaled by 1 / (1 - rate), which keeps the expected sum.

    Args:
        rate: float in [0, 1], the probability that an element becomes 0.
        noise_shape: shape of the random mask; None in it means the input's size, 1 shares the mask
            along the axis. Default: a mask of the input's shape.
        seed: int that fixes the random numbers; None for new ones.
    Call arguments:
        inputs: float tensor of any shape.
        training: whether elements are dropped.
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: `rate` outside [0, 1], or a `noise_shape` that is no shape.
    Source: Srivastava et al. (2014), "Dropout", Journal of Machine Learning Research 15.
    Example:
        >>> import numpy as np
        >>> Dropout(0.5)(np.ones((2, 2), "float32")).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = checked_noise_shape(noise_shape)

    def disturbed(self, inputs: Any) -> Any:
        """The input with elements dropped."""
        return random.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "noise_shape": self.noise_shape}


def checked_noise_shape(noise_shape: Any) -> tuple[int | None, ...] | None:
    """A noise shape as a tuple of int and None.

    Raises:
        ArgumentError: it is something else.
    """
    if noise_shape is None:
        return None
    start = "Invalid value received for argument `noise_shape`. Expected"
    try:
        sizes = None if isinstance(noise_shape, str) else tuple(noise_shape)
    except TypeError:
        sizes = None
    if sizes is None:
        kind = "a tuple or list" if isinstance(noise_shape, str) else "an iterable"
        raise ArgumentError(
            message(f"{start} {kind} of integers.", received=f"noise_shape={noise_shape!r}")
        )
    for i, size in enumerate(sizes):
        if size is not None and not is_integer(size):
            raise ArgumentError(
                message(
                    f"{start} all elements to be integers or None.",
                    received=f"element at index {i}: {size} (type: {type(size).__name__})",
                )
            )
        if size is not None and size <= 0:
            raise ArgumentError(
                message(
                    f"{start} all dimensions to be positive integers or None. "
                    f"Received negative or zero value at index {i}: {size}"
                )
            )
    return sizes
