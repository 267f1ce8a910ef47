"""A wrapper that keeps a layer's kernel at spectral norm 1."""

from __future__ import annotations

from typing import Any

from lamina import initializers, ops
from lamina.base.errors import ArgumentError, message
from lamina.layers.core.wrapper import Wrapper
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer


class SpectralNormalization(Wrapper):
    """Divide a layer's kernel by an estimate of its largest singular value at each training call.

    Args:
        layer: a layer with a `kernel` or `embeddings`.
        power_iterations: int > 0, steps of the power method at each call.
    Call arguments:
        inputs: what the layer takes.
        training: whether the kernel is normalised.
    Returns:
        What the layer returns.
    Raises:
        ArgumentError: `power_iterations` is not positive, or the layer has no kernel.
    Source: Miyato et al. (2018), arXiv:1802.05957.
    Example:
        >>> import numpy as np
        >>> from lamina.layers import Dense
        >>> SpectralNormalization(Dense(2))(np.ones((1, 3), "float32")).shape
        (1, 2)
    """

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        if power_iterations <= 0:
            raise ArgumentError(
                message(
                    "`power_iterations` should be greater than zero. "
                    f"Received: `power_iterations={power_iterations}`"
                )
            )
        self.power_iterations = power_iterations

    def build(self, input_shape: Any = None) -> None:
        """Build the layer, and the vector that the power method goes on from."""
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        kernel = getattr(self.layer, "kernel", None)
        kernel = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if kernel is None:
            raise ArgumentError(
                message(
                    f"{type(self.layer).__name__} object has no attribute 'kernel' nor 'embeddings'"
                )
            )
        self.kernel = kernel
        self.vector_u = self.add_weight(
            shape=(1, kernel.shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
            dtype=kernel.dtype,
        )

    def call(self, inputs: Any, training: Any = False) -> Any:
        """The layer's output, after its kernel was normalised in training."""
        if training:
            vector_u, kernel = self.normalized_weights()
            is_zero = ops.all(ops.equal(self.kernel, 0))
            self.vector_u.assign(ops.where(is_zero, self.vector_u, vector_u))
            self.kernel.assign(ops.where(is_zero, self.kernel, kernel))
        return ops.cast(self.layer(inputs), inputs.dtype)

    def normalized_weights(self) -> tuple[Any, Any]:
        """The vector after the power method's steps, and the kernel over its singular value."""
        weights = ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        vector_u = ops.convert_to_tensor(self.vector_u)
        for _ in range(self.power_iterations):
            vector_v = _unit(ops.matmul(vector_u, ops.transpose(weights)))
            vector_u = _unit(ops.matmul(vector_v, weights))
        vector_u, vector_v = ops.stop_gradient(vector_u), ops.stop_gradient(vector_v)
        sigma = ops.matmul(ops.matmul(vector_v, weights), ops.transpose(vector_u))
        safe = ops.where(ops.equal(sigma, 0), ops.ones_like(sigma), sigma)
        kernel = ops.reshape(ops.divide(weights, safe), self.kernel.shape)
        return ops.cast(vector_u, self.vector_u.dtype), ops.cast(kernel, self.kernel.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the layer inside."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "power_iterations": self.power_iterations}


def _unit(x: Any) -> Any:
    """A vector at length 1."""
    return ops.multiply(x, ops.rsqrt(ops.maximum(ops.sum(ops.square(x)), 1e-12)))
