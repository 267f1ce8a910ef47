"""Initializers that draw every value alike, from a normal or uniform distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import random
from lamina.base.errors import ArgumentError, message
from lamina.base.families import deserialize, serialize
from lamina.initializers.initializer import Initializer
from lamina.random.seed_generator import SeedGenerator, make_default_seed


class RandomInitializer(Initializer):
    """Keeps the seed.

    Args:
        seed: int (every call gives the same values), a `SeedGenerator` (every call gives others), a
            config of one, or None: an int is drawn.
    Raises:
        ArgumentError: something else.
    """

    def __init__(self, seed: Any = None) -> None:
        self._init_seed = seed
        if seed is None:
            seed = make_default_seed()
        elif isinstance(seed, dict):
            seed = deserialize(seed)
        elif not isinstance(seed, (int, np.integer, SeedGenerator)):
            raise ArgumentError(
                message(
                    "`seed` argument should be an instance of `lamina.random.SeedGenerator()` or "
                    "an integer.",
                    received=f"seed={seed!r:.100}",
                )
            )
        self.seed = seed

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"seed": serialize(self._init_seed)}


class RandomNormal(RandomInitializer):
    """Normal numbers.

    Args:
        mean: float.
        stddev: float, the standard deviation.
        seed: int, `SeedGenerator` or None.
    Example:
        >>> RandomNormal(seed=1)((2, 3)).shape
        (2, 3)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Numbers of the shape."""
        return random.normal(shape, self.mean, self.stddev, dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normal numbers, those beyond two standard deviations drawn again.

    Args:
        mean: float.
        stddev: float, the standard deviation before the cut.
        seed: int, `SeedGenerator` or None.
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Numbers of the shape."""
        return random.truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


class RandomUniform(RandomInitializer):
    """Numbers evenly spread between two limits.

    Args:
        minval: float.
        maxval: float.
        seed: int, `SeedGenerator` or None.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Numbers of the shape."""
        return random.uniform(shape, self.minval, self.maxval, dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}
