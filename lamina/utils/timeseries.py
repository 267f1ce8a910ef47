"""Sliding windows over a series, as batches for a recurrent or convolutional network."""

import math
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.data.py_dataset import PyDataset


class WindowDataset(PyDataset):
    """Batches of windows cut from one array when they are asked for.

    Args:
        data: (steps, ...).
        targets: array whose entry i belongs to the window that begins at step i, or None.
        starts: int array, the first step of each window.
        offsets: int array, the steps of a window counted from its first.
        batch_size: windows in a batch, None for single windows without batch axis.
    """

    def __init__(
        self,
        data: np.ndarray,
        targets: np.ndarray | None,
        starts: np.ndarray,
        offsets: np.ndarray,
        batch_size: int | None,
    ) -> None:
        super().__init__()
        self._data, self._targets = data, targets
        self._starts, self._offsets = starts, offsets
        self.batch_size = batch_size

    def __len__(self) -> int:
        return math.ceil(len(self._starts) / (self.batch_size or 1))

    def __getitem__(self, index: int) -> Any:
        """Batch number `index`: windows (batch, window, ...), and their targets if any."""
        size = self.batch_size
        starts = self._starts[index] if size is None else self._starts[index * size :][:size]
        windows = self._data[np.asarray(starts)[..., None] + self._offsets]
        return windows if self._targets is None else (windows, self._targets[starts])


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> WindowDataset:
    """Windows of a series with their targets, as a `PyDataset`.

    Args:
        data: (steps, ...), consecutive measurements.
        targets: targets[i] belongs to the window that begins at step i. None: windows only.
        sequence_length: steps in a window.
        sequence_stride: steps from the beginning of one window to that of the next.
        sampling_rate: take every so many steps inside a window.
        batch_size: windows in a batch; None gives single windows.
        shuffle: put the windows into an order drawn once from `seed`.
        seed: int, or None for another order each time.
        start_index: leave out the data before this step.
        end_index: leave out the data from this step on.
        format: "tf" or "grain", accepted for code written for Keras; the result is the same.
    Returns:
        A dataset with `len`, of batches `windows` or `(windows, targets)`.
    Raises:
        ArgumentError: an argument does not fit the length of the data.
    Example:
        >>> dataset = timeseries_dataset_from_array(np.arange(6), np.arange(3, 6), 3, batch_size=2)
        >>> windows, targets = dataset[0]
        >>> windows.tolist(), targets.tolist()
        ([[0, 1, 2], [1, 2, 3]], [3, 4])
    """
    if format not in ("tf", "grain"):
        raise ArgumentError(message("Unknown `format`.", repr(format), "'tf' or 'grain'"))
    series = np.asarray(data)
    _check_range(len(series), start_index, end_index)
    _check_steps(len(series), sequence_length, sequence_stride, sampling_rate)
    first, end = start_index or 0, end_index or len(series)
    wanted = None if targets is None else np.asarray(targets)[first:]
    count = end - first - (sequence_length - 1) * sampling_rate
    if wanted is not None:
        count = min(count, len(wanted))
    starts = np.arange(0, max(count, 0), sequence_stride)
    if shuffle:
        starts = np.random.default_rng(seed).permutation(starts)
    offsets = np.arange(0, sequence_length * sampling_rate, sampling_rate)
    return WindowDataset(series[first:end], wanted, starts, offsets, batch_size)


def _check_range(length: int, start: int | None, end: int | None) -> None:
    received = f"start_index={start}, end_index={end}, data of length {length}"
    if start and start < 0:
        raise ArgumentError(message("`start_index` must be 0 or greater.", received))
    if start and start >= length:
        raise ArgumentError(message("`start_index` must be below the data's length.", received))
    if end and end >= length:
        raise ArgumentError(message("`end_index` must be below the data's length.", received))
    if end is not None and end <= 0:
        raise ArgumentError(message("`end_index` must be higher than 0.", received))
    if end and start and end <= start:
        raise ArgumentError(message("`end_index` must be higher than `start_index`.", received))


def _check_steps(length: int, window: int, stride: int, rate: int) -> None:
    arguments = (
        ("sequence_length", window, length + 1),
        ("sequence_stride", stride, length),
        ("sampling_rate", rate, length),
    )
    for name, value, limit in arguments:
        if value <= 0:
            raise ArgumentError(message(f"`{name}` must be higher than 0.", f"{name}={value}"))
        if value >= limit:
            raise ArgumentError(
                message(
                    f"`{name}` must be lower than the length of the data.",
                    received=f"{name}={value}, data of length {length}",
                )
            )
