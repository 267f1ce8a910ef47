"""Attention of several heads at once: `MultiHeadAttention`."""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.layers.arguments import is_integer
from lamina.layers.attention.heads import HeadedAttention, check_value_and_key, positive_size


class MultiHeadAttention(HeadedAttention):
    """Attend with several heads, each with projections of its own.

    Args:
        num_heads: int > 0.
        key_dim: int > 0, the size of each head's queries and keys.
        value_dim: int > 0, the size of each head's values; default: `key_dim`.
        dropout: float in [0, 1], the part of the weights that is dropped.
        use_bias: whether the projections have biases.
        output_shape: int or tuple, the features of the output; default: those of the query.
        attention_axes: int or tuple, axes of the inputs attended over; default: all between the
            batch and the features.
        sliding_window: int or None; a query sees only keys less than this far away.
        flash_attention: accepted; there is one algorithm.
        kernel_initializer, bias_initializer: how the weights start.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties.
        kernel_constraint, bias_constraint: applied after each update.
        use_gate: whether a sigmoid of a projection of the query multiplies what the heads find.
        seed: int, SeedGenerator or None, for dropout.
    Call arguments:
        query: tensor (batch, T, features).
        value: tensor (batch, S, features).
        key: tensor (batch, S, features), or None for `value`.
        query_mask, value_mask, key_mask: bool tensors (batch, T) and (batch, S), or None.
        attention_mask: bool tensor (batch, T, S), or None; False hides a key from a query.
        return_attention_scores: whether the weights (batch, heads, T, S) are returned too.
        training: whether dropout works.
        use_causal_mask: whether each query sees only keys up to its own place.
    Returns:
        Tensor (batch, T, features), or a pair of it and the weights.
    Raises:
        ArgumentError: a size that is not positive, an `output_shape` of another form.
        ShapeError: value and key differ in length.
    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.2.
    Example:
        >>> import numpy as np
        >>> x = np.ones((2, 5, 8), "float32")
        >>> MultiHeadAttention(num_heads=2, key_dim=4)(x, x).shape
        (2, 5, 8)
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
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
        self.num_heads = self.query_heads = positive_size(num_heads, "num_heads")
        self.key_dim = self.head_size = positive_size(key_dim, "key_dim")
        self.value_dim = key_dim if value_dim is None else positive_size(value_dim, "value_dim")
        self._output_shape = _checked_output_shape(output_shape)
        self.attention_axes = _checked_axes(attention_axes)
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
        check_value_and_key(value_shape, key_shape)
        rank = len(query_shape)
        axes = range(1, rank - 1) if self.attention_axes is None else self.attention_axes
        self.attention_axes = tuple(a if a >= 0 else rank + a for a in axes)
        self._build_parts(
            (query_shape, value_shape, key_shape),
            self.num_heads,
            self.value_dim,
            self._output_shape or (query_shape[-1],),
        )

    @property
    def query_dense(self) -> Any:
        """The projection of the queries."""
        return self._query_dense

    @property
    def key_dense(self) -> Any:
        """The projection of the keys."""
        return self._key_dense

    @property
    def value_dense(self) -> Any:
        """The projection of the values."""
        return self._value_dense

    @property
    def output_dense(self) -> Any:
        """The projection of what the heads find."""
        return self._output_dense

    def compute_output_shape(
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """(batch, T, features)."""
        check_value_and_key(value_shape, value_shape if key_shape is None else key_shape)
        return (*query_shape[:-1], *(self._output_shape or query_shape[-1:]))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "output_shape": self._output_shape,
            "attention_axes": self.attention_axes,
            **self.shared_config(),
        }


def _checked_output_shape(output_shape: Any) -> tuple[int, ...] | None:
    if not output_shape:
        return None
    shape = (output_shape,) if is_integer(output_shape) else output_shape
    if not isinstance(shape, (tuple, list)) or not all(map(is_integer, shape)):
        raise ArgumentError(
            message(
                f"Invalid `output_shape`: {output_shape!r}.",
                required="an int, or a tuple or list of ints",
            )
        )
    return tuple(shape)


def _checked_axes(axes: Any) -> tuple[int, ...] | None:
    if axes is None:
        return None
    axes = (axes,) if is_integer(axes) else axes
    if not isinstance(axes, (list, tuple)):
        raise ArgumentError(
            message("`attention_axes` must be an int, list, or tuple.", f"attention_axes={axes!r}")
        )
    return tuple(axes)
