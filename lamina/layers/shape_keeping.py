"""The base of layers without weights that keep their input's shape and pass masks on."""

from __future__ import annotations

from typing import Any

from lamina.layers.layer import Layer, is_default


class ShapeKeepingLayer(Layer):
    """A layer that gives each element a new value and has nothing to build.

    Its constructor ends with `_nothing_to_build()`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def _nothing_to_build(self) -> None:
        """The layer is ready for use, unless a subclass brings a `build` of its own."""
        if is_default(self.build):
            self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape
