"""Choices that a seed decides, shared by the makers of random programs and random models."""

from __future__ import annotations

from typing import Any

import numpy as np


class Chooser:
    """Draws from a generator.

    Args:
        rng: where choices come from.
        sizes: what `size` picks from.
    """

    def __init__(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> None:
        self.rng = rng
        self.sizes = sizes

    def chance(self, share: float) -> bool:
        """True in that share of the cases."""
        return bool(self.rng.random() < share)

    def pick(self, options: Any) -> Any:
        """One of the options."""
        return options[int(self.rng.integers(len(options)))]

    def size(self) -> int:
        """The length of an axis."""
        return int(self.pick(self.sizes))
