"""Global pooling layers: each channel joined to one element, whatever the size of space.

`GlobalAveragePooling1D` leaves out the steps that a mask marks as padding.
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.arguments import data_format as checked_data_format
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer, is_default
from lamina.layers.window_shapes import channels_of, in_format


class GlobalPooling(Layer):
    """Join all elements of each channel.

    Args:
        data_format: "channels_last" or "channels_first"; default: the configured one.
        keepdims: whether the spatial axes stay, with size 1.
    Call arguments:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
    Returns:
        Tensor (batch, channels), or with `keepdims` in the layout of `inputs`.
    """

    rank: int

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = is_default(self.build)

    def _axes(self) -> tuple[int, ...]:
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, channels), or with sizes of 1 between."""
        channels = channels_of(input_shape, self.data_format)
        space = (1,) * self.rank if self.keepdims else ()
        return in_format(input_shape[0], space, channels, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "data_format": self.data_format,
            "keepdims": self.keepdims,
        }


class _GlobalMean(GlobalPooling):
    def call(self, inputs: Any) -> Any:
        """The mean of each channel."""
        return ops.mean(inputs, axis=self._axes(), keepdims=self.keepdims)


class _GlobalMax(GlobalPooling):
    def call(self, inputs: Any) -> Any:
        """The greatest element of each channel."""
        return ops.max(inputs, axis=self._axes(), keepdims=self.keepdims)


class GlobalAveragePooling1D(_GlobalMean):
    """The mean over time of each channel; arguments as in `GlobalPooling`.

    Call arguments:
        inputs: tensor (batch, steps, channels), or (batch, channels, steps).
        mask: bool tensor (batch, steps) or None; False leaves a step out.
    Example:
        >>> import numpy as np
        >>> x = np.asarray([[[1.0], [3.0], [8.0]]], "float32")
        >>> GlobalAveragePooling1D()(x, mask=np.asarray([[True, True, False]])).tolist()
        [[2.0]]
    """

    rank = 1

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The mean over the steps that are not masked; 0 where all are."""
        if mask is None:
            return super().call(inputs)
        channels_axis = 2 if self.data_format == "channels_last" else 1
        kept = ops.cast(ops.expand_dims(mask, channels_axis), "bool")
        total = ops.sum(ops.where(kept, inputs, 0), axis=self._axes(), keepdims=self.keepdims)
        count = ops.sum(ops.cast(kept, inputs.dtype), axis=self._axes(), keepdims=self.keepdims)
        return ops.divide(total, ops.maximum(count, 1))

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: there are no steps left to mask."""
        return None


class GlobalAveragePooling2D(_GlobalMean):
    """The mean over two spatial axes of each channel; arguments as in `GlobalPooling`.

    Example:
        >>> import numpy as np
        >>> GlobalAveragePooling2D()(np.ones((2, 4, 5, 3), "float32")).shape
        (2, 3)
    """

    rank = 2


class GlobalAveragePooling3D(_GlobalMean):
    """The mean over three spatial axes of each channel; arguments as in `GlobalPooling`."""

    rank = 3


class GlobalMaxPooling1D(_GlobalMax):
    """The greatest element over time of each channel; arguments as in `GlobalPooling`.

    Example:
        >>> import numpy as np
        >>> GlobalMaxPooling1D()(np.asarray([[[1.0], [3.0]]], "float32")).tolist()
        [[3.0]]
    """

    rank = 1


class GlobalMaxPooling2D(_GlobalMax):
    """The greatest element over two axes of each channel; arguments as in `GlobalPooling`."""

    rank = 2


class GlobalMaxPooling3D(_GlobalMax):
    """The greatest element over three axes of each channel; arguments as in `GlobalPooling`."""

    rank = 3


GlobalAvgPool1D, GlobalMaxPool1D = GlobalAveragePooling1D, GlobalMaxPooling1D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D
GlobalAvgPool3D, GlobalMaxPool3D = GlobalAveragePooling3D, GlobalMaxPooling3D
