"""What normalisation layers share: the weights gamma and beta, and checks of their axes."""

from __future__ import annotations

from typing import Any

from lamina.layers.arguments import axes_within
from lamina.layers.layer import Layer
from lamina.layers.weight_options import options_config, options_of, set_options


class ScaleAndShift(Layer):
    """A layer that keeps its input's shape, with a learned factor `gamma` and summand `beta`."""

    axis: Any
    gamma: Any = None
    beta: Any = None

    def _set_scale_and_shift(self, center: bool, scale: bool, **options: Any) -> None:
        """Keep the arguments for gamma and beta."""
        self.center = center
        self.scale = scale
        set_options(self, **options)
        self.supports_masking = True

    def _add_scale_and_shift(self, shape: tuple[int, ...], scale: bool, center: bool) -> None:
        """Create the weights, kept in the variable dtype under mixed precision too."""
        if scale:
            self.gamma = self.add_weight(shape, autocast=False, **options_of(self, "gamma"))
        if center:
            self.beta = self.add_weight(shape, autocast=False, **options_of(self, "beta"))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape.

        Raises:
            ArgumentError: `axis` lies outside it.
        """
        axes_within(self.axis, input_shape)
        return input_shape

    def _scale_and_shift_config(self) -> dict[str, Any]:
        return {
            "center": self.center,
            "scale": self.scale,
            **options_config(self, "beta", "gamma"),
        }


def sizes_along(axis: Any, input_shape: Any) -> tuple[int, ...]:
    """The sizes along axes given as int or list, in the order of the axes."""
    axes = sorted(axis) if isinstance(axis, (list, tuple)) else [axis]
    return tuple(input_shape[a] for a in axes)
