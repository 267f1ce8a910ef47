"""Attention whose scores add queries and keys: `AdditiveAttention`."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.attention.attention import Attention


class AdditiveAttention(Attention):
    """For each query the mean of the values, weighted by sum(scale * tanh(query + key)).

    Args:
        use_scale: whether each feature's part in the scores is learned.
        dropout: float in [0, 1], the part of the weights that is dropped.
        seed: int, SeedGenerator or None, for dropout.
    Call arguments:
        inputs, mask, training, return_attention_scores, use_causal_mask: as of `Attention`;
            queries and keys have the same size.
    Returns:
        Tensor (batch, T, width), or a pair of it and the weights (batch, T, S).
    Source: Bahdanau, Cho, Bengio (2014), arXiv:1409.0473.
    Example:
        >>> import numpy as np
        >>> q, v = np.ones((2, 3, 4), "float32"), np.ones((2, 5, 4), "float32")
        >>> AdditiveAttention()([q, v]).shape
        (2, 3, 4)
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Create scale (size,)."""
        self._check(input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                shape=(input_shape[0][-1],), initializer="glorot_uniform", name="scale"
            )

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """How alike each query and key are: (batch, T, S)."""
        sums = ops.tanh(ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3)))
        return ops.sum(sums if self.scale is None else ops.multiply(self.scale, sums), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        del config["score_mode"]
        return config
