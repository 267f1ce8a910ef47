"""Integers, classes, what to drop and which order: choices made by comparing random words."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.base import dtypes
from lamina.base.errors import ArgumentError, DTypeError, message
from lamina.random.continuous import fine_unit, working_dtype
from lamina.random.seed_generator import draw_seed
from lamina.random.threefry import pairs, with_static_end, words
from lamina.runtime.dispatch import apply


def _long_words(seed: Any, shape: Any) -> Any:
    """One uint64 word for every place of a shape."""
    high, low = (ops.cast(w, "uint64") for w in pairs(seed, shape))
    return apply("or", apply("shift_left", high, np.asarray(32, "uint64")), low)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Uniform integers in [minval, maxval).

    Args:
        shape: of the result; its first size may be a traced batch.
        minval: the least integer; number or tensor.
        maxval: above the greatest integer; number or tensor.
        dtype: integer dtype; default "int32".
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Integer tensor of `shape`.
    Raises:
        DTypeError: `dtype` is not an integer dtype.
        ArgumentError: no integer lies between the ends.
    Numerics: the remainder of 64 random bits; probabilities differ by less than (maxval - minval) /
        2**64.
    Example:
        >>> sorted(set(randint((100,), 1, 4, seed=0).tolist()))
        [1, 2, 3]
    """
    name = dtypes.standardize_dtype(dtype or "int32")
    if not dtypes.is_int(name):
        raise DTypeError(
            message(f"`keras.random.randint` requires an integer `dtype`. Received: dtype={dtype} ")
        )
    numbers = all(isinstance(v, (int, float)) for v in (minval, maxval))
    if numbers and int(minval) >= int(maxval):
        raise ArgumentError(
            message(
                "randint: no integer lies between the ends.",
                received=f"minval={minval}, maxval={maxval}",
                required="minval < maxval",
            )
        )
    wanted, drawn = with_static_end(shape)
    word = apply("reshape", _long_words(draw_seed(seed), drawn), shape=wanted)
    low, high = map(_as_word, (minval, maxval))
    return ops.cast(apply("add", apply("remainder", word, apply("sub", high, low)), low), name)


def _as_word(value: Any) -> Any:
    """An integer as uint64, negative ones modulo 2**64."""
    if isinstance(value, (int, float)):
        return np.asarray(int(value) & 0xFFFFFFFFFFFFFFFF, "uint64")
    return ops.cast(ops.cast(value, "int64"), "uint64")


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Classes drawn by their logits.

    Args:
        logits: tensor (batch, classes), log-probabilities up to a constant for each row.
        num_samples: int, how many classes to draw for each row.
        dtype: integer dtype of the result.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Tensor (batch, num_samples).
    Raises:
        ArgumentError: `logits` does not have two axes.
    Source: the Gumbel-max method; Maddison, Tarlow, Minka (2014), arXiv:1411.0030, section 2.
    Example:
        >>> categorical(np.array([[0.0, 99.0]]), 3, seed=1).tolist()
        [[1, 1, 1]]
    """
    logits = ops.convert_to_tensor(logits)
    if len(logits.shape) != 2:
        raise ArgumentError(
            message(
                "`logits` should be a 2-D tensor with shape [batch_size, num_classes].",
                received=f"shape {tuple(logits.shape)}",
            )
        )
    working = working_dtype(dtypes.standardize_dtype(logits.dtype))
    batch, classes = logits.shape
    u = fine_unit(draw_seed(seed), (batch, num_samples, classes), working)
    exponential = ops.negative(apply("log1p", ops.negative(u)))
    score = ops.expand_dims(ops.cast(logits, working), 1) - ops.log(exponential)
    return ops.cast(ops.argmax(score, axis=-1), dtypes.standardize_dtype(dtype))


def bernoulli(seed: Any, shape: Any, probability: float) -> Any:
    """True with a probability, decided on the words themselves, so alike on every executor.

    Args:
        seed: uint32 tensor (2,).
        shape: of the result.
        probability: float in [0, 1), rounded to a multiple of 2**-32.
    Returns:
        bool tensor of `shape`.
    """
    wanted, drawn = with_static_end(shape)
    limit = np.asarray(min(round(probability * 2**32), 2**32 - 1), "uint32")
    return apply("reshape", apply("lt", words(seed, drawn), limit), shape=wanted)


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Set elements to 0 at random and scale the others by 1 / (1 - rate).

    Args:
        inputs: float tensor.
        rate: float in [0, 1], the probability of 0.
        noise_shape: shape of the mask, broadcast to the inputs; None in it means the input's size.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Tensor of the shape and dtype of `inputs`.
    Raises:
        ArgumentError: `rate` lies outside [0, 1].
    Source: Srivastava et al. (2014), "Dropout", Journal of Machine Learning Research 15.
    Example:
        >>> sorted(set(dropout(np.ones(100, "float32"), 0.5, seed=1).tolist()))
        [0.0, 2.0]
    """
    inputs = ops.convert_to_tensor(inputs)
    if not 0 <= rate <= 1:
        raise ArgumentError(message("dropout: `rate` out of range.", rate, "0 <= rate <= 1"))
    if rate == 0:
        return inputs
    if rate == 1:
        return ops.zeros_like(inputs)
    shape = tuple(inputs.shape)
    if noise_shape is not None:
        shape = tuple(s if n is None else n for s, n in zip(shape, noise_shape, strict=True))
    keep = bernoulli(draw_seed(seed), shape, 1.0 - rate)
    return ops.where(keep, ops.multiply(inputs, 1.0 / (1.0 - rate)), ops.zeros_like(inputs))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """The slices of a tensor along an axis in random order.

    Args:
        x: tensor.
        axis: int.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Tensor of the shape and dtype of `x`.
    Numerics: slices are sorted by 64 random bits each, so every order is equally likely.
    Example:
        >>> sorted(shuffle(np.arange(5), seed=1).tolist())
        [0, 1, 2, 3, 4]
    """
    x = ops.convert_to_tensor(x)
    axis = axis + len(x.shape) if axis < 0 else axis
    wanted, drawn = with_static_end((x.shape[axis],))
    keys = apply("reshape", _long_words(draw_seed(seed), drawn), shape=wanted)
    order = apply("argsort", keys, axis=0, descending=False)
    return apply("gather", x, order, axis=axis)
