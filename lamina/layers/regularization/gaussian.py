"""Normally distributed noise in training, added to the input or multiplied with it."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops, random
from lamina.layers.regularization.dropout import RandomLayer


class GaussianNoise(RandomLayer):
    """Add normal noise of mean 0 in training.

    Args:
        stddev: float in [0, 1], the noise's standard deviation.
        seed: int that fixes the random numbers; None for new ones.
    Call arguments:
        inputs: float tensor of any shape.
        training: whether noise is added.
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: `stddev` outside [0, 1].
    Example:
        >>> import numpy as np
        >>> GaussianNoise(0.1)(np.ones((1, 2), "float32")).tolist()
        [[1.0, 1.0]]
    """

    strength_name = "stddev"

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(stddev, seed, **kwargs)

    def disturbed(self, inputs: Any) -> Any:
        """inputs + noise."""
        shape = ops.shape(inputs)
        noise = random.normal(shape, 0.0, self.stddev, self.compute_dtype, self.seed_generator)
        return ops.add(inputs, noise)


class GaussianDropout(RandomLayer):
    """Multiply with normal noise of mean 1 in training.

    Args:
        rate: float in [0, 1); the noise has the variance rate / (1 - rate) that dropout has.
        seed: int that fixes the random numbers; None for new ones.
    Call arguments:
        inputs: float tensor of any shape.
        training: whether noise is multiplied.
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: `rate` outside [0, 1].
    Source: Srivastava et al. (2014), "Dropout", section 10.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, seed, **kwargs)

    def disturbed(self, inputs: Any) -> Any:
        """inputs * noise."""
        stddev = math.sqrt(self.rate / (1.0 - self.rate))
        shape = ops.shape(inputs)
        noise = random.normal(shape, 1.0, stddev, self.compute_dtype, self.seed_generator)
        return ops.multiply(inputs, noise)
