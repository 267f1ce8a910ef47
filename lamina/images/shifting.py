"""Training pictures, moved a little anew in every pass, so that where a thing stands matters less.

What comes in at an edge repeats the edge. The moves follow from the seed and the number of the
pass, not from what ran before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import utils


def reach(size: tuple[int, int], share: float) -> tuple[int, int]:
    """By how many pixels a picture moves at most, up or down and left or right.

    Example:
        >>> reach((28, 56), 0.04), reach((8, 8), 0.04)
        ((1, 2), (0, 0))
    """
    return round(size[0] * share), round(size[1] * share)


class ShiftedPictures(utils.PyDataset):
    """Batches of pictures, shuffled and moved.

    Args:
        pixels: (pictures, height, width, channels) uint8.
        y: (pictures,) class numbers.
        batch_size: pictures in a step.
        share: of a side by which a picture moves at most, each way; see `reach`.
        seed: of order and moves.
    """

    def __init__(
        self, pixels: np.ndarray, y: np.ndarray, batch_size: int, share: float, seed: int
    ) -> None:
        super().__init__()
        height, width = pixels.shape[1:3]
        up, left = self._reach = reach((height, width), share)
        self._padded = np.pad(pixels, ((0, 0), (up, up), (left, left), (0, 0)), mode="edge")
        self._sides = height, width
        self._y, self._batch_size, self._seed = y, batch_size, seed
        self._pass = -1
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Draw the order and the moves of the next pass."""
        self._pass += 1
        rng = np.random.default_rng((self._seed, self._pass))
        self._order = rng.permutation(len(self._y))
        self._moves = np.stack([rng.integers(0, 2 * r + 1, len(self._y)) for r in self._reach], 1)

    def __len__(self) -> int:
        """Batches in a pass."""
        return -(-len(self._y) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Pictures and classes of one batch."""
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        height, width = self._sides
        pixels = np.empty((len(rows), height, width, self._padded.shape[-1]), np.uint8)
        for place, (row, (down, right)) in enumerate(zip(rows, self._moves[rows], strict=True)):
            pixels[place] = self._padded[row, down : down + height, right : right + width]
        return pixels, self._y[rows]
