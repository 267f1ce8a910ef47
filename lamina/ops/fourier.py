"""Fourier transforms of pairs (real part, imaginary part).

Arrays go through NumPy's FFT. While a program is traced the transform is written with matrix
products, by Cooley and Tukey's splitting of a length into its factors, so that it compiles and
differentiates.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, to_float
from lamina.ops.elementwise import add, multiply, negative, subtract
from lamina.ops.products import matmul
from lamina.ops.registration import op
from lamina.ops.shaping import concatenate, flip, pad, reshape, swapaxes, take_range

Pair = tuple[Any, Any]
_DIRECT = 32  # lengths up to this are one matrix product


def complex_pair(x: Any, rank: int = 1) -> Pair:
    """A pair (real, imaginary) of float tensors of one shape, with `rank` or more axes.

    Raises:
        ArgumentError: it is no such pair.
    """
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ArgumentError(
            "Input `x` should be a tuple of two tensors - real and imaginary. "
            f"Received: {type(x).__name__}"
        )
    re, im = as_tensor(x[0]), as_tensor(x[1])
    if len(re.shape) < rank:
        raise ArgumentError(
            f"Input should have rank >= {rank}. Received: input.shape = {tuple(re.shape)}"
        )
    if not dims.same_shape(tuple(re.shape), tuple(im.shape)):
        raise ArgumentError(
            "Input `x` should be a tuple of two tensors - real and imaginary. Both the real and "
            "imaginary parts should have the same shape. Received: x[0].shape = "
            f"{tuple(re.shape)}, x[1].shape = {tuple(im.shape)}"
        )
    if not dtypes.is_float(dtype_of(re)) or not dtypes.is_float(dtype_of(im)):
        raise ArgumentError(
            "At least one tensor in input `x` is not of type float. Received: "
            f"{dtype_of(re)} and {dtype_of(im)}."
        )
    return re, im


def transform(re: Any, im: Any, inverse: bool = False) -> Pair:
    """The discrete Fourier transform along the last axis, the inverse one unscaled.

    Args:
        re: float tensor (..., n).
        im: float tensor (..., n).
        inverse: the sign of the exponent.
    Returns:
        (real, imaginary), (..., n) each.
    """
    if isinstance(re, np.ndarray) and isinstance(im, np.ndarray):
        numbers = re + 1j * im
        result = np.fft.ifft(numbers, norm="forward") if inverse else np.fft.fft(numbers)
        return result.real.astype(re.dtype), result.imag.astype(re.dtype)
    n = re.shape[-1]
    p = next((p for p in range(math.isqrt(n), 1, -1) if n % p == 0), 1)
    if n <= _DIRECT or p == 1:
        line = np.arange(n)
        table = _roots(np.outer(line, line), n, inverse, re)
        return _times(re, im, table[0], table[1], True)
    # j = j1 * m + j2 and k = k1 + p * k2: transforms of length p, a rotation, transforms of length
    # m
    m = n // p
    lead = tuple(re.shape[:-1])
    re, im = (swapaxes(reshape(v, (*lead, p, m)), -1, -2) for v in (re, im))
    re, im = (swapaxes(v, -1, -2) for v in transform(re, im, inverse))
    turn = _roots(np.outer(np.arange(p), np.arange(m)), n, inverse, re)
    re, im = transform(*_times(re, im, turn[0], turn[1], False), inverse=inverse)
    re, im = (reshape(swapaxes(v, -1, -2), (*lead, n)) for v in (re, im))
    return re, im


def _roots(exponents: np.ndarray, n: int, inverse: bool, like: Any) -> Pair:
    """exp(-2πi k / n) for whole numbers k, in the dtype of a tensor."""
    angles = 2 * math.pi * (exponents % n) / n
    target = dtypes.to_numpy(dtype_of(like))
    return np.cos(angles).astype(target), ((1 if inverse else -1) * np.sin(angles)).astype(target)


def _times(a: Any, b: Any, c: Any, d: Any, matrices: bool) -> Pair:
    """(a + ib) (c + id), as a matrix product or element by element."""
    product = matmul if matrices else multiply
    return subtract(product(a, c), product(b, d)), add(product(a, d), product(b, c))


@op
def fft(x: Any) -> Any:
    """The Fourier transform along the last axis.

    Args:
        x: pair (real, imaginary) of float tensors (..., n).
    Returns:
        (real, imaginary), (..., n) each.
    Raises:
        ArgumentError: x is no pair of float tensors of one shape.
    """
    return transform(*complex_pair(x))


def _two_axes(x: Any, inverse: bool) -> Pair:
    re, im = transform(*complex_pair(x, 2), inverse)
    re, im = transform(swapaxes(re, -1, -2), swapaxes(im, -1, -2), inverse)
    return swapaxes(re, -1, -2), swapaxes(im, -1, -2)


@op
def fft2(x: Any) -> Any:
    """The Fourier transform along the last two axes; see `fft`."""
    return _two_axes(x, inverse=False)


@op
def ifft2(x: Any) -> Any:
    """The inverse of `fft2`."""
    re, im = _two_axes(x, inverse=True)
    count = dims.product(tuple(re.shape[-2:]))
    return multiply(re, 1 / count), multiply(im, 1 / count)


def _with_length(x: Any, n: int) -> Any:
    """The last axis cut off, or filled up with zeros."""
    size = x.shape[-1]
    if size >= n:
        return take_range(x, x.ndim - 1, 0, n)
    return pad(x, [(0, 0)] * (x.ndim - 1) + [(0, n - size)])


@op
def rfft(x: Any, fft_length: int | None = None) -> Any:
    """The Fourier transform of real numbers along the last axis: its first half.

    Args:
        x: tensor (..., n).
        fft_length: length to cut or fill the axis to; default n.
    Returns:
        (real, imaginary), (..., length // 2 + 1) each.
    """
    x = to_float(x)
    if x.ndim < 1:
        raise ArgumentError(
            f"Input should have rank >= 1. Received: input.shape = {tuple(x.shape)}"
        )
    length = x.shape[-1] if fft_length is None else fft_length
    x = _with_length(x, length)
    re, im = transform(x, multiply(x, 0))
    return tuple(take_range(v, v.ndim - 1, 0, length // 2 + 1) for v in (re, im))


@op
def irfft(x: Any, fft_length: int | None = None) -> Any:
    """The real numbers whose `rfft` is given.

    Args:
        x: pair (real, imaginary) of float tensors (..., k).
        fft_length: length of the result; default 2 * (k - 1).
    Returns:
        Tensor (..., length).
    """
    re, im = complex_pair(x)
    length = 2 * (re.shape[-1] - 1) if fft_length is None else fft_length
    if length < 1:
        raise ArgumentError(message("irfft: the result has no elements.", length, "a length >= 1"))
    half = length // 2 + 1
    re, im = _with_length(re, half), _with_length(im, half)
    last = re.ndim - 1
    stop = length - half + 1  # the other half mirrors places 1 … stop - 1
    mirrored = [flip(take_range(v, last, 1, stop), -1) for v in (re, im)]
    first = cast_to(as_tensor(np.arange(half) != 0), dtype_of(im))  # an imaginary mean is ignored
    im = multiply(im, first)
    re = concatenate([re, mirrored[0]], -1)
    im = concatenate([im, negative(mirrored[1])], -1)
    return multiply(transform(re, im, inverse=True)[0], 1 / length)
