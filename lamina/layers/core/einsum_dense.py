"""A dense layer for any axes: what is multiplied and summed is said by an einsum equation."""

from __future__ import annotations

from typing import Any

from lamina import activations, ops, regularizers
from lamina.initializers import VarianceScaling
from lamina.layers.core.einsum_shapes import EinsumShapes, analyze
from lamina.layers.input_spec import InputSpec
from lamina.layers.low_rank import LowRankLayer
from lamina.layers.weight_options import options_config, options_of, set_options


class EinsumDense(LowRankLayer):
    """Multiply with a kernel by an einsum equation.

    y = activation(einsum(equation, x, kernel) + bias)

    Args:
        equation: "ab,bc->ac": axes of input, kernel and output; "..." before or after the letters
            of input and output stands for further axes.
        output_shape: int or tuple, the output without batch and without what "..." stands for; None
            for a size that the input has.
        activation: name or function applied at the end; None for none.
        bias_axes: letters of the output along which there is a bias; None for no bias.
        kernel_initializer, bias_initializer: how the weights start.
        kernel_regularizer, bias_regularizer: penalties.
        kernel_constraint, bias_constraint: applied after each update.
        lora_rank: int > 0 or None; if given, the kernel is frozen and corrected by two factors of
            this rank, which are trained in its place; see `enable_lora`.
        lora_alpha: the correction is scaled by lora_alpha / lora_rank; default: `lora_rank`.
    Call arguments:
        inputs: float tensor with the axes of the equation.
    Returns:
        Tensor with the output's axes.
    Raises:
        ArgumentError: the equation has another form.
        ShapeError: input and output differ at a letter they share.
    Example:
        >>> import numpy as np
        >>> layer = EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")
        >>> layer(np.ones((2, 3, 5), "float32")).shape
        (2, 3, 4)
    """

    adapted_name = "kernel"
    kernel_initializer: Any

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.equation = equation
        single = isinstance(output_shape, int)
        self.partial_output_shape = (output_shape,) if single else tuple(output_shape)
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
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

    def _shapes(self, input_shape: Any) -> EinsumShapes:
        return analyze(self.equation, self.bias_axes, input_shape, self.partial_output_shape)

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias in the shapes that the equation gives."""
        shapes = self._shapes(input_shape)
        self.input_spec = InputSpec(ndim=len(input_shape))
        options = options_of(self, "kernel")
        options["initializer"] = _with_axes(self.kernel_initializer, shapes)
        self._kernel = self.add_weight(shape=shapes.kernel, **options)
        self.bias = None
        if shapes.bias is not None:
            self.bias = self.add_weight(shape=shapes.bias, **options_of(self, "bias"))

    @property
    def kernel(self) -> Any:
        """The kernel in the equation's shape; see `LowRankLayer`."""
        return self.adapted_weight()

    def call(self, inputs: Any, training: Any = None) -> Any:
        """activation(einsum(equation, inputs, kernel) + bias)."""
        outputs = ops.einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The output's shape by the equation."""
        return self._shapes(input_shape).output

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "output_shape": self.partial_output_shape,
            "equation": self.equation,
            "activation": activations.serialize(self.activation),
            "bias_axes": self.bias_axes,
            **options_config(self, "kernel", "bias"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
        }


def _with_axes(initializer: Any, shapes: EinsumShapes) -> Any:
    """An initializer that knows which axes of the kernel are inputs, if it wants to know."""
    if not isinstance(initializer, VarianceScaling):
        return initializer
    if initializer.input_axes is not None and initializer.output_axes is not None:
        return initializer
    axes = {"input_axes": shapes.input_axes, "output_axes": shapes.output_axes}
    own = {"seed": initializer.seed}
    return type(initializer).from_config({**initializer.get_config(), **own, **axes})
