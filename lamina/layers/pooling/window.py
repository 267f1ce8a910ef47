"""What pooling layers with a sliding window share; the subclasses name the op and the defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.layers.arguments import data_format as checked_data_format
from lamina.layers.arguments import int_tuple
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer, is_default
from lamina.layers.window_shapes import channels_of, in_format, space_of, windows_along


class WindowPooling(Layer):
    """Join the elements of each window of each channel.

    Args:
        pool_size: int or one for each spatial axis, the window.
        strides: int, one for each spatial axis, or None for `pool_size`.
        padding: "valid" or "same" (output size is ceil(size / stride)).
        data_format: "channels_last" or "channels_first"; default: the configured one.
        name: the layer's name; made up if None.
    Call arguments:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
    Returns:
        Tensor in the layout of `inputs`.
    Raises:
        ArgumentError: a size that is not positive, an unknown padding.
        ShapeError: the window is larger than the input.
    """

    rank: int
    _pool: Callable[..., Any]  # the op, as a staticmethod

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = int_tuple(pool_size, self.rank, "pool_size")
        self.strides = int_tuple(
            self.pool_size if strides is None else strides, self.rank, "strides"
        )
        self.padding = str(padding).lower()
        if self.padding not in ("valid", "same"):
            raise ArgumentError(
                message(
                    "Argument `padding` must be either 'valid' or 'same'.", f"padding={padding!r}"
                )
            )
        self.data_format = checked_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = is_default(self.build)

    def call(self, inputs: Any) -> Any:
        """Each window joined to one element."""
        return self._pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with one place for each window."""
        space = space_of(input_shape, self.data_format)
        sizes = windows_along(space, self.pool_size, self.strides, self.pool_size, self.padding)
        channels = channels_of(input_shape, self.data_format)
        return in_format(input_shape[0], sizes, channels, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
            "data_format": self.data_format,
        }
