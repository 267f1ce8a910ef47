"""Edges cut off along the spatial axes."""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ShapeError, message
from lamina.layers.arguments import int_tuple, pairs
from lamina.layers.reshaping.spatial import SpatialLayer


class Cropping(SpatialLayer):
    """Elements cut off before and after each spatial axis; the base of the three layers."""

    pairs: tuple[tuple[int, int], ...]

    def __init__(self, cropping: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set_data_format(data_format)
        self.cropping: Any = pairs(cropping, self.rank, "cropping")
        self.pairs = self.cropping

    def call(self, inputs: Any) -> Any:
        """The input without its edges."""
        shape = inputs.shape
        where: list[slice] = [slice(None)] * len(shape)
        for index, (before, after) in enumerate(self.pairs):
            axis = self.first_axis + index
            if shape[axis] is not None:
                self.resized(shape[axis], index, tuple(shape))
            where[axis] = slice(before, -after if after else None)
        return inputs[tuple(where)]

    def resized(self, size: int, index: int, input_shape: Any) -> int:
        """The size without the edges.

        Raises:
            ShapeError: nothing would be left.
        """
        left = size - sum(self.pairs[index])
        if left > 0:
            return left
        if self.rank == 1:
            problem = (
                "`cropping` parameter of `Cropping1D` layer must be smaller than the input length."
            )
        else:
            problem = (
                "Values in `cropping` argument should be smaller than the corresponding spatial "
                "dimension of the input."
            )
        raise ShapeError(
            message(problem, received=f"input_shape={input_shape}, cropping={self.cropping}")
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {"cropping": self.cropping, "data_format": self.data_format}
        return {**super().get_config(), **own}


class Cropping1D(Cropping):
    """Cut time steps off the ends of a sequence.

    Args:
        cropping: int, or (before, after).
    Call arguments:
        inputs: tensor (batch, time, features).
    Returns:
        Tensor (batch, time - before - after, features).
    Raises:
        ShapeError: nothing would be left.
    Example:
        >>> import numpy as np
        >>> Cropping1D((2, 1))(np.ones((1, 5, 1))).shape
        (1, 2, 1)
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        cropping = int_tuple(cropping, 2, "cropping", allow_zero=True)
        super().__init__((cropping,), "channels_last", **kwargs)
        self.cropping = cropping

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        del config["data_format"]
        return config


class Cropping2D(Cropping):
    """Cut the edges off images.

    Args:
        cropping: int for all sides, (rows, columns), or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Call arguments:
        inputs: tensor (batch, rows, columns, channels), or with channels second.
    Returns:
        Tensor with fewer rows and columns.
    Raises:
        ShapeError: nothing would be left.
    Example:
        >>> import numpy as np
        >>> Cropping2D(((1, 0), (1, 1)))(np.ones((1, 3, 4, 1))).shape
        (1, 2, 2, 1)
    """

    rank = 2

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(Cropping):
    """Cut the edges off volumes.

    Args:
        cropping: int for all sides, three ints, or three pairs (before, after).
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Call arguments:
        inputs: tensor with 5 axes, channels last or second.
    Returns:
        Tensor with smaller spatial sizes.
    Raises:
        ShapeError: nothing would be left.
    """

    rank = 3

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)
