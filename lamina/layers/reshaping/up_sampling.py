"""Spatial axes made longer, by repeating elements or by interpolation."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import int_tuple
from lamina.layers.reshaping.repeat_vector import checked_count
from lamina.layers.reshaping.spatial import SpatialLayer


class UpSampling(SpatialLayer):
    """Each element repeated along each spatial axis; the base of the three layers."""

    factors: tuple[int, ...]

    def call(self, inputs: Any) -> Any:
        """The input with its elements repeated."""
        for index, factor in enumerate(self.factors):
            inputs = ops.repeat(inputs, factor, axis=self.first_axis + index)
        return inputs

    def resized(self, size: int, index: int, input_shape: Any) -> int:
        """The size times the factor."""
        return size * self.factors[index]


class UpSampling1D(UpSampling):
    """Repeat each time step.

    Args:
        size: int > 0.
    Call arguments:
        inputs: tensor (batch, time, features).
    Returns:
        Tensor (batch, time * size, features).
    Raises:
        ArgumentTypeError: `size` is no int.
        ArgumentError: `size` is not positive.
    Example:
        >>> import numpy as np
        >>> UpSampling1D(2)(np.array([[[1.0], [2.0]]], "float32")).ravel().tolist()
        [1.0, 1.0, 2.0, 2.0]
    """

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = checked_count(size, "size")
        self.factors = (self.size,)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "size": self.size}


class UpSampling2D(UpSampling):
    """Make images larger by whole factors.

    Args:
        size: int, or (factor of rows, factor of columns).
        data_format: "channels_last" or "channels_first"; default: the configured one.
        interpolation: "nearest" repeats pixels; "bilinear", "bicubic", "lanczos3" and "lanczos5"
            compute new ones, see `lamina.ops.image.resize`.
    Call arguments:
        inputs: tensor (batch, rows, columns, channels), or with channels second.
    Returns:
        Tensor with rows and columns multiplied.
    Example:
        >>> import numpy as np
        >>> UpSampling2D((2, 3))(np.ones((1, 2, 2, 1), "float32")).shape
        (1, 4, 6, 1)
    """

    rank = 2

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set_data_format(data_format)
        self.size = self.factors = int_tuple(size, 2, "size")
        self.interpolation = interpolation.lower()

    def call(self, inputs: Any) -> Any:
        """The larger images."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        shape = self.compute_output_shape(ops.shape(inputs))
        return ops.image.resize(
            inputs,
            shape[self.first_axis : self.first_axis + 2],
            interpolation=self.interpolation,
            data_format=self.data_format,
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "size": self.size,
            "data_format": self.data_format,
            "interpolation": self.interpolation,
        }


class UpSampling3D(UpSampling):
    """Make volumes larger by repeating elements.

    Args:
        size: int, or a factor for each axis.
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Call arguments:
        inputs: tensor with 5 axes, channels last or second.
    Returns:
        Tensor with spatial sizes multiplied.
    """

    rank = 3

    def __init__(
        self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._set_data_format(data_format)
        self.size = self.factors = int_tuple(size, 3, "size")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}
