"""Adaptive pooling layers: the output's size is given, windows follow from the input's size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.layers.arguments import data_format as checked_data_format
from lamina.layers.arguments import is_integer
from lamina.layers.layer import Layer, is_default
from lamina.layers.window_shapes import channels_of, in_format


class AdaptivePooling(Layer):
    """Divide each spatial axis into `output_size` windows and join the elements of each.

    Window i of m over n elements reaches from floor(i n / m) to ceil((i + 1) n / m).

    Args:
        output_size: int or one for each spatial axis.
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Call arguments:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
    Returns:
        Tensor in the layout of `inputs`.
    Raises:
        ArgumentTypeError: `output_size` is neither an int nor a tuple.
        ArgumentError: it has the wrong length, or an entry below 1.
    """

    rank: int
    _pool: Callable[..., Any]  # the op, as a staticmethod

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_size = self._checked_size(output_size)
        self.data_format = checked_data_format(data_format)
        self.built = is_default(self.build)

    def _checked_size(self, output_size: Any) -> tuple[int, ...]:
        sizes = (output_size,) * self.rank if is_integer(output_size) else output_size
        required = f"an int >= 1, or {self.rank} of them"
        if not isinstance(sizes, (tuple, list)) or (self.rank > 1 and len(sizes) != self.rank):
            raise ArgumentTypeError(
                message("`output_size` has the wrong form.", repr(output_size), required)
            )
        if len(sizes) != self.rank or not all(is_integer(s) and s >= 1 for s in sizes):
            raise ArgumentError(
                message("`output_size` has a wrong value.", repr(output_size), required)
            )
        return tuple(sizes)

    def call(self, inputs: Any) -> Any:
        """Each window joined to one element."""
        return self._pool(inputs, self.output_size, self.data_format)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with the spatial sizes asked for."""
        channels = channels_of(input_shape, self.data_format)
        return in_format(input_shape[0], self.output_size, channels, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "output_size": self.output_size,
            "data_format": self.data_format,
        }


class _AdaptiveMean(AdaptivePooling):
    _pool = staticmethod(ops.adaptive_average_pool)


class _AdaptiveMax(AdaptivePooling):
    _pool = staticmethod(ops.adaptive_max_pool)


class AdaptiveAveragePooling1D(_AdaptiveMean):
    """The means of a given number of windows over time; arguments as in `AdaptivePooling`.

    Example:
        >>> import numpy as np
        >>> x = np.arange(6.0, dtype="float32").reshape(1, 6, 1)
        >>> AdaptiveAveragePooling1D(3)(x)[0, :, 0].tolist()
        [0.5, 2.5, 4.5]
    """

    rank = 1


class AdaptiveAveragePooling2D(_AdaptiveMean):
    """The means of a given number of windows over two axes; arguments as in `AdaptivePooling`."""

    rank = 2


class AdaptiveAveragePooling3D(_AdaptiveMean):
    """The means of a given number of windows over three axes; arguments as in `AdaptivePooling`."""

    rank = 3


class AdaptiveMaxPooling1D(_AdaptiveMax):
    """The greatest elements of a given number of windows; arguments as in `AdaptivePooling`.

    Example:
        >>> import numpy as np
        >>> x = np.arange(6.0, dtype="float32").reshape(1, 6, 1)
        >>> AdaptiveMaxPooling1D(3)(x)[0, :, 0].tolist()
        [1.0, 3.0, 5.0]
    """

    rank = 1


class AdaptiveMaxPooling2D(_AdaptiveMax):
    """The greatest elements of windows over two axes; arguments as in `AdaptivePooling`."""

    rank = 2


class AdaptiveMaxPooling3D(_AdaptiveMax):
    """The greatest elements of windows over three axes; arguments as in `AdaptivePooling`."""

    rank = 3
