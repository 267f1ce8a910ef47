"""An embedding that also leads back: from vectors to a score for each word."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.core.embedding import Embedding
from lamina.ops.masking import set_keras_mask
from lamina.ops.symbolic import KerasTensor


class ReversibleEmbedding(Embedding):
    """Look vectors up, or with `reverse=True` compare vectors with all of the table.

    Args:
        input_dim: int > 0, the largest input plus one.
        output_dim: int > 0, the vectors' size.
        tie_weights: whether the way back uses the same table, transposed.
        embeddings_initializer: how the tables start.
        embeddings_regularizer: penalty for the table.
        embeddings_constraint: applied to the table after each update.
        mask_zero: whether input 0 marks padding.
        reverse_dtype: dtype in which scores are computed; default: the compute dtype.
        logit_soft_cap: float > 0: scores become cap * tanh(score / cap).
    Call arguments:
        inputs: int tensor (batch, …); float tensor (batch, …, output_dim) if `reverse`.
        reverse: whether to go back.
    Returns:
        Tensor (batch, …, output_dim), or scores (batch, …, input_dim).
    Source: Press, Wolf (2017), arXiv:1608.05859, for tied weights.
    Example:
        >>> import numpy as np
        >>> layer = ReversibleEmbedding(10, 4)
        >>> layer(layer(np.array([[1, 2]])), reverse=True).shape
        (1, 2, 10)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape: Any = None) -> None:
        """Create the table, and one for the way back unless it is tied."""
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
                name="reverse_embeddings",
            )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """The vectors, or the scores."""
        if reverse:
            return self._scores(inputs)
        outputs = super().call(inputs)
        if self.mask_zero:
            set_keras_mask(outputs, ops.not_equal(inputs, 0))
        return outputs

    def _scores(self, inputs: Any) -> Any:
        kernel = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        if self.reverse_dtype is not None:
            inputs = ops.cast(inputs, self.reverse_dtype)
            kernel = ops.cast(kernel, self.reverse_dtype)
        scores, cap = ops.matmul(inputs, kernel), self.logit_soft_cap
        return scores if cap is None else ops.multiply(ops.tanh(ops.divide(scores, cap)), cap)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: `call` sets the mask, on the way there only."""
        return None

    def compute_output_shape(
        self, input_shape: Any, reverse: bool = False
    ) -> tuple[int | None, ...]:
        """The input's shape with `output_dim` added, or with `input_dim` at the end."""
        if reverse:
            return (*input_shape[:-1], self.input_dim)
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> Any:
        """A symbolic tensor of `compute_output_shape`."""
        return KerasTensor(self.compute_output_shape(inputs.shape, reverse), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "tie_weights": self.tie_weights,
            "reverse_dtype": self.reverse_dtype,
            "logit_soft_cap": self.logit_soft_cap,
        }
