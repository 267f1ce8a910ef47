"""Attention of one head without projections: `Attention`.

`AdditiveAttention` changes its scores only.
"""

from __future__ import annotations

from typing import Any

from lamina import ops, random
from lamina.base.errors import ArgumentError, message
from lamina.layers.attention.masks import causal, joined, of_columns
from lamina.layers.layer import Layer
from lamina.ops.symbolic import KerasTensor


class Attention(Layer):
    """For each query the mean of the values, weighted by how alike query and key are.

    y = softmax(scores) · value, with scores = query · key, or with `score_mode="concat"` the sum of
    tanh(query + key) over the features.

    Args:
        use_scale: whether a learned number multiplies the scores.
        score_mode: "dot" or "concat".
        dropout: float in [0, 1], the part of the weights that is dropped.
        seed: int, SeedGenerator or None, for dropout.
    Call arguments:
        inputs: list [query (batch, T, size), value (batch, S, width)], or with a key
            (batch, S, size) as third; otherwise the value is the key.
        mask: list [query mask (batch, T), value mask (batch, S)] of bool tensors or None.
        training: whether dropout works.
        return_attention_scores: whether the weights (batch, T, S) are returned too.
        use_causal_mask: whether each query sees only keys up to its own place.
    Returns:
        Tensor (batch, T, width), or a pair of it and the weights.
    Raises:
        ArgumentError: inputs or masks are not such lists, or an unknown `score_mode`.
    Source: Luong, Pham, Manning (2015), arXiv:1508.04025.
    Example:
        >>> import numpy as np
        >>> q, v = np.ones((2, 3, 4), "float32"), np.ones((2, 5, 4), "float32")
        >>> Attention()([q, v]).shape
        (2, 3, 4)
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ArgumentError(
                message(
                    "Invalid value for argument score_mode. Expected one of {'dot', 'concat'}.",
                    received=f"score_mode={score_mode!r}",
                )
            )
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = dropout
        self.seed = seed
        if dropout > 0:
            self.seed_generator = random.SeedGenerator(seed=seed)

    def build(self, input_shape: Any) -> None:
        """Create the numbers that scale the scores."""
        self._check(input_shape)
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                shape=(), initializer="ones", name="concat_score_weight"
            )

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The weighted means."""
        self._check(inputs, mask)
        query, value = inputs[:2]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = mask[:2] if mask else (None, None)
        past = causal(query.shape[-2], key.shape[-2]) if use_causal_mask else None
        visible = joined(of_columns(value_mask), past)
        weights = self._weights(self._calculate_scores(query, key), visible, training)
        outputs = ops.matmul(weights, value)
        if query_mask is not None:
            outputs = ops.where(ops.expand_dims(query_mask, -1), outputs, 0)
        return (outputs, weights) if return_attention_scores else outputs

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """How alike each query and key are: (batch, T, S)."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        sums = ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3))
        if self.scale is not None:
            sums = ops.multiply(self.scale, sums)
        return ops.multiply(self.concat_score_weight, ops.sum(ops.tanh(sums), axis=-1))

    def _weights(self, scores: Any, visible: Any, training: bool) -> Any:
        """Scores as shares, those of hidden keys 0."""
        if visible is not None:
            far = 65504.0 if scores.dtype == "float16" else 1e9
            scores = ops.where(visible, scores, ops.subtract(scores, far))
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        return weights

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the queries."""
        self._check(inputs, mask)
        if mask is None or mask[0] is None:
            return None
        return ops.convert_to_tensor(mask[0])

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, T, width)."""
        query, value = input_shape[:2]
        return (*query[:-1], value[-1])

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """The symbolic outputs of a call."""
        self._check(inputs, mask)
        query, key = inputs[0].shape, inputs[-1].shape
        outputs = KerasTensor(
            self.compute_output_shape([x.shape for x in inputs]), self.compute_dtype
        )
        if not return_attention_scores:
            return outputs
        return outputs, KerasTensor((*query[:-1], key[-2]), self.compute_dtype)

    def _check(self, inputs: Any, mask: Any = None) -> None:
        """Refuse what is no list of queries, values and keys."""
        name = type(self).__name__
        if not isinstance(inputs, list):
            raise ArgumentError(
                message(
                    f"{name} layer must be called on a list of inputs, namely [query, value] or "
                    "[query, value, key].",
                    received=type(inputs).__name__,
                )
            )
        if len(inputs) not in (2, 3):
            raise ArgumentError(
                message(
                    f"{name} layer accepts inputs list of length 2 or 3, namely [query, value] or "
                    "[query, value, key].",
                    received=f"length {len(inputs)}",
                )
            )
        if mask is None:
            return
        if not isinstance(mask, list):
            raise ArgumentError(
                message(
                    f"{name} layer mask must be a list, namely [query_mask, value_mask].",
                    received=type(mask).__name__,
                )
            )
        if len(mask) not in (2, 3):
            raise ArgumentError(
                message(f"{name} layer accepts mask list of length 2 or 3.", len(mask))
            )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "use_scale": self.use_scale,
            "score_mode": self.score_mode,
            "dropout": self.dropout,
            "seed": self.seed,
        }
