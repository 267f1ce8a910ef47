"""Zeros around the spatial axes."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import int_tuple, pairs
from lamina.layers.reshaping.spatial import SpatialLayer


class ZeroPadding(SpatialLayer):
    """Zeros before and after each spatial axis; the base of the three layers."""

    pairs: tuple[tuple[int, int], ...]

    def __init__(self, padding: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set_data_format(data_format)
        self.padding: Any = pairs(padding, self.rank, "padding")
        self.pairs = self.padding

    def call(self, inputs: Any) -> Any:
        """The input with zeros around it."""
        none = ((0, 0),)
        after = self.data_format == "channels_last"
        return ops.pad(inputs, none * self.first_axis + self.pairs + none * after)

    def resized(self, size: int, index: int, input_shape: Any) -> int:
        """The size with the zeros."""
        return size + sum(self.pairs[index])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {"padding": self.padding, "data_format": self.data_format}
        return {**super().get_config(), **own}


class ZeroPadding1D(ZeroPadding):
    """Add zeros before and after a sequence.

    Args:
        padding: int, or (before, after).
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Call arguments:
        inputs: tensor (batch, time, features).
    Returns:
        Tensor (batch, before + time + after, features).
    Example:
        >>> import numpy as np
        >>> ZeroPadding1D((2, 1))(np.ones((1, 3, 1))).shape
        (1, 6, 1)
    """

    rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        padding = int_tuple(padding, 2, "padding", allow_zero=True)
        super().__init__((padding,), data_format, **kwargs)
        self.padding = padding


class ZeroPadding2D(ZeroPadding):
    """Add zeros around images.

    Args:
        padding: int for all sides, (rows, columns), or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Call arguments:
        inputs: tensor (batch, rows, columns, channels), or with channels second.
    Returns:
        Tensor with more rows and columns.
    Example:
        >>> import numpy as np
        >>> ZeroPadding2D(((1, 0), (2, 2)))(np.ones((1, 3, 3, 1))).shape
        (1, 4, 7, 1)
    """

    rank = 2

    def __init__(
        self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding3D(ZeroPadding):
    """Add zeros around volumes.

    Args:
        padding: int for all sides, three ints, or three pairs (before, after).
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Call arguments:
        inputs: tensor with 5 axes, channels last or second.
    Returns:
        Tensor with greater spatial sizes.
    """

    rank = 3

    def __init__(
        self,
        padding: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(padding, data_format, **kwargs)
