"""Training pictures, changed a little anew in every pass, so that accidents are not learned.

Every picture moves a few pixels; what comes in at an edge repeats the edge. Where it is asked for,
half of them are mirrored, left for right: whoever knows the pictures must say that a mirrored one
is of the same class, which holds of garments and animals, not of digits and letters. The changes
follow from the seed and the number of the pass, not from what ran before.
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


class AugmentedPictures(utils.PyDataset):
    """Batches of pictures, shuffled, moved and perhaps mirrored.

    Args:
        pixels: (pictures, height, width, channels) uint8.
        y: (pictures,) class numbers.
        batch_size: pictures in a step.
        shift: share of a side by which a picture moves at most, each way; see `reach`.
        flip: whether half of them are mirrored.
        seed: of order and changes.
    """

    def __init__(
        self,
        pixels: np.ndarray,
        y: np.ndarray,
        batch_size: int,
        shift: float,
        flip: bool,
        seed: int,
    ) -> None:
        super().__init__()
        height, width = pixels.shape[1:3]
        up, left = self._reach = reach((height, width), shift)
        self._padded = np.pad(pixels, ((0, 0), (up, up), (left, left), (0, 0)), mode="edge")
        self._sides = height, width
        self._y, self._batch_size, self._seed, self._flip = y, batch_size, seed, flip
        self._pass = -1
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Draw the order and the changes of the next pass."""
        self._pass += 1
        rng = np.random.default_rng((self._seed, self._pass))
        self._order = rng.permutation(len(self._y))
        self._moves = np.stack([rng.integers(0, 2 * r + 1, len(self._y)) for r in self._reach], 1)
        self._mirrored = rng.random(len(self._y)) < (0.5 if self._flip else 0.0)

    def __len__(self) -> int:
        """Batches in a pass."""
        return -(-len(self._y) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Pictures and classes of one batch."""
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        height, width = self._sides
        pixels = np.empty((len(rows), height, width, self._padded.shape[-1]), np.uint8)
        for place, (row, (down, right)) in enumerate(zip(rows, self._moves[rows], strict=True)):
            seen = self._padded[row, down : down + height, right : right + width]
            pixels[place] = seen[:, ::-1] if self._mirrored[row] else seen
        return pixels, self._y[rows]
