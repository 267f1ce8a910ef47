"""Uniform and normal numbers from random words.

Half precision is computed in float32 and rounded once at the end.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina import ops
from lamina.base import config, dtypes
from lamina.base.errors import DTypeError, message
from lamina.ir.dims import Shape
from lamina.random.seed_generator import draw_seed
from lamina.random.threefry import halves, joined, pairs, with_static_end, words
from lamina.runtime.dispatch import apply

_PRECISION = {"bfloat16": 8, "float16": 11, "float32": 24}  # bits of a float's significand


def float_dtype(name: str, dtype: Any) -> str:
    """The dtype of a draw, floatx by default.

    Raises:
        DTypeError: it is not a float dtype.
    """
    result = dtypes.standardize_dtype(dtype or config.floatx())
    if not dtypes.is_float(result):
        raise DTypeError(
            message(
                f"`keras.random.{name}` requires a floating point `dtype`. Received: dtype={dtype} "
            )
        )
    return result


def working_dtype(dtype: str) -> str:
    """Where a draw is computed: float32 for half precision."""
    return "float64" if dtype == "float64" else "float32"


def unit(seed: Any, shape: Shape, dtype: str, stream: int = 0) -> Any:
    """Uniform numbers in [0, 1), every multiple of 2**-precision equally likely.

    Args:
        seed: uint32 tensor (2,).
        shape: its last axis is static.
        dtype: float dtype.
        stream: see `pairs`.
    """
    if dtype == "float64":
        return _unit_double(*pairs(seed, shape, stream))
    bits = _PRECISION.get(dtype, 4)
    top = apply("shift_right", words(seed, shape, stream), np.asarray(32 - bits, "uint32"))
    return ops.cast(ops.cast(top, "float32") * 2.0**-bits, dtype)


def _unit_double(high: Any, low: Any) -> Any:
    """53 bits of two words: 27 of the first, 26 of the second."""
    high = apply("shift_right", high, np.asarray(5, "uint32"))
    low = apply("shift_right", low, np.asarray(6, "uint32"))
    return (ops.cast(high, "float64") * 2.0**26 + ops.cast(low, "float64")) * 2.0**-53


def open_unit(word: Any) -> Any:
    """float32 in (0, 1] from all bits of a word: fine steps near 0, where logarithms need them."""
    return ops.cast(word, "float32") * 2.0**-32 + 2.0**-33


def fine_unit(seed: Any, shape: Shape, dtype: str, stream: int = 0) -> Any:
    """Uniform numbers in (0, 1], finely resolved near 0; dtype float32 or float64."""
    if dtype == "float64":
        return _unit_double(*pairs(seed, shape, stream)) + 2.0**-54
    return open_unit(words(seed, shape, stream))


def _box_muller(radius_unit: Any, angle_unit: Any) -> tuple[Any, Any]:
    radius = ops.sqrt(ops.log(radius_unit) * -2.0)
    angle = angle_unit * (2 * math.pi)
    return radius * ops.cos(angle), radius * ops.sin(angle)


def standard_normal(seed: Any, shape: Shape, dtype: str, stream: int = 0) -> Any:
    """Normal numbers of mean 0 and deviation 1; dtype float32 or float64, last axis static.

    Uses the streams `stream` and, in float64, `stream + 1`.

    Source: Box, Muller (1958), "A note on the generation of random normal deviates".
    """
    half = halves(shape)
    if dtype == "float64":
        first = fine_unit(seed, half, dtype, stream)
        second = fine_unit(seed, half, dtype, stream + 1)
    else:
        first, second = map(open_unit, pairs(seed, half, stream))
    return joined(*_box_muller(first, second), shape)


def finished(x: Any, shape: Shape, dtype: str) -> Any:
    """A draw in the shape and dtype that were asked for."""
    return apply("reshape", ops.cast(x, dtype), shape=shape)


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Uniform numbers in [minval, maxval).

    Args:
        shape: of the result; its first size may be a traced batch.
        minval: the lower end, included; number or tensor.
        maxval: the upper end, excluded.
        dtype: float dtype; default floatx.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Float tensor of `shape`.
    Raises:
        DTypeError: `dtype` is not a float dtype.
    Numerics: all multiples of 2**-24 (float64: 2**-53; half precision: as many bits as it holds) in
        [0, 1) are equally likely; scaling rounds, but never to `maxval` if both ends are numbers.
    Example:
        >>> uniform((2, 3), seed=1).shape
        (2, 3)
    """
    dtype = float_dtype("uniform", dtype)
    wanted, drawn = with_static_end(shape)
    x = finished(unit(draw_seed(seed), drawn, dtype), wanted, dtype)
    numbers = all(isinstance(v, (int, float)) for v in (minval, maxval))
    if numbers and (minval, maxval) == (0, 1):
        return x
    low, high = (ops.convert_to_tensor(v, dtype) for v in (minval, maxval))
    x = ops.add(ops.multiply(x, ops.subtract(high, low)), low)
    if numbers and minval < maxval:
        x = ops.minimum(x, np.nextafter(high, low))
    return x


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Normal (Gaussian) numbers.

    Args:
        shape: of the result; its first size may be a traced batch.
        mean: number or tensor.
        stddev: number or tensor >= 0.
        dtype: float dtype; default floatx.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Float tensor of `shape`.
    Raises:
        DTypeError: `dtype` is not a float dtype.
    Numerics: float32 reaches 6.8 deviations, float64 8.7.
    Source: Box, Muller (1958).
    Example:
        >>> abs(float(normal((1000,), mean=5.0, seed=1).mean()) - 5.0) < 0.1
        True
    """
    dtype = float_dtype("normal", dtype)
    wanted, drawn = with_static_end(shape)
    x = standard_normal(draw_seed(seed), drawn, working_dtype(dtype))
    return _scaled(finished(x, wanted, dtype), mean, stddev, dtype)


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Normal numbers within two deviations of the mean.

    Args:
        shape: of the result; its first size may be a traced batch.
        mean: number or tensor.
        stddev: number or tensor >= 0.
        dtype: float dtype; default floatx.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Float tensor of `shape`; every value in [mean - 2 stddev, mean + 2 stddev].
    Raises:
        DTypeError: `dtype` is not a float dtype.
    Numerics: by the inverse of the distribution function, so no draw is thrown away.
    Example:
        >>> float(abs(truncated_normal((1000,), seed=1)).max()) <= 2.0
        True
    """
    dtype = float_dtype("truncated_normal", dtype)
    wanted, drawn = with_static_end(shape)
    working = working_dtype(dtype)
    u = fine_unit(draw_seed(seed), drawn, working)
    x = apply("erf_inv", (u * 2.0 - 1.0) * math.erf(math.sqrt(2.0))) * math.sqrt(2.0)
    return _scaled(finished(ops.clip(x, -2.0, 2.0), wanted, dtype), mean, stddev, dtype)


def _scaled(x: Any, mean: Any, stddev: Any, dtype: str) -> Any:
    if not (isinstance(stddev, (int, float)) and stddev == 1):
        x = ops.multiply(x, ops.convert_to_tensor(stddev, dtype))
    if not (isinstance(mean, (int, float)) and mean == 0):
        x = ops.add(x, ops.convert_to_tensor(mean, dtype))
    return x
