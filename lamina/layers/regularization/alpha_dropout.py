"""Dropout that keeps mean and variance, for networks of `selu` units."""

from __future__ import annotations

from typing import Any

from lamina import ops, random
from lamina.layers.regularization.dropout import RandomLayer

_SCALE = 1.0507009873554805  # both as in `ops.selu`
_ALPHA = 1.6732632423543772
_LOWEST = -_ALPHA * _SCALE  # what selu tends to: the value of a dropped element


class AlphaDropout(RandomLayer):
    """Set elements to selu's lowest value at random in training, then restore mean and variance.

    Args:
        rate: float in [0, 1), the probability that an element is dropped.
        noise_shape: shape of the random mask; None in it means the input's size, 1 shares the mask
            along the axis. Default: a mask of the input's shape.
        seed: int that fixes the random numbers; None for new ones.
    Call arguments:
        inputs: float tensor of any shape, of mean 0 and variance 1.
        training: whether elements are dropped.
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: `rate` outside [0, 1].
    Source: Klambauer et al. (2017), arXiv:1706.02515.
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = noise_shape

    def disturbed(self, inputs: Any) -> Any:
        """The input with elements dropped, scaled and shifted."""
        shape = ops.shape(inputs)
        if self.noise_shape is not None:
            pairs = zip(shape, self.noise_shape, strict=True)
            shape = tuple(size if own is None else own for size, own in pairs)
        keep = random.uniform(shape, seed=self.seed_generator) >= self.rate
        dropped = ops.where(keep, inputs, ops.cast(_LOWEST, inputs.dtype))
        scale = ((1 - self.rate) * (1 + self.rate * _LOWEST**2)) ** -0.5
        return ops.add(ops.multiply(dropped, scale), -scale * _LOWEST * self.rate)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "noise_shape": self.noise_shape}
