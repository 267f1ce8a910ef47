"""The base of layers that change the sizes of spatial axes and leave batch and channels alone."""

from __future__ import annotations

from typing import Any

from lamina.layers.arguments import data_format as checked_data_format
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class SpatialLayer(Layer):
    """A layer over `rank` spatial axes; a subclass says in `resized` what becomes of a size."""

    rank: int
    data_format = "channels_last"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = True

    def _set_data_format(self, data_format: str | None) -> None:
        self.data_format = checked_data_format(data_format)

    @property
    def first_axis(self) -> int:
        """The first spatial axis."""
        return 1 if self.data_format == "channels_last" else 2

    def resized(self, size: int, index: int, input_shape: Any) -> int:
        """The new size of the spatial axis of that index.

        Args:
            size: the size now.
            index: 0 for the first spatial axis.
            input_shape: the whole shape, for errors.
        """
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with the spatial sizes changed, unknown ones left None."""
        shape = list(input_shape)
        for index in range(self.rank):
            axis = self.first_axis + index
            if shape[axis] is not None:
                shape[axis] = self.resized(shape[axis], index, tuple(input_shape))
        return tuple(shape)
