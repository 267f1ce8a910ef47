"""Scaled dot-product attention, with masks, a bias, and fewer key heads than query heads."""

from __future__ import annotations

import math
from typing import Any

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote
from lamina.ops.elementwise import add, logical_and, multiply, where
from lamina.ops.nn_softmax import shares_of
from lamina.ops.products import matmul
from lamina.ops.registration import op
from lamina.ops.shaping import expand_dims, repeat, transpose
from lamina.runtime.dispatch import apply


@op
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    """softmax(query · key * scale + bias) · value, for each head.

    Args:
        query: tensor (batch, T, heads, size).
        key: tensor (batch, S, key heads, size); heads must be a multiple of key heads.
        value: tensor (batch, S, key heads, value size).
        bias: tensor that broadcasts to (batch, heads, T, S), added to the scores, or None.
        mask: bool tensor that broadcasts likewise; False keeps a query from a key; or None.
        scale: float; default: 1 / sqrt(size).
        is_causal: whether each query sees only keys up to its own place.
        flash_attention: accepted; there is one algorithm.
        attn_logits_soft_cap: must be None.
    Returns:
        Tensor (batch, T, heads, value size).
    Raises:
        ShapeError: an operand has not four axes, or the heads do not fit.
    Numerics: scores and shares are computed in float32 at least; a query that sees no key gets
        zeros.
    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.1.
    """
    if attn_logits_soft_cap is not None:
        raise ArgumentError("attn_logits_soft_cap is only supported on TPU. Set it to None.")
    if flash_attention:
        raise ArgumentError("Flash attention is not supported. Set flash_attention to None.")
    query, key, value = promote(as_tensor(query), as_tensor(key), as_tensor(value))
    _check_operands(query, key, value)
    dtype = dtype_of(query)
    wide = dtypes.result_type(dtype, "float32")
    groups = query.shape[2] // key.shape[2]
    if groups > 1:
        key, value = repeat(key, groups, 2), repeat(value, groups, 2)
    scale = 1 / math.sqrt(query.shape[3]) if scale is None else scale
    rows = transpose(cast_to(query, wide), (0, 2, 1, 3))
    columns = transpose(cast_to(key, wide), (0, 2, 3, 1))
    scores = multiply(matmul(rows, columns), cast_to(as_tensor(scale), wide))
    if bias is not None:
        scores = add(scores, cast_to(_four_axes(bias), wide))
    allowed = _allowed(mask, is_causal, query.shape[1], key.shape[1])
    if allowed is not None:
        scores = where(allowed, scores, cast_to(as_tensor(float("-inf")), wide))
    shares = cast_to(shares_of(scores, (3,)), dtype)
    result = matmul(shares, transpose(value, (0, 2, 1, 3)))
    return transpose(result, (0, 2, 1, 3))


def _four_axes(x: Any) -> Any:
    x = as_tensor(x)
    while x.ndim < 4:
        x = expand_dims(x, 0 if x.ndim < 3 else 1)
    return x


def _allowed(mask: Any, is_causal: bool, rows: Any, columns: Any) -> Any:
    """Which key each query sees, broadcasting to (batch, heads, rows, columns); None for all."""
    allowed = None if mask is None else cast_to(_four_axes(mask), "bool")
    if is_causal:
        row = apply("iota", shape=(rows, columns), axis=0, dtype="int32")
        column = apply("iota", shape=(rows, columns), axis=1, dtype="int32")
        past = apply("reshape", apply("ge", row, column), shape=(1, 1, rows, columns))
        allowed = past if allowed is None else logical_and(allowed, past)
    return allowed


def _check_operands(query: Any, key: Any, value: Any) -> None:
    shapes = f"query.shape={query.shape}, key.shape={key.shape}, value.shape={value.shape}"
    if query.ndim != 4 or key.ndim != 4 or value.ndim != 4:
        raise ShapeError(message("`dot_product_attention` only supports 4D inputs.", shapes))
    if not dims.same(query.shape[3], key.shape[3]) or query.shape[2] % key.shape[2]:
        raise ShapeError(
            message(
                "dot_product_attention: the operands do not fit.",
                received=shapes,
                required="equal sizes of query and key, heads a multiple of key heads",
            )
        )
