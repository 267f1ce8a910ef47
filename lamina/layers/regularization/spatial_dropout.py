"""Dropout of whole feature maps: neighbours are so alike that dropping one alone does little."""

from __future__ import annotations

from typing import Any

from lamina import random
from lamina.layers.arguments import data_format as checked_data_format
from lamina.layers.input_spec import InputSpec
from lamina.layers.regularization.dropout import RandomLayer


class SpatialDropout(RandomLayer):
    """The base: drops all of a sample's channel or nothing of it; a subclass says its `rank`."""

    rank: int
    data_format = "channels_last"

    def __init__(
        self, rate: float, seed: int | None = None, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(rate, seed, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def disturbed(self, inputs: Any) -> Any:
        """The input with channels dropped."""
        ones = (1,) * self.rank
        last = self.data_format == "channels_last"
        shape = (None, *ones, None) if last else (None, None, *ones)
        return random.dropout(inputs, self.rate, shape, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype}


class SpatialDropout1D(SpatialDropout):
    """Drop whole channels of sequences in training.

    Args:
        rate: float in [0, 1], the probability that a channel becomes 0.
        seed: int that fixes the random numbers.
        name: made up if None.
        dtype: dtype policy.
    Call arguments:
        inputs: tensor (batch, time, channels).
        training: whether channels are dropped.
    Returns:
        Tensor of the input's shape.
    Source: Tompson et al. (2014), arXiv:1411.4280.
    """

    rank = 1


class SpatialDropoutInFormat(SpatialDropout):
    """The base for more than one spatial axis, where channels may come first."""

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(rate, seed, name, dtype)
        self.data_format = checked_data_format(data_format)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "data_format": self.data_format}


class SpatialDropout2D(SpatialDropoutInFormat):
    """Drop whole channels of images in training.

    Args:
        rate: float in [0, 1], the probability that a channel becomes 0.
        data_format: "channels_last" or "channels_first"; default: the configured one.
        seed: int that fixes the random numbers.
        name: made up if None.
        dtype: dtype policy.
    Call arguments:
        inputs: tensor (batch, rows, columns, channels), or with channels second.
        training: whether channels are dropped.
    Returns:
        Tensor of the input's shape.
    Source: Tompson et al. (2014), arXiv:1411.4280.
    """

    rank = 2


class SpatialDropout3D(SpatialDropoutInFormat):
    """Drop whole channels of volumes in training.

    Args:
        rate: float in [0, 1], the probability that a channel becomes 0.
        data_format: "channels_last" or "channels_first"; default: the configured one.
        seed: int that fixes the random numbers.
        name: made up if None.
        dtype: dtype policy.
    Call arguments:
        inputs: tensor with 5 axes, channels last or second.
        training: whether channels are dropped.
    Returns:
        Tensor of the input's shape.
    Source: Tompson et al. (2014), arXiv:1411.4280.
    """

    rank = 3
