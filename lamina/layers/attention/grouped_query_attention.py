"""Attention in which query heads share heads of keys and values: `GroupQueryAttention`."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.attention.heads import HeadedAttention, check_value_and_key, positive_size


class GroupQueryAttention(HeadedAttention):
    """Attend with several query heads for each head of keys and values.

    Args:
        head_dim: int > 0, the size of each head.
        num_query_heads: int > 0.
        num_key_value_heads: int > 0 that divides `num_query_heads`.
        dropout: float in [0, 1], the part of the weights that is dropped.
        use_bias: whether the projections have biases.
        sliding_window: int or None; a query sees only keys less than this far away.
        flash_attention: accepted; there is one algorithm.
        kernel_initializer, bias_initializer: how the weights start.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties.
        kernel_constraint, bias_constraint: applied after each update.
        use_gate: whether a sigmoid of a projection of the query multiplies what the heads find.
        seed: int, SeedGenerator or None, for dropout.
    Call arguments:
        query, value, key, query_mask, value_mask, key_mask, attention_mask: as of
            `MultiHeadAttention`.
        return_attention_scores, training, use_causal_mask: likewise.
    Returns:
        Tensor (batch, T, features), or a pair of it and the weights (batch, heads, T, S).
    Raises:
        ArgumentError: `num_query_heads` is no multiple of `num_key_value_heads`.
        ShapeError: value and key differ in length, or query and value in features.
    Source: Ainslie et al. (2023), arXiv:2305.13245.
    Example:
        >>> import numpy as np
        >>> x = np.ones((2, 5, 8), "float32")
        >>> GroupQueryAttention(4, num_query_heads=4, num_key_value_heads=2)(x, x).shape
        (2, 5, 8)
    """

    attention_axes = (1,)

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.head_dim = self.head_size = positive_size(head_dim, "head_dim")
        self.num_query_heads = self.query_heads = positive_size(num_query_heads, "num_query_heads")
        self.num_key_value_heads = positive_size(num_key_value_heads, "num_key_value_heads")
        self.num_repeats, rest = divmod(num_query_heads, num_key_value_heads)
        if rest:
            raise ArgumentError(
                message(
                    "`num_query_heads` must be divisible by `num_key_value_heads`.",
                    received=f"num_query_heads={num_query_heads}, "
                    f"num_key_value_heads={num_key_value_heads}",
                )
            )
        self._set_heads(
            dropout,
            use_bias,
            use_gate,
            sliding_window,
            flash_attention,
            seed,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Create the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        self.feature_dim = query_shape[-1]
        self._build_parts(
            (query_shape, value_shape, key_shape),
            self.num_key_value_heads,
            self.head_dim,
            (self.feature_dim,),
        )

    def _per_query_head(self, x: Any) -> Any:
        """Each head of keys or values once for each query head that shares it."""
        return ops.repeat(x, self.num_repeats, axis=2)

    def compute_output_shape(
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """(batch, T, features)."""
        if query_shape[-1] != value_shape[-1]:
            raise ShapeError(
                message(
                    "The last dimension of `query_shape` and `value_shape` must be equal.",
                    received=f"query_shape={tuple(query_shape)}, value_shape={tuple(value_shape)}",
                )
            )
        check_value_and_key(value_shape, value_shape if key_shape is None else key_shape)
        return tuple(query_shape)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "head_dim": self.head_dim,
            "num_query_heads": self.num_query_heads,
            "num_key_value_heads": self.num_key_value_heads,
            **self.shared_config(),
        }
