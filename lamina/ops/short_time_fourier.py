"""Short-time Fourier transforms: windows of a signal, each transformed, and the signal put together
again."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.ops.convert import as_tensor, cast_to, dtype_of
from lamina.ops.elementwise import divide, greater, multiply, square, where
from lamina.ops.fourier import complex_pair, irfft, rfft
from lamina.ops.indexing import scatter_update
from lamina.ops.registration import op
from lamina.ops.segments import extract_sequences
from lamina.ops.shaping import broadcast_to, expand_dims, moveaxis, pad, reshape, take_range, zeros


def _window(window: Any, sequence_length: int, fft_length: int, dtype: str) -> Any:
    """The window in the middle of `fft_length` places; all ones if it is None."""
    if fft_length < sequence_length:
        raise ArgumentError(
            "`fft_length` must equal or larger than `sequence_length`. Received: "
            f"sequence_length={sequence_length}, fft_length={fft_length}"
        )
    if window is None:
        return np.ones(fft_length, dtypes.to_numpy(dtype))
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ArgumentError(
                'If a string is passed to `window`, it must be one of `"hann"`, `"hamming"`. '
                f"Received: window={window}"
            )
        raised = {"hann": 0.5, "hamming": 0.54}[window]
        angle = 2 * np.pi * np.arange(sequence_length) / sequence_length  # one period: not closed
        window = raised - (1 - raised) * np.cos(angle)
    window = cast_to(as_tensor(window), dtype)
    if tuple(window.shape) != (sequence_length,):
        raise ArgumentError(
            "The shape of `window` must be equal to [sequence_length]. Received: window shape="
            f"{tuple(window.shape)}"
        )
    left = (fft_length - sequence_length) // 2
    return pad(window, ((left, fft_length - sequence_length - left),))


def _check_stride(sequence_stride: int) -> None:
    if not isinstance(sequence_stride, int) or sequence_stride < 1:
        raise ArgumentError(
            "`sequence_stride` must be a positive integer. Received: sequence_stride="
            f"{sequence_stride}"
        )


@op
def stft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Any:
    """The Fourier transforms of windows that slide along the last axis.

    Args:
        x: float tensor (..., n).
        sequence_length: size of a window.
        sequence_stride: distance of their starts.
        fft_length: length of the transforms, >= sequence_length.
        window: "hann", "hamming", a tensor (sequence_length,), or None for ones.
        center: whether the signal is continued by reflection, so that windows are centred at its
            places.
    Returns:
        (real, imaginary), (..., windows, fft_length // 2 + 1) each.
    """
    x = as_tensor(x)
    dtype = dtype_of(x)
    if dtype not in ("float32", "float64"):
        raise ArgumentTypeError(
            message("Invalid input type. Expected `float32` or `float64`.", f"input type={dtype}")
        )
    _check_stride(sequence_stride)
    weights = _window(window, sequence_length, fft_length, dtype)
    if center:
        half = fft_length // 2
        x = pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode="reflect")
    return rfft(multiply(extract_sequences(x, fft_length, sequence_stride), weights), fft_length)


@op
def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Any:
    """The signal whose `stft` is given; arguments as there.

    Args:
        x: pair (real, imaginary) of float tensors (..., windows, fft_length // 2 + 1).
        sequence_length: size of a window.
        sequence_stride: distance of their starts.
        fft_length: length of the transforms.
        length: length of the signal; default all that the windows cover.
        window: as in `stft`.
        center: as in `stft`.
    Returns:
        Tensor (..., length).
    """
    re, im = complex_pair(x, 2)
    _check_stride(sequence_stride)
    weights = _window(window, sequence_length, fft_length, dtype_of(re))
    frames = multiply(irfft((re, im), fft_length), weights)
    total = _overlap_add(frames, sequence_stride)
    if window is not None:  # without a window Keras leaves the overlaps added up
        cover = _overlap_add(broadcast_to(square(weights), frames.shape[-2:]), sequence_stride)
        total = divide(total, where(greater(cover, 1e-10), cover, 1.0))
    full = total.shape[-1]
    start = fft_length // 2 if center else 0
    stop = start + length if length is not None else (full - start if center else full)
    if stop > full:
        total = pad(total, [(0, 0)] * (total.ndim - 1) + [(0, stop - full)])
    return take_range(total, total.ndim - 1, start, stop)


def _overlap_add(frames: Any, stride: int) -> Any:
    """Windows (..., count, size) added up at their places: (..., size + stride * (count - 1))."""
    count, size = frames.shape[-2:]
    places = np.arange(count)[:, None] * stride + np.arange(size)
    lead = tuple(frames.shape[:-2])
    flat = moveaxis(reshape(frames, (*lead, count * size)), -1, 0)
    base = zeros((size + stride * (count - 1), *lead), dtype_of(frames))
    where_to = expand_dims(places.ravel().astype("int32"), -1)
    return moveaxis(scatter_update(base, where_to, flat, "add"), 0, -1)
