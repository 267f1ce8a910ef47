"""The binomial distribution, exactly: by inversion where few successes are expected, else by
rejection.

Both are computed for every element, with a fixed number of steps, and the one that applies is
taken. Work is done in float64 whatever the dtype.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.ir.dims import Shape
from lamina.random.continuous import finished, float_dtype
from lamina.random.positive import _parameter, first_accepted
from lamina.random.seed_generator import draw_seed
from lamina.random.threefry import pairs, with_static_end
from lamina.runtime.dispatch import apply

_FEW = 10.0  # expected successes below which inversion is used
_STEPS = 60  # a count above this has probability 1e-23 when fewer than 10 are expected
_TRIES = 24  # one in 1e11 numbers finds no accepted try


def _half_open(word: Any) -> Any:
    return (ops.cast(word, "float64") + 0.5) * 2.0**-32


def _inversion(u: Any, n: Any, p: Any) -> Any:
    """Go up the distribution function until it passes u."""
    odds = p / (1.0 - p)
    term = ops.exp(n * apply("log1p", -p))
    total, count = term, ops.zeros_like(u)
    for k in range(_STEPS):
        count = count + ops.cast(ops.greater(u, total), "float64")
        term = term * odds * (n - float(k)) / (k + 1.0)
        total = total + term
    return ops.minimum(count, n)


def _log_mass(k: Any, n: Any, log_odds: Any) -> Any:
    """The logarithm of the probability of k, up to a constant for each n and p."""
    return k * log_odds - apply("lgamma", k + 1.0) - apply("lgamma", n - k + 1.0)


def _rejection(u: Any, v: Any, n: Any, p: Any) -> Any:
    """Transformed rejection with squeeze left out; tries lie along the last axis.

    Source: Hörmann (1993), "The generation of binomial random variates", algorithm BTRS.
    """
    deviation = ops.sqrt(n * p * (1.0 - p))
    b = deviation * 2.53 + 1.15
    a = b * 0.0248 + p * 0.01 - 0.0873
    c = n * p + 0.5
    scale = (2.83 + 5.1 / b) * deviation
    u = u - 0.5
    us = 0.5 - ops.absolute(u)
    k = ops.floor((a * 2.0 / us + b) * u + c)
    inside = ops.logical_and(ops.greater_equal(k, 0.0), ops.less_equal(k, n))
    k = ops.clip(k, 0.0, n)
    log_odds = ops.log(p) - apply("log1p", -p)
    mode = ops.floor((n + 1.0) * p)
    left = ops.log(v * scale / (a / (us * us) + b))
    right = _log_mass(k, n, log_odds) - _log_mass(mode, n, log_odds)
    return first_accepted(ops.logical_and(inside, ops.less_equal(left, right)), k)


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Any:
    """Numbers of successes in independent trials.

    Args:
        shape: of the result; its first size may be a traced batch.
        counts: numbers of trials >= 0; number or tensor that broadcasts to `shape`.
        probabilities: of success, in [0, 1]; number or tensor that broadcasts to `shape`.
        dtype: float dtype; default floatx.
        seed: int, SeedGenerator, or None for the global generator.
    Returns:
        Float tensor of `shape`, whole numbers.
    Raises:
        DTypeError: `dtype` is not a float dtype.
    Numerics: computed in float64; half precision rounds counts that it cannot hold.
    Source: Hörmann (1993); inversion for an expected count below 10.
    Example:
        >>> abs(float(binomial((4000,), 40, 0.25, seed=1).mean()) - 10.0) < 0.2
        True
    """
    dtype = float_dtype("binomial", dtype)
    wanted, drawn = with_static_end(shape)
    n = _parameter(counts, wanted, "float64")
    p = _parameter(probabilities, wanted, "float64")
    key = draw_seed(seed)
    often = ops.greater(p, 0.5)
    rare = ops.where(often, 1.0 - p, p)
    few = ops.less(n * rare, _FEW)
    u, _ = map(_half_open, pairs(key, drawn, 1))
    by_inversion = _inversion(u, ops.where(few, n, 0.0), rare)
    count = ops.where(few, by_inversion, _many(key, drawn, few, n, rare))
    return finished(ops.where(often, n - count, count), wanted, dtype)


def _many(key: Any, shape: Shape, few: Any, n: Any, p: Any) -> Any:
    """Rejection where it applies; harmless numbers elsewhere."""
    n = ops.expand_dims(ops.where(few, 100.0, n), -1)
    p = ops.expand_dims(ops.where(few, 0.5, p), -1)
    u, v = map(_half_open, pairs(key, (*shape, _TRIES), 2))
    return _rejection(u, v, n, p)
