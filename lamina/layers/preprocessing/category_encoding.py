"""Class numbers as vectors, in a layer."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.layers.layer import Layer
from lamina.layers.preprocessing.encoding import encode, encoded_shape, refuse_sparse
from lamina.ops.symbolic import KerasTensor

_MODES = ("count", "one_hot", "multi_hot")


class CategoryEncoding(Layer):
    """Encode class numbers as vectors.

    Args:
        num_tokens: int > 0, how many classes there are.
        output_mode: "one_hot": a vector for each number; "multi_hot": one vector for each sample, 1
            at every class that occurs; "count": one vector for each sample with the counts.
        sparse: must be False.
    Call arguments:
        inputs: int tensor (batch, …), values in [0, num_tokens).
        count_weights: tensor of the input's shape, how much each number counts; for "count" only.
    Returns:
        Float tensor with `num_tokens` at the end.
    Raises:
        ArgumentError: an unknown mode, no positive `num_tokens`, or weights in another mode.
    Example:
        >>> import numpy as np
        >>> CategoryEncoding(4, output_mode="count")(np.array([[0, 1, 1]])).tolist()
        [[1.0, 2.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        output_mode = "multi_hot" if output_mode == "binary" else output_mode
        if output_mode not in _MODES:
            raise ArgumentError(
                message(f"Unknown arg for output_mode: {output_mode}", required=f"one of {_MODES}")
            )
        if num_tokens is None:
            raise ArgumentError(
                message(
                    "num_tokens must be set to use this layer. If the number of tokens is not "
                    "known beforehand, use the IntegerLookup layer instead."
                )
            )
        if num_tokens < 1:
            raise ArgumentError(
                message(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
            )
        self.num_tokens = num_tokens
        self.output_mode = output_mode
        self.sparse = refuse_sparse(sparse)
        self._allow_non_tensor_positional_args = True
        self._convert_input_args = False
        self.built = True

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """The vectors."""
        if count_weights is not None and self.output_mode != "count":
            raise ArgumentError(
                message(
                    "`count_weights` is not used when `output_mode` is not `'count'`.",
                    received=f"count_weights, and output_mode={self.output_mode!r}",
                )
            )
        inputs = ops.convert_to_tensor(inputs)
        if count_weights is not None:
            count_weights = ops.convert_to_tensor(count_weights, dtype=self.compute_dtype)
        return encode(inputs, self.output_mode, self.num_tokens, self.compute_dtype, count_weights)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with `num_tokens` at the end."""
        return encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def compute_output_spec(self, inputs: Any, count_weights: Any = None) -> Any:
        """A symbolic tensor of `compute_output_shape`."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {"num_tokens": self.num_tokens, "output_mode": self.output_mode}
        return {**super().get_config(), **own}
