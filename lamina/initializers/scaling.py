"""Random values whose spread fits the layer's size, so that signals keep their strength."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina import random
from lamina.base.errors import ArgumentError, message, near
from lamina.initializers.distributions import RandomInitializer

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "uniform", "untruncated_normal")
_TRUNCATED_DEVIATION = 0.87962566103423978  # of a standard normal cut at two deviations


class VarianceScaling(RandomInitializer):
    """Values of variance scale / fan.

    Args:
        scale: float > 0.
        mode: which fan: "fan_in" (inputs of a unit), "fan_out" (units an input reaches), "fan_avg".
        distribution: "truncated_normal" (also "normal"), "untruncated_normal" or "uniform".
        seed: int, `SeedGenerator` or None.
        input_axes: the kernel's axes whose sizes multiply to fan_in; None: told from the shape.
        output_axes: those that multiply to fan_out.
    Raises:
        ArgumentError: a scale <= 0, an unknown mode or distribution.
    Source: He et al. (2015), arXiv:1502.01852.
    Example:
        >>> VarianceScaling(seed=1)((100, 10)).shape
        (100, 10)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        if scale <= 0.0:
            raise ArgumentError(
                message("Argument `scale` must be positive float.", f"scale={scale}", "> 0")
            )
        distribution = distribution.lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        for name, value, allowed in (
            ("mode", mode, _MODES),
            ("distribution", distribution, _DISTRIBUTIONS),
        ):
            if value not in allowed:
                raise ArgumentError(
                    message(
                        f"Invalid `{name}` argument: {value}. {near(value, allowed)}".rstrip(),
                        required=f"one of {allowed}",
                    )
                )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Numbers of the shape."""
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}
        variance = self.scale / max(1.0, fan[self.mode])
        deviation = math.sqrt(variance)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0) * deviation
            return random.uniform(shape, -limit, limit, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, deviation, dtype, self.seed)
        deviation /= _TRUNCATED_DEVIATION
        return random.truncated_normal(shape, 0.0, deviation, dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _Preset(VarianceScaling):
    """A named choice of scale, mode and distribution.

    Args:
        seed: int, `SeedGenerator` or None.
        input_axes: see `VarianceScaling`.
        output_axes: see `VarianceScaling`.
    """

    preset: tuple[float, str, str]

    def __init__(
        self,
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self.preset, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Preset):
    """Uniform between ±sqrt(6 / (fan_in + fan_out)). Source: Glorot, Bengio (2010)."""

    preset = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Preset):
    """Truncated normal of variance 2 / (fan_in + fan_out). Source: Glorot, Bengio (2010)."""

    preset = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_Preset):
    """Truncated normal of variance 1 / fan_in. Source: Klambauer et al., arXiv:1706.02515."""

    preset = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Preset):
    """Uniform between ±sqrt(3 / fan_in). Source: Klambauer et al. (2017), arXiv:1706.02515."""

    preset = (1.0, "fan_in", "uniform")


class HeNormal(_Preset):
    """Truncated normal of variance 2 / fan_in. Source: He et al. (2015), arXiv:1502.01852."""

    preset = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Preset):
    """Uniform between ±sqrt(6 / fan_in). Source: He et al. (2015), arXiv:1502.01852."""

    preset = (2.0, "fan_in", "uniform")


def compute_fans(
    shape: Any,
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[int, int]:
    """How many inputs each unit has and how many units each input reaches.

    Args:
        shape: a kernel's shape: (inputs, units), or (space…, inputs, filters).
        input_axes: axes that multiply to fan_in, given together with `output_axes`.
        output_axes: axes that multiply to fan_out.
    Returns:
        (fan_in, fan_out).
    Example:
        >>> compute_fans((3, 3, 16, 32))
        (144, 288)
    """
    shape = tuple(shape)
    if input_axes is not None and output_axes is not None:
        return (
            int(math.prod(shape[a] for a in input_axes)),
            int(math.prod(shape[a] for a in output_axes)),
        )
    if len(shape) < 2:
        size = int(shape[0]) if shape else 1
        return size, size
    field = math.prod(shape[:-2])
    return int(shape[-2] * field), int(shape[-1] * field)
