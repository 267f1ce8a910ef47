"""Rectifiers without weights: `ReLU`, `LeakyReLU`, `ELU`."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import activations, ops
from lamina.base.errors import ArgumentError, message
from lamina.layers.shape_keeping import ShapeKeepingLayer


def _check_not_negative(layer: str, **arguments: Any) -> None:
    for name, value in arguments.items():
        if value is None or value < 0:
            raise ArgumentError(
                message(
                    f"{name} of a {layer} layer cannot be None or a negative value. "
                    f"Received: {name}={value}",
                    required="a number >= 0",
                )
            )


class ReLU(ShapeKeepingLayer):
    """x above a threshold, 0 or a line below it, cut off at a maximum.

    y = min(x, max_value) if x > threshold, else negative_slope * (x - threshold)

    Args:
        max_value: float >= 0, or None for no limit.
        negative_slope: float >= 0, slope below the threshold.
        threshold: float >= 0.
    Call arguments:
        inputs: tensor of any shape.
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: a negative argument.
    Example:
        >>> import numpy as np
        >>> ReLU(max_value=1.0)(np.array([-3.0, 0.5, 2.0], "float32")).tolist()
        [0.0, 0.5, 1.0]
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0:
            raise ArgumentError(
                message(
                    "max_value of a ReLU layer cannot be a negative value. "
                    f"Received: max_value={max_value}"
                )
            )
        _check_not_negative("ReLU", negative_slope=negative_slope, threshold=threshold)
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold
        self._nothing_to_build()

    def call(self, inputs: Any) -> Any:
        """The rectified input."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


class LeakyReLU(ShapeKeepingLayer):
    """x above 0, negative_slope * x below.

    Args:
        negative_slope: float >= 0.
    Call arguments:
        inputs: tensor of any shape.
    Returns:
        Tensor of the input's shape.
    Raises:
        ArgumentError: a negative slope.
    Example:
        >>> import numpy as np
        >>> LeakyReLU(0.5)(np.array([-3.0, 2.0], "float32")).tolist()
        [-1.5, 2.0]
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn(
                "Argument `alpha` is deprecated. Use `negative_slope` instead.", stacklevel=2
            )
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ArgumentError(
                message(
                    "The negative_slope value of a Leaky ReLU layer cannot be None or negative "
                    f"value. Expected a float. Received: negative_slope={negative_slope}"
                )
            )
        self.negative_slope = negative_slope
        self._nothing_to_build()

    def call(self, inputs: Any) -> Any:
        """The rectified input."""
        return ops.leaky_relu(inputs, negative_slope=self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(ShapeKeepingLayer):
    """x above 0, alpha * (exp(x) - 1) below.

    Args:
        alpha: float, minus the value that large negative inputs tend to.
    Call arguments:
        inputs: tensor of any shape.
    Returns:
        Tensor of the input's shape.
    Source: Clevert, Unterthiner, Hochreiter (2015), arXiv:1511.07289.
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self._nothing_to_build()

    def call(self, inputs: Any) -> Any:
        """The rectified input."""
        return ops.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "alpha": self.alpha}
