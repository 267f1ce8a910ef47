"""Gamma and beta distributions.

Each number gets a fixed count of tries side by side and takes the first accepted one, so programs
have no loop whose length depends on luck. One try in 20 fails at most: none is accepted once in
4e10 numbers, and then the first try stands.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.ir.dims import Shape
from lamina.random.continuous import (
    fine_unit,
    finished,
    float_dtype,
    standard_normal,
    working_dtype,
)
from lamina.random.seed_generator import draw_seed
from lamina.random.threefry import with_static_end
from lamina.runtime.dispatch import apply

_TRIES = 8
_STREAMS = 5  # streams that one log-gamma draw may use


def first_accepted(accepted: Any, candidates: Any) -> Any:
    """Along the last axis, the first candidate that was accepted; the first of all if none was."""
    place = ops.argmax(ops.cast(accepted, "int32"), axis=-1)
    every = apply("iota", shape=(candidates.shape[-1],), axis=0, dtype="int32")
    chosen = ops.equal(ops.expand_dims(place, -1), every)
    return ops.sum(ops.where(chosen, candidates, ops.zeros_like(candidates)), axis=-1)


def _log_gamma(seed: Any, shape: Shape, alpha: Any, dtype: str, part: int = 0) -> Any:
    """Logarithms of gamma numbers of shape parameter `alpha`, which broadcasts to `shape`.

    Below 1, a number of parameter alpha + 1 is multiplied by u**(1 / alpha).

    Source: Marsaglia, Tsang (2000), "A simple method for generating gamma variables".
    """
    stream = part * _STREAMS
    small = ops.less(alpha, 1.0)
    boosted = ops.where(small, alpha + 1.0, alpha)
    d = ops.expand_dims(boosted - 1 / 3, -1)
    tries = (*shape, _TRIES)
    x = standard_normal(seed, tries, dtype, stream)
    u = fine_unit(seed, tries, dtype, stream + 3)
    root = ops.maximum(x / ops.sqrt(d * 9.0) + 1.0, 1e-6)
    v = root * root * root
    log_v = ops.log(v)
    accepted = ops.logical_and(
        ops.greater(root, 1e-6), ops.less(ops.log(u), x * x * 0.5 + d * (1.0 - v + log_v))
    )
    log_value = ops.log(d[..., 0]) + first_accepted(accepted, log_v)
    boost = ops.log(fine_unit(seed, shape, dtype, stream + 4)) / ops.where(small, alpha, 1.0)
    return ops.where(small, log_value + boost, log_value)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers of the gamma distribution with scale 1.

    Args:
        shape: of the result; its first size may be a traced batch.
        alpha: the shape parameter > 0; number or tensor that broadcasts to `shape`.
        dtype: float dtype; default floatx.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Float tensor of `shape`.
    Raises:
        DTypeError: `dtype` is not a float dtype.
    Numerics: computed as the exponential of a logarithm; very small `alpha` underflows to 0.
    Source: Marsaglia, Tsang (2000).
    Example:
        >>> abs(float(gamma((4000,), 3.0, seed=1).mean()) - 3.0) < 0.1
        True
    """
    dtype = float_dtype("gamma", dtype)
    wanted, drawn = with_static_end(shape)
    working = working_dtype(dtype)
    value = ops.exp(_log_gamma(draw_seed(seed), drawn, _parameter(alpha, wanted, working), working))
    return finished(value, wanted, dtype)


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers of the beta distribution, in [0, 1].

    Args:
        shape: of the result; its first size may be a traced batch.
        alpha: the first parameter > 0; number or tensor that broadcasts to `shape`.
        beta: the second parameter > 0; number or tensor that broadcasts to `shape`.
        dtype: float dtype; default floatx.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Float tensor of `shape`.
    Raises:
        DTypeError: `dtype` is not a float dtype.
    Numerics: X / (X + Y) of two gamma numbers, formed from their logarithms, so small parameters
        are safe.
    Example:
        >>> abs(float(beta((4000,), 2.0, 6.0, seed=1).mean()) - 0.25) < 0.02
        True
    """
    dtype = float_dtype("beta", dtype)
    wanted, drawn = with_static_end(shape)
    working = working_dtype(dtype)
    key = draw_seed(seed)
    first = _log_gamma(key, drawn, _parameter(alpha, wanted, working), working, 0)
    second = _log_gamma(key, drawn, _parameter(beta, wanted, working), working, 1)
    return finished(apply("logistic", first - second), wanted, dtype)


def _parameter(value: Any, wanted: Shape, dtype: str) -> Any:
    """A parameter of a distribution, broadcast to the shape that is drawn."""
    x = apply("broadcast_to", ops.convert_to_tensor(value, dtype), shape=wanted)
    return apply("reshape", x, shape=with_static_end(wanted)[1])
