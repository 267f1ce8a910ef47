"""Random matrices with orthogonal rows or columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina import random
from lamina.base.dtypes import standardize_dtype, to_numpy
from lamina.base.errors import ShapeError, message
from lamina.initializers.distributions import RandomInitializer


class Orthogonal(RandomInitializer):
    """A random orthogonal matrix; for more axes all but the last are taken as one.

    Args:
        gain: float that multiplies it.
        seed: int, `SeedGenerator` or None.
    Source: Saxe, McClelland, Ganguli (2014), arXiv:1312.6120.
    Example:
        >>> q = Orthogonal(seed=1)((2, 2))
        >>> (q @ q.T).round(4).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """The matrix: the Q of a normal matrix, its signs made even by those of R.

        Raises:
            ShapeError: the shape has fewer than two axes.
        """
        if len(shape) < 2:
            raise ShapeError(
                message(
                    "The tensor to initialize must be at least two-dimensional.",
                    received=f"shape={tuple(shape)} of rank {len(shape)}",
                )
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(np.asarray(random.normal(tall, dtype="float32", seed=self.seed)))
        q = q * np.where(np.diagonal(r) < 0, -1, 1).astype(q.dtype)
        q = q if rows >= columns else q.T
        return (self.gain * q.reshape(shape)).astype(to_numpy(standardize_dtype(dtype)))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "gain": self.gain}
