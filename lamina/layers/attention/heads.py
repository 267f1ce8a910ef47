"""What attention layers with several heads share: projections, masks, and the attention itself.

Inputs are projected to heads, each head attends for itself, and what they find is projected back.
How many heads queries and keys have, and over which axes is attended, is for the subclasses to say.
"""

from __future__ import annotations

import math
import string
from typing import Any

from lamina import ops, regularizers
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.layers.activations.probabilities import Softmax
from lamina.layers.arguments import is_integer
from lamina.layers.attention.masks import causal, joined, of_columns, of_rows, within
from lamina.layers.core.einsum_dense import EinsumDense
from lamina.layers.layer import Layer
from lamina.layers.regularization.dropout import Dropout
from lamina.layers.weight_options import options_config, set_options
from lamina.ops.symbolic import KerasTensor


class HeadedAttention(Layer):
    """The base of MultiHeadAttention and GroupedQueryAttention."""

    head_size: int  # of queries and keys
    query_heads: int
    attention_axes: Any
    kernel_initializer: Any
    kernel_regularizer: Any
    kernel_constraint: Any
    bias_initializer: Any
    bias_regularizer: Any
    bias_constraint: Any

    def _set_heads(
        self,
        dropout: float,
        use_bias: bool,
        use_gate: bool,
        sliding_window: int | None,
        flash_attention: bool | None,
        seed: Any,
        **options: Any,
    ) -> None:
        """Check and keep the arguments that both layers have."""
        set_options(self, **options)
        self.supports_masking = True
        self.dropout = dropout
        self.use_bias = use_bias
        self.use_gate = use_gate
        self.sliding_window = sliding_window
        self.seed = seed
        self._flash_attention = flash_attention
        if sliding_window is not None and not (is_integer(sliding_window) and sliding_window > 0):
            raise ArgumentError(
                message(
                    "`sliding_window` must be `None` or a positive integer.",
                    received=f"sliding_window={sliding_window!r}",
                )
            )
        if flash_attention and dropout > 0:
            raise ArgumentError(
                message(
                    "Dropout is not supported when flash attention is enabled.",
                    fix="set dropout to 0.0, or flash_attention to None",
                )
            )

    # --- projections ---

    def _projection(self, name: str, rank: int, heads: int, size: int, **more: Any) -> EinsumDense:
        """From features to heads: (batch, …, features) -> (batch, …, heads, size)."""
        kept, (x, n, h) = string.ascii_lowercase[: rank - 1], "xyz"
        return EinsumDense(
            f"{kept}{x},{x}{n}{h}->{kept}{n}{h}",
            output_shape=(None,) * (rank - 2) + (heads, size),
            bias_axes=n + h if self.use_bias else None,
            name=name,
            **self._dense_options(),
            **more,
        )

    def _output_projection(self, rank: int, shape: tuple[int, ...]) -> EinsumDense:
        """From heads to features: (batch, …, heads, size) -> (batch, …, *shape)."""
        letters = string.ascii_lowercase
        kept, bound = letters[: rank - 1], "yz"
        free = letters[rank - 1 : rank - 1 + len(shape)]
        return EinsumDense(
            f"{kept}{bound},{bound}{free}->{kept}{free}",
            output_shape=(None,) * (rank - 2) + shape,
            bias_axes=free if self.use_bias else None,
            name="attention_output",
            **self._dense_options(),
        )

    def _dense_options(self) -> dict[str, Any]:
        """Arguments of each projection; initializers are new ones, so that values differ."""
        return {
            "kernel_initializer": _fresh(self.kernel_initializer),
            "bias_initializer": _fresh(self.bias_initializer),
            "kernel_regularizer": self.kernel_regularizer,
            "bias_regularizer": self.bias_regularizer,
            "activity_regularizer": self.activity_regularizer,
            "kernel_constraint": self.kernel_constraint,
            "bias_constraint": self.bias_constraint,
            "dtype": self.dtype_policy,
        }

    def _build_parts(
        self, shapes: tuple[Any, Any, Any], key_heads: int, value_size: int, output: tuple[int, ...]
    ) -> None:
        """Create and build the projections, in the order in which they are saved."""
        query, value, key = shapes
        rank = len(query)
        self._query_dense = self._projection("query", rank, self.query_heads, self.head_size)
        self._query_dense.build(query)
        self._key_dense = self._projection("key", len(key), key_heads, self.head_size)
        self._key_dense.build(key)
        if self.use_gate:
            self._gate_dense = self._projection(
                "gate", rank, self.query_heads, value_size, activation="sigmoid"
            )
            self._gate_dense.build(query)
        self._value_dense = self._projection("value", len(value), key_heads, value_size)
        self._value_dense.build(value)
        for dense in (self._query_dense, self._key_dense, self._value_dense):
            dense.supports_masking = True  # masks are this layer's affair, none is lost
        count = len(self.attention_axes)
        self._softmax = Softmax(axis=tuple(range(-count, 0)), dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy, seed=self.seed)
        self._output_dense = self._output_projection(rank, output)
        self._output_dense.build((*query[:-1], self.query_heads, value_size))

    # --- the call ---

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """Projected, attended, projected back."""
        if self._flash_attention and return_attention_scores:
            raise ArgumentError(
                "Returning attention scores is not supported when flash attention is enabled. "
                "Please disable flash attention to access attention scores."
            )
        key = value if key is None else key
        queries, keys = query.shape[1], value.shape[1]
        visible = joined(
            attention_mask,
            of_rows(query_mask),
            of_columns(value_mask),
            of_columns(key_mask),
            causal(queries, keys) if use_causal_mask else None,
            within(self.sliding_window, queries, keys) if self.sliding_window else None,
        )
        outputs, scores = self._compute_attention(
            self._query_dense(query),
            self._per_query_head(self._key_dense(key)),
            self._per_query_head(self._value_dense(value)),
            attention_mask=visible,
            training=training,
            **({"return_attention_scores": True} if return_attention_scores else {}),
        )
        if self.use_gate:
            outputs = ops.multiply(outputs, self._gate_dense(query))
        outputs = self._output_dense(outputs)
        return (outputs, scores) if return_attention_scores else outputs

    def _per_query_head(self, x: Any) -> Any:
        """Keys or values with one head for each head of the queries."""
        return x

    def _compute_attention(
        self,
        query: Any,
        key: Any,
        value: Any,
        attention_mask: Any = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> tuple[Any, Any]:
        """(what each head finds (batch, T, heads, size), its weights or None)."""
        if use_causal_mask:
            attention_mask = joined(attention_mask, causal(query.shape[1], value.shape[1]))
        mask = self._for_heads(attention_mask, query.ndim)
        scale = 1 / math.sqrt(self.head_size)
        plain = query.ndim == 4 and tuple(self.attention_axes) == (1,)
        if plain and not return_attention_scores and not (training and self.dropout):
            return ops.dot_product_attention(query, key, value, mask=mask, scale=scale), None
        to_scores, to_values = equations(query.ndim, tuple(self.attention_axes))
        query = ops.multiply(query, ops.cast(scale, query.dtype))
        scores = self._softmax(ops.einsum(to_scores, key, query), mask=mask)
        dropped = self._dropout_layer(scores, training=training) if self.dropout else scores
        return ops.einsum(to_values, dropped, value), scores

    def _for_heads(self, mask: Any, rank: int) -> Any:
        """A mask (batch, T, S) with axes for the heads: of the scores' number of axes."""
        if mask is None:
            return None
        count = len(self.attention_axes)
        while mask.ndim < rank - 1 + count:
            mask = ops.expand_dims(mask, -2 * count - 1)
        return mask

    # --- shapes ---

    def compute_output_spec(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """The symbolic outputs of a call."""
        shape = self.compute_output_shape(
            query.shape, value.shape, None if key is None else key.shape
        )
        outputs = KerasTensor(shape, self.compute_dtype)
        if not return_attention_scores:
            return outputs
        scores = (query.shape[0], self.query_heads, query.shape[1], value.shape[1])
        return outputs, KerasTensor(scores, self.compute_dtype)

    def shared_config(self) -> dict[str, Any]:
        """The arguments that both layers have, as plain JSON values."""
        return {
            "dropout": self.dropout,
            "use_bias": self.use_bias,
            "use_gate": self.use_gate,
            "sliding_window": self.sliding_window,
            **options_config(self, "kernel", "bias"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "seed": self.seed,
        }


def positive_size(value: Any, name: str) -> int:
    """A number of heads or features.

    Raises:
        ArgumentError: it is no int >= 1.
    """
    if not is_integer(value) or value <= 0:
        raise ArgumentError(
            message(
                f"Received an invalid value for argument `{name}`, expected a positive integer.",
                received=f"{name}={value!r}",
            )
        )
    return int(value)


def check_value_and_key(value_shape: Any, key_shape: Any) -> None:
    """Refuse values and keys of different length.

    Raises:
        ShapeError: they differ in an axis that is neither the batch nor the features.
    """
    if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
        raise ShapeError(
            message(
                "All dimensions of `value` and `key`, except the last one, must be equal.",
                received=f"value_shape={tuple(value_shape)}, key_shape={tuple(key_shape)}",
            )
        )


def equations(rank: int, axes: tuple[int, ...]) -> tuple[str, str]:
    """How scores come from keys and queries, and outputs from scores and values, for einsum.

    Args:
        rank: number of axes of projected tensors (batch, …, heads, size).
        axes: those attended over.
    Returns:
        Two equations; scores are (batch and other axes, heads, query axes, key axes).
    Example:
        >>> equations(4, (1,))
        ('aecd,abcd->acbe', 'acbe,aecd->abcd')
    """
    letters = string.ascii_lowercase
    query = letters[:rank]
    fresh = iter(letters[rank:])
    key = "".join(next(fresh) if axis in axes else query[axis] for axis in range(rank))
    others = "".join(query[axis] for axis in range(rank - 1) if axis not in axes)
    scores = others + "".join(query[a] for a in axes) + "".join(key[a] for a in axes)
    return f"{key},{query}->{scores}", f"{scores},{key}->{query}"


def _fresh(initializer: Any) -> Any:
    """An initializer of the same kind that gives other values."""
    if not hasattr(initializer, "get_config"):
        return initializer
    return type(initializer).from_config(initializer.get_config())
