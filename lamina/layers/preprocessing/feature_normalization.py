"""Inputs shifted and scaled by statistics of the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina import ops
from lamina.base import config as settings
from lamina.base.errors import ArgumentError, ArgumentTypeError, ShapeError, message
from lamina.base.loading import check_size
from lamina.layers.layer import Layer
from lamina.layers.preprocessing.batches import batches_of


class Normalization(Layer):
    """(inputs - mean) / sqrt(variance), with statistics from `adapt` or given.

    Args:
        axis: int, tuple of int, or None: axes with statistics of their own; the others share them.
        mean: number or array, instead of `adapt`.
        variance: number or array, instead of `adapt`.
        invert: whether to go back: inputs * sqrt(variance) + mean.
    Call arguments:
        inputs: tensor of the shape that the layer was built for.
    Returns:
        Float tensor of the input's shape.
    Raises:
        ArgumentError: only one of `mean` and `variance`, different shapes of them, an axis outside
            the input.
        ShapeError: a size along `axis` is not known, or not the one the layer was built for.
    Example:
        >>> import numpy as np
        >>> layer = Normalization()
        >>> layer.adapt(np.array([[1.0], [3.0]]))
        >>> layer(np.array([[1.0], [3.0]])).tolist()
        [[-1.0], [1.0]]
    """

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        axis = () if axis is None else axis
        self.axis = (axis,) if isinstance(axis, int) else tuple(axis)
        _check_given(mean, variance, self.axis)
        self.input_mean = mean
        self.input_variance = variance
        self.invert = invert
        self.supports_masking = True
        self._allow_non_tensor_positional_args = True
        self._shape: Any = None

    def build(self, input_shape: Any) -> None:
        """Create mean, variance and count, unless mean and variance were given."""
        ndim = len(input_shape)
        if any(not -ndim <= a < ndim for a in self.axis):
            raise ArgumentError(
                message(
                    "All `axis` values must be in the range [-ndim, ndim).",
                    received=f"inputs with ndim={ndim}, while axis={self.axis}",
                )
            )
        self._shape = tuple(input_shape)
        self._own = tuple(sorted(a % ndim for a in self.axis))
        for a in self._own:
            if input_shape[a] is None:
                raise ShapeError(
                    message(
                        "All `axis` values to be kept must have a known shape.",
                        received=f"axis={self.axis}, inputs.shape={input_shape}, with unknown axis "
                        f"at index {a}",
                    )
                )
        self._shared = tuple(a for a in range(ndim) if a not in self._own)
        self._full = tuple(input_shape[a] if a in self._own else 1 for a in range(ndim))
        if self.input_mean is None:
            shape = tuple(input_shape[a] for a in self._own)
            self.adapt_mean = self.add_weight(shape, "zeros", name="mean", trainable=False)
            self.adapt_variance = self.add_weight(shape, "ones", name="variance", trainable=False)
            self.count = self.add_weight((), "zeros", "int32", name="count", trainable=False)

    # --- statistics ---

    def adapt(self, data: Any) -> None:
        """Take mean and variance from data.

        Args:
            data: array, or iterable of batches (or of tuples that begin with a batch).
        Raises:
            ArgumentError: no data.
            ArgumentTypeError: something without a shape.
            ShapeError: a size along `axis` differs between batches, or from the input's.
        Numerics: computed in float64, batch by batch (Chan, Golub, LeVeque 1983).
        """
        count, mean, variance = 0, np.zeros(()), np.zeros(())
        for batch in batches_of(data):
            x = self._checked(batch)
            own_count = math.prod(x.shape[a] for a in self._shared)
            share = own_count / (count + own_count) if own_count else 0.0
            own_mean, own_variance = x.mean(self._shared), x.var(self._shared)
            new_mean = mean + (own_mean - mean) * share
            left = (variance + (mean - new_mean) ** 2) * (1 - share)
            variance = left + (own_variance + (own_mean - new_mean) ** 2) * share
            mean, count = new_mean, count + own_count
        if not count:
            raise ArgumentError(
                message(
                    "adapt() received an empty iterable (no batches).",
                    required="at least one batch",
                    fix="pass an array, or a list or generator of arrays",
                )
            )
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)

    def _checked(self, batch: Any) -> np.ndarray:
        """A batch as float64; the layer is built at the first."""
        if not hasattr(batch, "shape"):
            raise ArgumentTypeError(
                message(
                    "adapt() expects an iterable that yields arrays or tensors with a `.shape` "
                    "attribute.",
                    received=f"an element of type {type(batch).__name__}",
                )
            )
        x = np.asarray(batch, "float64")
        if not self.built:
            self.build(x.shape)
        if x.ndim != len(self._shape) or any(x.shape[a] != self._shape[a] for a in self._own):
            raise ShapeError(
                message(
                    f"The layer was built with input_shape={self._shape}, but adapt() is being "
                    f"called with data with an incompatible shape, data.shape={x.shape}"
                )
            )
        return x

    def finalize_state(self) -> None:
        """Nothing is left to do: the statistics are read from the weights at each call."""

    @property
    def mean(self) -> Any:
        """The mean, in a shape that broadcasts with the input; None before building."""
        return self._statistic(self.input_mean, "adapt_mean")

    @property
    def variance(self) -> Any:
        """The variance, in a shape that broadcasts with the input; None before building."""
        return self._statistic(self.input_variance, "adapt_variance")

    def _statistic(self, given: Any, name: str) -> Any:
        if self._shape is None:
            return None
        if given is None:
            value = ops.reshape(getattr(self, name), self._full)
        else:
            given = np.asarray(given)
            last = self._own[len(self._own) - given.ndim :]
            sizes = dict(zip(last, given.shape, strict=True))
            shape = tuple(sizes.get(a, 1) for a in range(len(self._full)))
            check_size(math.prod(self._full), "a mean or variance")
            value = ops.convert_to_tensor(np.broadcast_to(given.reshape(shape), self._full))
        return ops.cast(value, self.compute_dtype)

    # --- use ---

    def call(self, inputs: Any) -> Any:
        """The normalised input, or the way back."""
        if self.mean is None:
            raise ArgumentError(
                message("You must call `.build(input_shape)` on the layer before using it.")
            )
        inputs = ops.cast(inputs, self.compute_dtype)
        stddev = ops.maximum(ops.sqrt(self.variance), settings.epsilon())
        if self.invert:
            return ops.add(self.mean, ops.multiply(inputs, stddev))
        return ops.divide(ops.subtract(inputs, self.mean), stddev)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; what `adapt` found stands in the weights."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": np.array(self.input_mean).tolist(),
            "variance": np.array(self.input_variance).tolist(),
        }


def _check_given(mean: Any, variance: Any, axis: tuple[int, ...]) -> None:
    if (mean is None) != (variance is None):
        raise ArgumentError(
            message(
                "When setting values directly, both `mean` and `variance` must be set.",
                received=f"mean={mean} and variance={variance}",
            )
        )
    if mean is None:
        return
    shapes = np.shape(mean), np.shape(variance)
    if shapes[0] != shapes[1]:
        raise ArgumentError(
            message(
                "When setting values directly, `mean` and `variance` must have the same shape.",
                received=f"mean shape {shapes[0]} and variance shape {shapes[1]}",
            )
        )
    if len(shapes[0]) > len(axis):
        raise ArgumentError(
            message(
                "The rank of `mean` must be less than or equal to the number of axes "
                f"({len(axis)}).",
                received=f"mean shape {shapes[0]} for axis {axis}",
            )
        )
