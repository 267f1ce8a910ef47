"""Batch renormalisation: batch statistics corrected towards the moving ones during training.

With small batches the batch's statistics are noise. The correction (r, d) makes the output what
the moving statistics would give, while the gradient still goes through those of the batch.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message

_LIMITS = ("rmax", "rmin", "dmax")


def checked_clipping(clipping: dict[str, float] | None) -> dict[str, float]:
    """The limits of the correction.

    Args:
        clipping: dict with any of "rmin", "rmax", "dmax"; None for no limits.
    Raises:
        ArgumentError: other keys, or limits that contradict each other.
    """
    clipping = clipping or {}
    if set(clipping) - set(_LIMITS):
        raise ArgumentError(
            message(
                "Received invalid keys for `renorm_clipping` argument: "
                f"{clipping}. Supported values: {list(_LIMITS)}."
            )
        )
    rmax, rmin, dmax = (clipping.get(key) for key in _LIMITS)
    if rmax is not None and rmin is not None and rmax < rmin:
        raise ArgumentError(
            message(
                "rmax should be greater than rmin in the `renorm_clipping` argument. "
                f"Received: rmax={rmax}, rmin={rmin}."
            )
        )
    if dmax is not None and dmax < 0:
        raise ArgumentError(
            message(
                "dmax should be non-negative in the `renorm_clipping` argument. "
                f"Received: dmax={dmax}."
            )
        )
    return clipping


def step_towards(moving: Any, value: Any, momentum: float) -> Any:
    """Let a moving statistic take a step towards a value; its new value.

    Args:
        moving: Variable.
        value: tensor of its shape.
        momentum: float in [0, 1), how slowly it changes.
    """
    old = ops.cast(moving, value.dtype)
    new = ops.add(ops.multiply(old, momentum), ops.multiply(value, 1.0 - momentum))
    moving.assign(new)
    return new


class Renormalization:
    """The further statistics of a BatchNormalization layer, and what is done with them.

    Args:
        layer: the layer, which gets the variables.
        channels: how many there are.
    """

    def __init__(self, layer: Any, channels: int) -> None:
        self.layer = layer
        mean = layer.moving_mean_initializer
        add = layer._add_statistic
        layer.moving_stddev = add(channels, "moving_stddev", self._initial_stddev)
        layer.renorm_mean = add(channels, "renorm_mean", _copied(mean))
        layer.renorm_stddev = add(channels, "renorm_stddev", self._initial_stddev)

    def _initial_stddev(self, shape: Any, dtype: Any = None) -> Any:
        return ops.sqrt(_copied(self.layer.moving_variance_initializer)(shape, dtype=dtype))

    def corrected(self, mean: Any, variance: Any, gamma: Any, beta: Any) -> tuple[Any, Any]:
        """The gamma and beta that correct for what parts batch and moving statistics."""
        layer, limits = self.layer, self.layer.renorm_clipping
        stddev = ops.sqrt(ops.add(variance, layer.epsilon))
        usual = ops.maximum(ops.cast(layer.renorm_stddev, mean.dtype), layer.epsilon**0.5)
        r = ops.divide(stddev, usual)
        d = ops.divide(ops.subtract(mean, ops.cast(layer.renorm_mean, mean.dtype)), usual)
        if limits.get("rmin") is not None:
            r = ops.maximum(r, limits["rmin"])
        if limits.get("rmax") is not None:
            r = ops.minimum(r, limits["rmax"])
        if limits.get("dmax") is not None:
            d = ops.clip(d, -limits["dmax"], limits["dmax"])
        r, d = ops.stop_gradient(r), ops.stop_gradient(d)
        if gamma is not None:
            r, d = ops.multiply(r, gamma), ops.multiply(d, gamma)
        return r, d if beta is None else ops.add(d, beta)

    def remember(self, mean: Any, variance: Any) -> None:
        """Let all moving statistics take a step towards those of the batch."""
        layer = self.layer
        stddev = ops.sqrt(ops.add(variance, layer.epsilon))
        step_towards(layer.renorm_mean, mean, layer.renorm_momentum)
        step_towards(layer.renorm_stddev, stddev, layer.renorm_momentum)
        step_towards(layer.moving_mean, mean, layer.momentum)
        moving = step_towards(layer.moving_stddev, stddev, layer.momentum)
        layer.moving_variance.assign(ops.relu(ops.square(moving) - layer.epsilon))


def _copied(initializer: Any) -> Any:
    """An initializer of its own for each variable, as one may not serve twice."""
    if hasattr(initializer, "get_config"):
        return type(initializer).from_config(initializer.get_config())
    return initializer
