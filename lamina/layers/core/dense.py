"""The fully connected layer: every output is a weighted sum of all inputs on the last axis."""

from __future__ import annotations

from typing import Any

from lamina import activations, ops
from lamina.layers.arguments import positive_int
from lamina.layers.input_spec import InputSpec
from lamina.layers.low_rank import LowRankLayer
from lamina.layers.weight_options import options_config, options_of, set_options


class Dense(LowRankLayer):
    """Weigh and add the features on the last axis.

    y = activation(x @ kernel + bias)

    Args:
        units: int > 0, the size of the last axis of the output.
        activation: name or function applied at the end; None for none.
        use_bias: whether a bias is added.
        kernel_initializer: how the kernel (features, units) starts.
        bias_initializer: how the bias (units,) starts.
        kernel_regularizer: penalty for the kernel.
        bias_regularizer: penalty for the bias.
        activity_regularizer: penalty for the output.
        kernel_constraint: applied to the kernel after each update.
        bias_constraint: applied to the bias after each update.
        lora_rank: int > 0 or None; if given, the kernel is frozen and corrected by two factors of
            this rank, which are trained in its place; see `enable_lora`.
        lora_alpha: the correction is scaled by lora_alpha / lora_rank; default: `lora_rank`.
    Call arguments:
        inputs: float tensor (batch, …, features).
    Returns:
        Tensor (batch, …, units).
    Raises:
        ArgumentError: `units` is not a positive int.
        ShapeError: the last axis is not the one that the layer was built for.
    Example:
        >>> import numpy as np
        >>> Dense(3, activation="relu")(np.ones((2, 5), "float32")).shape
        (2, 3)
    """

    adapted_name = "kernel"

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ) -> None:
        units = positive_int(units, "units")
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        set_options(
            self,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self._set_low_rank(lora_rank, lora_alpha)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Create kernel (features, units) and bias (units,)."""
        features = input_shape[-1]
        self._kernel = self.add_weight(shape=(features, self.units), **options_of(self, "kernel"))
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), **options_of(self, "bias"))
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    @property
    def kernel(self) -> Any:
        """The kernel (features, units); see `LowRankLayer`."""
        return self.adapted_weight()

    def call(self, inputs: Any, training: Any = None) -> Any:
        """activation(inputs @ kernel + bias)."""
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The input's shape with `units` at the end."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **options_config(self, "kernel", "bias"),
        }
