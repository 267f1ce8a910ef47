"""A table of vectors, looked up by whole numbers."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import ops, regularizers
from lamina.base import dtypes
from lamina.layers.arguments import positive_int
from lamina.layers.low_rank import LowRankLayer
from lamina.layers.weight_options import options_config, options_of, set_options
from lamina.runtime.dispatch import apply


class Embedding(LowRankLayer):
    """Turn whole numbers, such as the places of words in a vocabulary, into vectors.

    y[…] = embeddings[inputs[…]]

    Args:
        input_dim: int > 0, the largest input plus one.
        output_dim: int > 0, the vectors' size.
        embeddings_initializer: how the table (input_dim, output_dim) starts.
        embeddings_regularizer: penalty for the table.
        embeddings_constraint: applied to the table after each update.
        mask_zero: whether input 0 marks padding, which later layers then skip.
        weights: array (input_dim, output_dim) to start with.
        lora_rank: int > 0 or None; if given, the table is frozen and corrected by two factors of
            this rank, which are trained in its place; see `enable_lora`.
        lora_alpha: the correction is scaled by lora_alpha / lora_rank; default: `lora_rank`.
    Call arguments:
        inputs: int tensor of any shape, values in [0, input_dim).
    Returns:
        Tensor of the input's shape with `output_dim` added.
    Raises:
        ArgumentError: a dim is not a positive int.
    Example:
        >>> import numpy as np
        >>> Embedding(10, 4)(np.array([[1, 2, 3]])).shape
        (1, 3, 4)
    """

    adapted_name = "embeddings"
    embeddings_initializer: Any

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ) -> None:
        input_dim = positive_int(input_dim, "input_dim")
        output_dim = positive_int(output_dim, "output_dim")
        if kwargs.pop("input_length", None) is not None:
            warnings.warn("Argument `input_length` is deprecated. Just remove it.", stacklevel=2)
        super().__init__(**kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        set_options(
            self,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
        )
        self._set_low_rank(lora_rank, lora_alpha)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False
        if weights is not None:
            self.build()
            one = isinstance(weights, list) and len(weights) == 1
            self.set_weights([weights[0] if one else weights, *self.get_weights()[1:]])

    def build(self, input_shape: Any = None) -> None:
        """Create the table (input_dim, output_dim)."""
        if not self.built:
            shape = (self.input_dim, self.output_dim)
            self._embeddings = self.add_weight(shape=shape, **options_of(self, "embeddings"))

    @property
    def embeddings(self) -> Any:
        """The table (input_dim, output_dim); see `LowRankLayer`."""
        return self.adapted_weight()

    def call(self, inputs: Any) -> Any:
        """The table's rows at `inputs`."""
        if dtypes.standardize_dtype(inputs.dtype) not in ("int32", "int64"):
            inputs = ops.cast(inputs, "int32")
        label = f"{type(self).__name__} '{self.name}', `inputs` (input_dim={self.input_dim})"
        rows = apply("gather", ops.convert_to_tensor(self.embeddings), inputs, axis=0, label=label)
        return ops.cast(rows, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """False where the input is 0, if `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The input's shape with `output_dim` added."""
        return (*input_shape, self.output_dim)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            **options_config(self, "embeddings"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "mask_zero": self.mask_zero,
        }
