"""Pooling over windows of (batch, space…, channels), and what its gradients need.

`pool_max` takes the first maximum of each window. `pool_scatter` sends a value per window back to
that place and `pool_select` reads another tensor there: transposes of each other, so pooling
differentiates to any order. `pool_sum` and `pool_spread` are transposes likewise. Padding never
wins a maximum and adds 0 to sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.ir.dims import Shape
from lamina.ir.primitives.base import Primitive, Types, same_dtype
from lamina.ir.primitives.contraction import output_size

if TYPE_CHECKING:
    from lamina.ir.program import Tensor

Pairs = tuple[tuple[int, int], ...]


def pooled_shape(shape: Shape, window: tuple, strides: tuple, padding: Pairs) -> Shape:
    """The shape of a pooled tensor."""
    space = tuple(
        output_size(size, k, s, p, 1)
        for size, k, s, p in zip(shape[1:-1], window, strides, padding, strict=True)
    )
    return (shape[0], *space, shape[-1])


def _infer_pool(x: Tensor, window: tuple, strides: tuple, padding: Pairs) -> Types:
    return [(pooled_shape(x.shape, window, strides, padding), x.dtype)]


def _infer_select(x: Tensor, t: Tensor, window: tuple, strides: tuple, padding: Pairs) -> Types:
    """t, of x's shape, at the place of each window's maximum of x."""
    dtype = same_dtype("pool_select", x, t)
    return [(pooled_shape(x.shape, window, strides, padding), dtype)]


def _infer_scatter(x: Tensor, g: Tensor, window: tuple, strides: tuple, padding: Pairs) -> Types:
    """Zeros of x's shape with g, one value a window, added at each window's maximum of x."""
    return [(x.shape, same_dtype("pool_scatter", x, g))]


def _infer_spread(g: Tensor, shape: Shape, window: tuple, strides: tuple, padding: Pairs) -> Types:
    """Zeros of `shape` with g, one value a window, added at all places of its window."""
    return [(tuple(shape), g.dtype)]


WINDOWS = [
    Primitive("pool_max", _infer_pool),
    Primitive("pool_select", _infer_select),
    Primitive("pool_scatter", _infer_scatter),
    Primitive("pool_sum", _infer_pool),
    Primitive("pool_spread", _infer_spread),
]
